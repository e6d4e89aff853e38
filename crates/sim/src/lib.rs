#![doc = include_str!("../README.md")]

pub mod github;
pub mod port;
