#![doc = include_str!("../README.md")]

mod app;
mod client;
mod error;
mod forge;
mod job;
mod limit;
pub mod webhook;

pub use app::Clock;
pub use forge::{ApiUrlError, GitHubForge, Settings};
