#![doc = include_str!("../README.md")]

pub mod compute;
pub mod github;
pub mod installation;
mod numbers;
pub mod port;
pub mod scenario;
pub mod storm;
