#![doc = include_str!("../README.md")]

pub mod instance_type;
pub mod label;
pub mod size;

mod arch;
mod purchase;
mod trust;

pub use arch::Arch;
pub use purchase::Purchase;
pub use trust::Trust;
