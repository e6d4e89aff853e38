#![doc = include_str!("README.md")]

mod access;
mod clock;
mod directory;
mod form;
mod reply;
mod service;
mod xml;

pub use access::{Authorize, Caller, Everyone};
pub use clock::{Clock, system_clock};
pub use directory::{Directory, Table};
pub use service::{ComputeService, Running};
