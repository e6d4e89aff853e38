//! The ports, in memory and in virtual time.

mod cut;
mod ledger;

pub use cut::{Scissors, Side, cut};
pub use ledger::SimLedger;
