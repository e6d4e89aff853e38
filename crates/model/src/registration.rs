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

/// In which order so many Apps are asked to register a runner.
///
/// Each name has one that is asked first, the same wherever it is asked for, and those of many names are spread
/// evenly, without anybody counting.
pub fn turns(name: RunnerName, n_apps: usize) -> impl Iterator<Item = usize> {
    let n_apps = n_apps.max(1);
    // FNV-1a, whose upper half is the better mixed one.
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = name.to_string().bytes().fold(0xcbf2_9ce4_8422_2325, mix) >> 32;
    let first = usize::try_from(hash).unwrap_or_default() % n_apps;
    (0..n_apps).map(move |step| (first + step) % n_apps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::JobId;

    fn order(job: u64, n_apps: usize) -> Vec<usize> {
        turns(RunnerName { launch: LaunchId { job: JobId(job), n: 1 }, attempt: 1 }, n_apps).collect()
    }

    #[test]
    fn one_app_has_every_turn() {
        assert_eq!(order(7, 1), [0]);
        assert_eq!(order(7, 0), [0]);
    }

    #[test]
    fn every_app_is_asked_once() {
        let mut asked = order(7, 4);
        assert_eq!(asked, order(7, 4), "a name always has the same");
        asked.sort_unstable();
        assert_eq!(asked, [0, 1, 2, 3]);
    }

    #[test]
    fn many_names_are_spread_evenly() {
        for n_apps in 2..=10 {
            let mut firsts = vec![0_usize; n_apps];
            for job in 0..1_000 {
                firsts[order(48_283_000_000 + 7 * job, n_apps)[0]] += 1;
            }
            let fair = 1_000 / n_apps;
            let is_near = |n: &usize| (fair * 3 / 4..=fair * 5 / 4).contains(n);
            assert!(firsts.iter().all(is_near), "{firsts:?}");
        }
    }
}
