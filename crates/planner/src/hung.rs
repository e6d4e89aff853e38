//! Launches whose runner is gone and whose task goes on: the runner's program, or a hook after its job, hangs.

use std::collections::BTreeMap;
use std::time::Duration;

use model::id::{JobId, LaunchId};
use model::launch::{Launch, LaunchState};
use model::observation::Observation;
use model::plan::{Blame, End, Over};
use model::registration::Roll;
use model::time::Timestamp;

use crate::ask::held;

/// GitHub removes a runner as its job ends, and the runner's program ends seconds later; from then on ECS lists its
/// task no more. Twice the longest that anything of a task has for its last writes, which is the engine's 300 s.
const STOPS_WITHIN: Duration = Duration::from_mins(10);

/// GitHub ends a job on a runner of one's own after five days.
const LONGEST_JOB: Duration = Duration::from_hours(5 * 24);

/// What is to be noted, or was noted and is not so. Where nobody can tell now, a note stays as it is.
pub(crate) fn notes(seen: &mut Observation, now: Timestamp) -> BTreeMap<LaunchId, Over> {
    let held = held(seen);
    let note = |launch: &Launch| match (is_gone(seen, &held, launch, now)?, launch.at.over) {
        (true, None) => Some(Over::Noted),
        (false, Some(_)) => Some(Over::TakenBack),
        (true, Some(_)) | (false, None) => None,
    };
    let notes: BTreeMap<LaunchId, Over> =
        seen.launches.values().filter_map(|launch| Some((launch.id, note(launch)?))).collect();
    for (id, over) in &notes {
        let launch = seen.launches.get_mut(id).expect("only launches that are seen are noted");
        launch.at.over = (*over == Over::Noted).then_some(now);
    }
    notes
}

/// Those that were noted long ago, and are as they were.
pub(crate) fn hung(seen: &Observation, now: Timestamp) -> Vec<End> {
    let held = held(seen);
    let hangs = |launch: &Launch| {
        launch.at.over.is_some_and(|at| now.since(at) >= STOPS_WITHIN)
            && is_gone(seen, &held, launch, now) == Some(true)
    };
    let ends = seen.launches.values().filter(|launch| hangs(launch)).map(|launch| End {
        launch: launch.id,
        fails: None,
        // Its job has ended already.
        loses: None,
        stop: launch.state.task().cloned(),
        blame: Blame::Nobody,
        why: "its job is over and its runner gone for ten minutes, but its task did not stop by itself"
            .to_owned(),
    });
    ends.collect()
}

/// Nothing where nobody can tell: the forge or the provider was not asked, or does not say. A runner that is
/// registered is not gone, whatever became of its job: GitHub keeps a lost one for an hour.
fn is_gone(
    seen: &Observation,
    held: &BTreeMap<LaunchId, JobId>,
    launch: &Launch,
    now: Timestamp,
) -> Option<bool> {
    let LaunchState::Busy { task, took } = &launch.state else { return None };
    let (roll, survey) = (seen.roll.as_ref()?, seen.survey.as_ref()?);
    let has_job = took.is_some_and(|job| seen.jobs.contains_key(&job)) || held.contains_key(&launch.id);
    if has_job || roll.of(launch.id).next().is_some() {
        return Some(false);
    }
    let is_told = has_no_runner(roll, launch) || is_older_than_jobs_get(launch, now);
    (is_told && survey.tasks.contains_key(task)).then_some(true)
}

fn has_no_runner(roll: &Roll, launch: &Launch) -> bool {
    roll.knows(launch) && launch.scope.as_ref().is_some_and(|scope| !roll.absent.contains(scope))
}

fn is_older_than_jobs_get(launch: &Launch, now: Timestamp) -> bool {
    now.since(launch.at.busy.unwrap_or(launch.at.planned)) > LONGEST_JOB
}
