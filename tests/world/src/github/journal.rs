//! What was asked and answered, and every breach of the description on either side.

use sim::github::{Principal, Timestamp};

/// One call that reached us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub at: Timestamp,
    /// GitHub's name of the operation; empty when there is none.
    pub operation: String,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub by: Option<Principal>,
}

/// Something that does not fit GitHub's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub operation: String,
    pub what: String,
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) calls: Vec<Call>,
    /// By clients: their bug.
    pub(crate) asked_wrong: Vec<Breach>,
    /// By us: a fault of this world.
    pub(crate) answered_wrong: Vec<Breach>,
    /// Credentials as they were given out.
    pub(crate) given: Vec<String>,
}
