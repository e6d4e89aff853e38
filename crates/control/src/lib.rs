#![doc = include_str!("../README.md")]

pub mod admit;
pub mod claim;
pub mod contract;
pub mod error;
pub mod event;
pub mod node;
pub mod port;
pub mod tick;
pub mod why;
mod write;

pub use error::{Chain, PortError};
