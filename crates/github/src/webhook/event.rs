//! What a delivery tells of one job.

use model::id::{JobId, RunnerName};
use model::job::{Ended, Job};
use model::time::Timestamp;

/// A hint: before anything is stopped or trusted for it, GitHub is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Queued(Box<Job>),
    /// Behind an approval: it will be queued once more.
    Waiting(JobId),
    InProgress {
        job: Box<Job>,
        /// If it has a name of ours.
        runner: Option<RunnerName>,
        at: Timestamp,
    },
    Completed {
        ended: Box<Ended>,
        /// If it had a name of ours.
        runner: Option<RunnerName>,
    },
}
