//! Tasks that no launch has: nobody needs them, somebody pays for them, and their node is never given back.

use std::collections::BTreeMap;
use std::time::Duration;

use model::Trust;
use model::id::{LaunchId, TaskId};
use model::observation::{Observation, Stray};
use model::plan::Stop;
use model::time::Timestamp;

use crate::ask::held;

/// A task may be started, by a tick beside this one, between the look into the ledger and that at the
/// provider's list. No tick takes as long.
const GRACE: Duration = Duration::from_mins(5);

/// So many of a tier are looked at in one sweep.
const AT_ONCE: usize = 100;

/// The tasks that the provider lists and that no launch is known to have, by tier.
#[must_use]
pub fn strays(seen: &Observation) -> BTreeMap<Trust, Vec<TaskId>> {
    let mut strays: BTreeMap<Trust, Vec<TaskId>> = BTreeMap::new();
    let Some(survey) = &seen.survey else { return strays };
    let known: std::collections::BTreeSet<&TaskId> =
        seen.launches.values().filter_map(|launch| launch.state.task()).collect();
    for (task, trust) in survey.tasks.iter().filter(|(task, _)| !known.contains(task)) {
        let of_tier = strays.entry(*trust).or_default();
        if of_tier.len() < AT_ONCE {
            of_tier.push(task.clone());
        }
    }
    strays
}

/// Its launch is over, and whatever was to stop it has not. One that somebody else has started is theirs to
/// stop.
pub(crate) fn stop(seen: &Observation, now: Timestamp) -> BTreeMap<TaskId, Stop> {
    let held = held(seen);
    let is_stray = |stray: &Stray| {
        now.since(stray.began) >= GRACE
            && stray.launch.is_some_and(|launch| {
                !held.contains_key(&launch) && !may_adopt(seen, launch) && !may_work(seen, launch)
            })
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
fn may_work(seen: &Observation, launch: LaunchId) -> bool {
    seen.roll.as_ref().is_none_or(|roll| roll.of(launch).any(|runner| runner.is_busy))
}
