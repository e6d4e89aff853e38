#![doc = include_str!("../README.md")]

mod github;
mod installation;
mod snapshot;
mod zips;

pub use github::{Place, place};
pub use installation::{Installation, options};
pub use snapshot::taken_up;
