//! What every adapter of a port must do, written once: a case panics where it is not done.

pub mod compute;
pub mod forge;
pub mod ledger;
