#![doc = include_str!("../README.md")]

pub mod compute;
pub mod github;
pub mod installation;
pub mod port;
pub mod scenario;
pub mod storm;
