#![doc = include_str!("../README.md")]

pub mod compute;
pub mod github;
pub mod registry;
pub mod setup;

mod address;
mod aws;
mod cloud;
mod folder;
mod forge;
mod front;
mod identity;
mod keeper;
mod ministack;
mod node;
mod room;
mod side_door;
mod snapshot;
mod terraform;
mod world;

pub use folder::{BuildFolder, Environment, source_root};
pub use forge::Owner;
pub use front::{Call, Calls, Fault, Faults, Trouble};
pub use ministack::{ACCOUNT, REGION};
pub use side_door::{Check, Event, Session, Signed, Verdict};
pub use terraform::{Listener, Planned, Terraform, Variables};
pub use world::{Options, World};
