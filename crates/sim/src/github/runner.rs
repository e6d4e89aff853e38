//! A registration, the groups it may be in, and the session a runner holds.

use std::collections::BTreeSet;

use super::id::{GroupId, JobId, RepositoryId, RunnerId, SessionId};
use super::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    pub id: RunnerId,
    pub scope: Scope,
    pub name: String,
    pub group: GroupId,
    /// Exactly what was passed at registration.
    pub labels: Vec<String>,
    pub work_folder: String,
    /// The OAuth client of this registration: who may open its one session.
    pub client_id: String,
    pub created_at: Timestamp,
    pub version: Option<String>,
    pub session: Option<Session>,
    /// A runner gets one session in its life.
    pub was_connected: bool,
    /// The job it holds. A ghost keeps one that already ended.
    pub job: Option<JobId>,
}

impl Runner {
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub opened_at: Timestamp,
    pub last_seen: Timestamp,
}

/// Where runners are registered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    Organization(String),
    Repository(RepositoryId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub organization: String,
    pub name: String,
    pub visibility: GroupVisibility,
    pub allows_public_repositories: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupVisibility {
    All,
    Selected(BTreeSet<RepositoryId>),
    Private,
}

/// What a registration asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JitRequest {
    pub name: String,
    pub group: GroupId,
    pub labels: Vec<String>,
    pub work_folder: Option<String>,
}

/// A registration that is no more, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoneRunner {
    pub name: String,
    pub at: Timestamp,
    pub why: Removal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    Finished,
    Deleted,
    Idle,
    NeverConnected,
    Lost,
}
