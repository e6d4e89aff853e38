#![doc = include_str!("../README.md")]

pub mod admit;
pub mod error;
pub mod event;
pub mod port;

pub use error::{Chain, PortError};
