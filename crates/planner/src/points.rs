//! What a tick asks of the forge besides claims, which nobody plans: they are left what all of them may cost.

use std::collections::BTreeMap;

use model::id::InstallationId;
use model::observation::Observation;
use model::rules::Limits;

/// As the forge counts ("Rate limits for the REST API").
const READ: u32 = 1;
const WRITE: u32 = 5;

/// Runners that one answer lists.
const PAGE: usize = 100;

/// Counts up while a tick asks and its plan grows, by installation: each has a limit of its own.
///
/// Whoever comes first finds most, and what finds none is found again by the next sweep.
#[derive(Clone, Debug)]
pub(crate) struct Points {
    /// Of each installation, in this tick.
    part: u32,
    /// For lists, and for the fates of runs.
    listed: BTreeMap<InstallationId, u32>,
    /// For jobs that were asked about, and for runs.
    asked: BTreeMap<InstallationId, u32>,
    written: BTreeMap<InstallationId, u32>,
}

impl Points {
    pub(crate) fn new(seen: &Observation, limits: &Limits) -> Self {
        let mut points = Self {
            part: part(limits),
            listed: BTreeMap::new(),
            asked: BTreeMap::new(),
            written: BTreeMap::new(),
        };
        for scope in seen.roll.iter().flat_map(|roll| roll.listed.values()) {
            *points.listed.entry(scope.installation).or_default() += READ;
        }
        for (id, fate) in &seen.fates {
            let Some(run) = seen.runs.get(id) else { continue };
            *points.listed.entry(run.repository.installation).or_default() +=
                READ * (1 + count(fate.jobs.len()));
        }
        if let Some(roll) = &seen.roll {
            let mut n_of: BTreeMap<_, usize> = BTreeMap::new();
            for (scope, _) in roll.runners.values() {
                *n_of.entry(scope).or_default() += 1;
            }
            for (scope, n) in n_of {
                let Some(scope) = roll.listed.get(scope) else { continue };
                // The first page is counted.
                *points.listed.entry(scope.installation).or_default() += READ * count(n / PAGE);
            }
        }
        for (at, n) in &seen.runs_asked {
            *points.asked.entry(*at).or_default() += READ * n;
        }
        for job in seen.answers.keys().filter_map(|job| seen.jobs.get(job)) {
            *points.asked.entry(job.repository.installation).or_default() += READ;
        }
        points
    }

    /// Whether one more job may be asked about.
    ///
    /// Half of the part is for reading, and however long the lists are, half of that is for jobs: they wait for the
    /// answer.
    pub(crate) fn ask(&mut self, at: InstallationId) -> bool {
        let listed = of(&self.listed, at).min(self.part / 4);
        let asked = self.asked.entry(at).or_default();
        let is_left = listed + *asked + READ <= self.part / 2;
        *asked += if is_left { READ } else { 0 };
        is_left
    }

    /// Whether something may be done that takes so many reads and one write.
    ///
    /// However much was read, a little is left for this, for else there would be no end of it.
    pub(crate) fn write(&mut self, at: InstallationId, reads: u32) -> bool {
        let left = self.part.saturating_sub(of(&self.listed, at) + of(&self.asked, at)).max(self.part / 4);
        let written = self.written.entry(at).or_default();
        let costs = WRITE + reads * READ;
        let is_left = *written + costs <= left;
        *written += if is_left { costs } else { 0 };
        is_left
    }
}

/// What registrations leave of a minute.
///
/// A sixth of it at least, so that clean-up goes on whatever is configured, and
/// half at most, for two ticks may sweep in one minute.
fn part(limits: &Limits) -> u32 {
    let all = limits.points.0;
    all.saturating_sub(WRITE.saturating_mul(limits.registrations.0)).clamp(all / 6, all / 2)
}

fn of(points: &BTreeMap<InstallationId, u32>, at: InstallationId) -> u32 {
    points.get(&at).copied().unwrap_or_default()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
