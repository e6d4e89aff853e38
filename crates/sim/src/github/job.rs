//! A workflow job and what happens to it.

use std::time::Duration;

use super::id::{GroupId, JobId, RunId, RunnerId};
use super::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub run: RunId,
    pub attempt: u32,
    pub name: String,
    /// `runs-on` as written.
    pub labels: Vec<String>,
    /// Names of jobs of the same run that must have succeeded.
    pub needs: Vec<String>,
    /// The environment whose protection rules hold it back.
    pub environment: Option<String>,
    pub state: JobState,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    /// Who took it, kept after its registration is gone.
    pub runner: Option<RunnerRef>,
    /// GitHub's own sentence when it ended the job itself.
    pub annotation: Option<String>,
    pub script: Script,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Needs jobs that are not done: exists, and nobody was told.
    Blocked,
    /// Held by an environment's protection rules.
    Waiting,
    Queued {
        offers: u32,
        offer: Option<Offer>,
    },
    Running {
        locked_until: Timestamp,
        cancel_requested: bool,
    },
    Completed(Conclusion),
}

/// A job shown to one runner. Nothing binds them until it is acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub runner: RunnerId,
    pub until: Timestamp,
}

impl Job {
    /// The word in `workflow_job.status`.
    pub fn status(&self) -> &'static str {
        match self.state {
            JobState::Blocked => "pending",
            JobState::Waiting => "waiting",
            JobState::Queued { .. } => "queued",
            JobState::Running { .. } => "in_progress",
            JobState::Completed(_) => "completed",
        }
    }

    pub fn conclusion(&self) -> Option<Conclusion> {
        match self.state {
            JobState::Completed(conclusion) => Some(conclusion),
            JobState::Blocked | JobState::Waiting | JobState::Queued { .. } | JobState::Running { .. } => {
                None
            }
        }
    }

    pub fn is_completed(&self) -> bool {
        self.conclusion().is_some()
    }

    /// As it was then, but that it was made.
    #[must_use]
    pub(super) fn as_of(&self, then: Timestamp) -> Self {
        let mut job = self.clone();
        if job.completed_at.is_some_and(|at| at > then) {
            job.state = JobState::Running { locked_until: then, cancel_requested: false };
            job.completed_at = None;
        }
        if !job.is_completed() && job.started_at.is_some_and(|at| at > then) {
            job.state = JobState::Queued { offers: 0, offer: None };
            (job.started_at, job.runner) = (None, None);
        }
        job
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunnerRef {
    pub id: RunnerId,
    pub name: String,
    pub group: GroupId,
    pub group_name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    Success,
    Failure,
    Cancelled,
    Skipped,
}

impl Conclusion {
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }
}

/// How a runner says a job went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskResult {
    Succeeded,
    SucceededWithIssues,
    Failed,
    Canceled,
    Skipped,
    Abandoned,
}

impl TaskResult {
    pub fn conclusion(self) -> Conclusion {
        match self {
            Self::Succeeded | Self::SucceededWithIssues => Conclusion::Success,
            Self::Failed | Self::Abandoned => Conclusion::Failure,
            Self::Canceled => Conclusion::Cancelled,
            Self::Skipped => Conclusion::Skipped,
        }
    }
}

/// What the steps of a job do, for a runner that only plays them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    pub ending: Ending,
    pub pause: Duration,
    /// A unix socket the steps connect to: the engine's.
    pub socket: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    #[default]
    Succeed,
    Fail,
    /// Takes the job and never ends it.
    Hang,
    /// The runner's process dies in the middle.
    Crash,
    /// GitHub refuses the runner's version after it was given the job.
    Deprecated,
}
