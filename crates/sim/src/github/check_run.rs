//! Check runs beside a commit, which only an App may write.

use super::id::{CheckRunId, RepositoryId};
use super::time::Timestamp;
use super::{Access, GitHub, InstallationId, Refusal};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRun {
    pub id: CheckRunId,
    pub repository: RepositoryId,
    pub name: String,
    pub head_sha: String,
    /// Whatever its author calls it by.
    pub external_id: String,
    pub conclusion: Option<String>,
    pub title: String,
    pub summary: String,
    pub at: Timestamp,
}

impl GitHub {
    pub fn may(&self, installation: InstallationId, permission: &str, access: Access) -> Result<(), Refusal> {
        let is_allowed =
            self.installations.get(&installation).is_some_and(|it| it.permissions.allow(permission, access));
        if is_allowed {
            return Ok(());
        }
        Err(Refusal::Forbidden("Resource not accessible by integration".to_owned()))
    }

    /// GitHub makes another one each time.
    pub fn add_check_run(&mut self, run: CheckRun) {
        self.check_runs.push(run);
    }

    pub fn check_runs_of(&self, repository: RepositoryId, head_sha: &str) -> impl Iterator<Item = &CheckRun> {
        self.check_runs.iter().filter(move |run| run.repository == repository && run.head_sha == head_sha)
    }
}
