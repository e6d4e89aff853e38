//! One run of a workflow.

use super::id::{RepositoryId, RunId};
use super::job::Conclusion;
use super::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub id: RunId,
    pub repository: RepositoryId,
    pub attempt: u32,
    pub number: u64,
    pub trigger: Trigger,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub state: RunState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    Queued,
    InProgress,
    Completed(Conclusion),
}

impl RunState {
    pub fn status(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Completed(_) => "completed",
        }
    }
}

/// What started a run, and on whose code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    pub event: String,
    pub workflow: String,
    pub branch: String,
    pub sha: String,
    pub actor: String,
    pub head: Head,
}

/// Where the code of a run comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    SameRepository,
    Fork {
        id: RepositoryId,
        full_name: String,
    },
    /// The fork was deleted since.
    Gone,
}

impl Trigger {
    pub fn push() -> Self {
        Self {
            event: "push".to_owned(),
            workflow: "CI".to_owned(),
            branch: "main".to_owned(),
            sha: "009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d".to_owned(),
            actor: "octocat".to_owned(),
            head: Head::SameRepository,
        }
    }

    /// A pull request from somebody's fork: code nobody here has read.
    pub fn fork(id: RepositoryId, full_name: &str) -> Self {
        Self {
            event: "pull_request".to_owned(),
            branch: "patch-1".to_owned(),
            actor: full_name.split('/').next().unwrap_or(full_name).to_owned(),
            head: Head::Fork { id, full_name: full_name.to_owned() },
            ..Self::push()
        }
    }
}
