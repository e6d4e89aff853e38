//! The ports, in memory and in virtual time.

mod calls;
mod clock;
mod compute;
mod cut;
mod forge;
mod ledger;

pub use calls::{CallFault, Calls, Count};
pub use clock::Clock;
pub use compute::{ComputeSettings, SimCompute};
pub(crate) use compute::{registered_size, task_id};
pub use cut::{Scissors, Side, cut};
pub use forge::SimForge;
pub use ledger::{Rows, SimLedger};
