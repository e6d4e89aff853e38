//! Machines of ours that no group has: nobody gives them back, and they cost what they cost until somebody ends them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::id::InstanceId;
use model::observation::{Observation, Survey};
use model::time::Timestamp;

use crate::drain::runs_nothing;
use crate::stray::strays;

/// A machine that is launched is known before its group lists it.
const GRACE: Duration = Duration::from_mins(15);

/// Between two looks: what nobody misses need not be found at once, and with thousands of machines the list is long.
const PAUSE_MIN: u64 = 5;

/// So many can be asked for at once, whether some group has them.
const AT_ONCE: usize = 50;

/// Whether this sweep is one of those that look at all machines.
#[must_use]
pub fn has_time_to_look(now: Timestamp) -> bool {
    n_minutes(now).is_multiple_of(PAUSE_MIN)
}

/// Which of all machines of ours, and when each was launched, may be such that no group has.
///
/// One that was a member has lost its row by now, for an earlier sweep missed it too; whether any group has it is
/// asked next. Where there are more than can be asked for, every look takes the next ones.
#[must_use]
pub fn suspects(
    seen: &Observation,
    machines: &BTreeMap<InstanceId, Timestamp>,
    now: Timestamp,
) -> BTreeMap<InstanceId, Timestamp> {
    let Some(survey) = &seen.survey else { return BTreeMap::new() };
    let used: BTreeSet<&InstanceId> =
        seen.launches.values().filter_map(|launch| launch.node.as_ref()).collect();
    let is_suspect = |(id, launched): &(&InstanceId, &Timestamp)| {
        now.since(**launched) >= GRACE
            && !survey.members.contains_key(id)
            && !seen.nodes.contains_key(id)
            && !used.contains(id)
            && (runs_nothing(survey, id) || nothing_can_run(seen, survey, id, now))
    };
    let mut found: Vec<(&InstanceId, &Timestamp)> = machines.iter().filter(is_suspect).collect();
    if found.len() > AT_ONCE {
        let n_looks = usize::try_from(n_minutes(now) / PAUSE_MIN).unwrap_or_default();
        let page = n_looks % found.len().div_ceil(AT_ONCE);
        found.rotate_left(page * AT_ONCE);
        found.truncate(AT_ONCE);
    }
    found.into_iter().map(|(id, launched)| (id.clone(), *launched)).collect()
}

/// Those that no group has indeed.
pub(crate) fn scrap(found: &Observation, now: Timestamp) -> BTreeMap<InstanceId, String> {
    let why = "no group has it, and nothing runs on it";
    suspects(found, &found.loose, now).into_keys().map(|id| (id, why.to_owned())).collect()
}

/// Its agent is not heard of, so what the provider counts on it may have ended long ago: whatever was not told to
/// stop has a launch, and that is elsewhere.
fn nothing_can_run(seen: &Observation, survey: &Survey, id: &InstanceId, now: Timestamp) -> bool {
    let is_silent = survey.registered.get(id).is_some_and(|registered| !registered.is_connected);
    is_silent && strays(seen, now).is_empty()
}

fn n_minutes(now: Timestamp) -> u64 {
    now.since(Timestamp(0)).as_secs() / 60
}
