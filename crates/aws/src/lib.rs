#![doc = include_str!("../README.md")]

pub mod emf;
pub mod event;
pub mod function;
pub mod ledger;
pub mod log;
pub mod metric;
pub mod startup;

mod call;
mod config;
mod error;
mod fresh;
mod parameters;

pub use config::{ConfigError, ConfigSource, configuration};
pub use error::port_error;
pub use fresh::Fresh;
pub use function::{Failure, Invocation, serve};
pub use ledger::DynamoLedger;
pub use parameters::{Parameter, Parameters};
pub use startup::Environment;
