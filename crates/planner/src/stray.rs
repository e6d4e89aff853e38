//! Tasks that no launch has: nobody needs them, somebody pays for them, and their node is never given back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::Trust;
use model::id::{LaunchId, TaskId};
use model::observation::{Observation, Stray};
use model::plan::Stop;
use model::time::Timestamp;

use crate::ask::held;

/// Who ends a launch writes that down first and stops its task then; and a task whose launch is over goes by
/// itself, when it asks for its work and is told so. Neither takes as long.
const GRACE: Duration = Duration::from_mins(5);

/// So many of a tier are looked at in one sweep: what the provider describes at once.
const AT_ONCE: usize = 100;

/// Between two sweeps.
const SWEEP: Duration = Duration::from_mins(1);

/// The tasks that the provider lists and that no launch is known to have, by tier. Where there are more than
/// can be looked at, somebody else's perhaps, which stay, every sweep looks at the next ones.
#[must_use]
pub fn strays(seen: &Observation, now: Timestamp) -> BTreeMap<Trust, Vec<TaskId>> {
    let mut strays: BTreeMap<Trust, Vec<TaskId>> = BTreeMap::new();
    let Some(survey) = &seen.survey else { return strays };
    let known: BTreeSet<&TaskId> = seen.launches.values().filter_map(|launch| launch.state.task()).collect();
    for (task, trust) in survey.tasks.iter().filter(|(task, _)| !known.contains(task)) {
        strays.entry(*trust).or_default().push(task.clone());
    }
    let n_sweeps = now.since(Timestamp(0)).as_secs() / SWEEP.as_secs();
    for of_tier in strays.values_mut().filter(|of_tier| of_tier.len() > AT_ONCE) {
        let n_pages = of_tier.len().div_ceil(AT_ONCE);
        let page = usize::try_from(n_sweeps).unwrap_or_default() % n_pages;
        of_tier.rotate_left(page * AT_ONCE);
        of_tier.truncate(AT_ONCE);
    }
    strays
}

/// Its launch is over, and whatever was to stop it has not.
pub(crate) fn stop(seen: &Observation, now: Timestamp) -> BTreeMap<TaskId, Stop> {
    let held = held(seen);
    let is_stray = |stray: &Stray| {
        let launch = stray.launch;
        now.since(stray.began) >= GRACE
            && !held.contains_key(&launch)
            && !may_adopt(seen, launch)
            && !may_work(seen, stray)
    };
    let why = "no launch has it any more";
    let stops = seen.strays.iter().filter(|(_, stray)| is_stray(stray));
    stops.map(|(task, stray)| (task.clone(), Stop { trust: stray.trust, why: why.to_owned() })).collect()
}

/// A launch that was asked for, and of which nobody has written down what came of that.
fn may_adopt(seen: &Observation, launch: LaunchId) -> bool {
    seen.launches.get(&launch).is_some_and(|launch| launch.state.task().is_none())
}

/// Its runner may have a job that nobody has told us of: whoever knows is asked first.
fn may_work(seen: &Observation, stray: &Stray) -> bool {
    let Some(roll) = &seen.roll else { return true };
    let is_listed = stray.scope.as_ref().is_none_or(|scope| roll.listed.contains_key(scope));
    !is_listed || roll.of(stray.launch).any(|runner| runner.is_busy)
}
