//! Our decision to start a task for a job, on a node or without one.

use crate::Trust;
use crate::id::{InstanceId, JobId, LaunchId, Revision, RunnerName, ScopeId, TaskId};
use crate::rules::PoolName;
use crate::size::Size;
use crate::time::Timestamp;

/// Where it is, what it takes there and what is run never change: a launch that is asked for
/// twice is asked for with the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    pub id: LaunchId,
    /// The job it serves now; nothing, once that job no longer waits and no other was given to it.
    pub job: Option<JobId>,
    pub pool: PoolName,
    /// None in a serverless pool: the provider finds a place for it, and the pool's row counts it.
    pub node: Option<InstanceId>,
    pub trust: Trust,
    pub size: Size,
    pub revision: Revision,
    /// Sorted and in lower case: launches with the same labels can stand for each other.
    pub labels: Vec<String>,
    /// Where its runner is registered, once it has asked for one.
    pub scope: Option<ScopeId>,
    pub state: LaunchState,
    pub at: Times,
}

/// When it came as far as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub planned: Timestamp,
    pub asked: Option<Timestamp>,
    pub claimed: Option<Timestamp>,
    pub busy: Option<Timestamp>,
    /// Its runner was found to be gone then, and its task to go on.
    pub over: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaunchState {
    /// Committed, and perhaps asked for: asking again with the same token is harmless.
    Planned,
    Asked {
        task: TaskId,
    },
    /// The task has asked for its runner, and holds the nonce that has this hash.
    Claimed {
        task: TaskId,
        claim: Claim,
    },
    /// Its runner took this job, which need not be the one it was started for; nothing, where the forge
    /// says only that the runner is at work.
    Busy {
        task: TaskId,
        took: Option<JobId>,
    },
}

impl LaunchState {
    pub fn task(&self) -> Option<&TaskId> {
        match self {
            Self::Planned => None,
            Self::Asked { task } | Self::Claimed { task, .. } | Self::Busy { task, .. } => Some(task),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub nonce_hash: String,
    /// Counted from one.
    pub attempt: u32,
}

/// A launch that is over, as the ledger's history keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedLaunch {
    pub launch: Launch,
    pub at: Timestamp,
    pub why: String,
}

impl Launch {
    pub fn is_on(&self, node: &InstanceId) -> bool {
        self.node.as_ref() == Some(node)
    }

    pub fn runner(&self, attempt: u32) -> RunnerName {
        RunnerName { launch: self.id, attempt }
    }
}
