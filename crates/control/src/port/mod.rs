//! The three things outside that we decide about.

mod compute;
mod forge;
mod ledger;
mod passed;
mod secret;

use std::sync::Arc;

pub use compute::{Compute, DefinitionError, Described, Ordered, Started};
pub use forge::{DeliveryPage, Forge, JitConfig, Notice, Removed, Reran};
pub use ledger::{Change, Ledger, Open, Refused, Set, What, When, WriteError};
pub use passed::Passed;
pub use secret::Secret;

#[derive(Clone, Debug)]
pub struct Ports {
    pub ledger: Arc<dyn Ledger>,
    pub compute: Arc<dyn Compute>,
    pub forge: Arc<dyn Forge>,
}
