//! A workflow job, from the moment it is queued until it has ended.

use crate::Trust;
use crate::id::{InstallationId, JobId, LaunchId, RepositoryId, RunId, RunnerName};
use crate::reason::Reason;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub run: RunId,
    /// Which attempt of its run it belongs to, counted from one.
    pub attempt: u32,
    pub repository: Repository,
    /// As `runs-on` has them; a runner is registered with exactly these.
    pub labels: Vec<String>,
    pub queued_at: Timestamp,
    pub state: JobState,
    /// Whether the run's code is the repository's own. Unknown until the forge was asked.
    pub trust: Option<Trust>,
    /// The launch that was started for it, or that was given to it later.
    pub launch: Option<LaunchId>,
    /// How many launches were started for it.
    pub n_launches: u32,
    /// The last launch that ended before the job ran.
    pub failed: Option<Failed>,
    /// The commit that the run is for, where a word to its author is written.
    pub commit: Option<String>,
    /// When the forge was last asked without a doubt, and said nothing new.
    pub checked_at: Option<Timestamp>,
    /// When its author was told why it cannot run.
    pub told_at: Option<Timestamp>,
    /// Since when an event says that the job no longer waits, which the forge has not confirmed yet.
    pub doubted_at: Option<Timestamp>,
    /// Why it waits, as the last tick saw it.
    pub reason: Option<Reason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    Queued,
    /// A runner took it: ours if it has a name of ours.
    Running {
        runner: Option<RunnerName>,
        at: Timestamp,
    },
}

impl JobState {
    pub fn is_queued(self) -> bool {
        matches!(self, Self::Queued)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    pub id: RepositoryId,
    pub installation: InstallationId,
    pub owner: String,
    pub name: String,
    /// Who owns it decides where a runner for it is registered.
    pub is_organization: bool,
    pub is_private: bool,
}

impl Repository {
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub at: Timestamp,
    pub why: String,
}

/// Why a job waited from then on: the ledger keeps each change, so that its story can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waited {
    pub job: JobId,
    pub at: Timestamp,
    pub reason: Reason,
}

/// What was heard of a job, or decided, and stands in no other row: the ledger keeps it for the job's story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    pub job: JobId,
    pub at: Timestamp,
    pub what: Note,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// An event did not agree with the ledger, and the forge was asked.
    Doubted,
    /// What the forge said then.
    Answered,
    /// It waits behind an approval, and the ledger does not hold it until then.
    Gated,
    /// An event told another end than the one that is believed.
    Ended,
    /// Its author was told why it cannot run, or cannot be told.
    Told,
    /// A launch that was not started for it serves it from then on.
    Given,
    /// Its machine is gone, and it with it.
    Lost,
    /// What came of asking for its second chance.
    Rerun,
}

impl Note {
    pub const ALL: [Self; 8] = [
        Self::Doubted,
        Self::Answered,
        Self::Gated,
        Self::Ended,
        Self::Told,
        Self::Given,
        Self::Lost,
        Self::Rerun,
    ];

    /// The name in the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Doubted => "doubted",
            Self::Answered => "answered",
            Self::Gated => "gated",
            Self::Ended => "ended",
            Self::Told => "told",
            Self::Given => "given",
            Self::Lost => "lost",
            Self::Rerun => "rerun",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|note| note.name() == name)
    }
}

/// What is left of a job in the ledger when it is over: enough to refuse late events, and its story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub id: JobId,
    pub run: RunId,
    pub repository: String,
    pub labels: Vec<String>,
    /// Whether it was seen running. If not, a late `queued` may be the truth, and the forge is asked.
    pub has_run: bool,
    pub conclusion: Option<String>,
    pub runner: Option<String>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Timestamp,
}
