#![doc = include_str!("../README.md")]

mod compute;
pub mod definition;
mod error;
pub mod event;
mod known;
mod loose;
mod order;
mod price;
mod register;
mod registry;
mod settings;
mod shrink;
mod survey;
mod task;

pub use compute::{AwsCompute, Clock};
pub use settings::{Images, Settings};
