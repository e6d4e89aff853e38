//! What has failed to start again and again, whatever job it was started for.

use crate::id::{InstanceId, Revision};
use crate::time::Timestamp;

/// A task definition whose tasks ended before they took a job, since one of them last took one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    pub revision: Revision,
    /// How often in a row.
    pub n: u32,
    /// How many of these were on another node than the one before: what fails everywhere is no node's fault.
    pub n_moves: u32,
    /// How often it was tried again after a pause, counted from one: each pause is longer.
    pub n_rounds: u32,
    /// Where the last of them was, if on a node.
    pub node: Option<InstanceId>,
    pub at: Timestamp,
    pub why: String,
}
