#![doc = include_str!("../README.md")]

pub mod budget;
pub mod cordon;
pub mod delivery;
pub mod failing;
pub mod id;
pub mod instance_type;
pub mod job;
pub mod label;
pub mod launch;
pub mod money;
pub mod node;
pub mod observation;
pub mod plan;
pub mod price;
pub mod reason;
pub mod registration;
pub mod rules;
pub mod run;
pub mod schedule;
pub mod shared;
pub mod size;
pub mod task_size;
pub mod time;
pub mod time_zone;

mod arch;
mod carrier;
mod purchase;
mod trust;

pub use arch::Arch;
pub use carrier::Carrier;
pub use purchase::Purchase;
pub use trust::Trust;
