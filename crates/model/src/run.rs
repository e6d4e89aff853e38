//! Runs that have lost a job with its machine, and get a second chance.

use crate::id::{JobId, RunId};
use crate::job::Repository;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostRun {
    pub id: RunId,
    pub repository: Repository,
    /// The attempt that has lost them. Jobs of a later one run where no machine is taken back.
    pub attempt: u32,
    /// The jobs that were lost, as many as a row has room for.
    pub jobs: Vec<JobId>,
    /// When the first of them was lost.
    pub at: Timestamp,
    pub state: LostState,
}

impl LostRun {
    /// One is enough to run again for; the rest tells whose fault the others were.
    pub const MOST_JOBS: usize = 20;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostState {
    /// Until the run has ended, nothing of it can be run again.
    Waiting,
    /// Its failed jobs are to run again: asked for the `n`-th time, counted from one.
    Asked { at: Timestamp, n: u32 },
    /// They run again, or nobody could be made to: it is not asked once more.
    Over { at: Timestamp },
}

impl LostRun {
    /// Whether jobs of this attempt are the second chance of lost ones.
    #[must_use]
    pub fn is_second_chance(&self, attempt: u32) -> bool {
        self.attempt < attempt && self.state != LostState::Waiting
    }
}

/// What the forge says of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunState {
    /// The latest attempt, counted from one.
    pub attempt: u32,
    /// How that attempt ended, if it has.
    pub conclusion: Option<String>,
}
