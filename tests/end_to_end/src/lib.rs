#![doc = include_str!("../README.md")]

mod github;
mod installation;
mod snapshot;
mod zips;

pub use github::{ORGANIZATION, Place, REPOSITORY};
pub use installation::{Installation, RELEASE, options};
pub use snapshot::taken_up;
