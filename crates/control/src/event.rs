//! What the forge tells us of a job.

use model::id::{JobId, RunnerName};
use model::job::{Ended, Job};
use model::time::Timestamp;

/// Every one of them is a hint: late, doubled, or out of order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Queued(Box<Job>),
    /// Behind an approval. It is queued once more when that is given.
    Waiting {
        job: JobId,
        labels: Vec<String>,
    },
    /// A runner took it; by name, if the runner is ours. The job is as far as the event tells.
    InProgress {
        job: Box<Job>,
        runner: Option<RunnerName>,
        at: Timestamp,
    },
    Completed(Box<Ended>),
}

impl Event {
    pub fn labels(&self) -> &[String] {
        match self {
            Self::Queued(job) | Self::InProgress { job, .. } => &job.labels,
            Self::Waiting { labels, .. } => labels,
            Self::Completed(ended) => &ended.labels,
        }
    }

    pub fn job(&self) -> JobId {
        match self {
            Self::Queued(job) | Self::InProgress { job, .. } => job.id,
            Self::Waiting { job, .. } => *job,
            Self::Completed(ended) => ended.id,
        }
    }

    /// As logs name it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Queued(_) => "queued",
            Self::Waiting { .. } => "waiting",
            Self::InProgress { .. } => "in_progress",
            Self::Completed(_) => "completed",
        }
    }
}
