//! Runners as the forge lists them, and where they are registered.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{InstallationId, LaunchId, RegistrationId, RunnerName, ScopeId};
use crate::job::Repository;
use crate::launch::Launch;
use crate::time::Timestamp;

/// An organization, whose repositories share their runners, or a repository of a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    pub id: ScopeId,
    pub installation: InstallationId,
}

impl Scope {
    pub fn of(repository: &Repository) -> Self {
        let id = if repository.is_organization { repository.owner.clone() } else { repository.full_name() };
        Self { id: ScopeId(id), installation: repository.installation }
    }

    pub fn owner(&self) -> &str {
        self.id.0.split_once('/').map_or(self.id.0.as_str(), |(owner, _)| owner)
    }

    /// Nothing, if runners are the whole organization's.
    pub fn repository(&self) -> Option<&str> {
        self.id.0.split_once('/').map(|(_, name)| name)
    }
}

/// That runners were registered there, and when that was last to be expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeMemory {
    pub scope: Scope,
    pub at: Timestamp,
}

/// A runner with a name of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    pub id: RegistrationId,
    pub name: RunnerName,
    pub is_busy: bool,
}

/// All runners with names of ours, as far as the forge was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    /// Whose lists are whole: a runner that they lack is not registered there.
    pub listed: BTreeMap<ScopeId, Scope>,
    /// Of these, those that the forge says are not there. Where our App was removed it says the same, and the
    /// runners go on.
    pub absent: BTreeSet<ScopeId>,
    pub runners: BTreeMap<RunnerName, (ScopeId, Registered)>,
    /// Those whose launch is not alive and was this ledger's: the others are another installation's.
    pub over: BTreeSet<RunnerName>,
}

impl Roll {
    /// The runners of one launch, of all its attempts.
    pub fn of(&self, launch: LaunchId) -> impl Iterator<Item = &Registered> {
        let name = |attempt| RunnerName { launch, attempt };
        self.runners.range(name(0)..=name(u32::MAX)).map(|(_, (_, runner))| runner)
    }

    /// Whether a runner of this launch would be listed, if there were one.
    pub fn knows(&self, launch: &Launch) -> bool {
        launch.scope.as_ref().is_some_and(|scope| self.listed.contains_key(scope))
    }
}
