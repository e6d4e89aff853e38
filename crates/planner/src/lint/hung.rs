//! What no plan may do to launches whose runner has taken a job.

use std::time::Duration;

use model::id::LaunchId;
use model::launch::LaunchState;
use model::observation::Observation;
use model::plan::{Over, Plan};
use model::time::Timestamp;

use super::{is_over, runs_on};

/// What makes progress is never stopped, and what may be writing its last has ten minutes for it.
pub(super) fn faults(seen: &Observation, plan: &Plan, now: Timestamp) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, over) in &plan.over {
        if *over == Over::Noted && may_work(seen, plan, *id) {
            faults.push(format!("launch {id} may be at work and is noted as over"));
        }
    }
    for end in &plan.hung {
        let id = end.launch;
        let noted = seen.launches.get(&id).and_then(|launch| launch.at.over);
        if may_work(seen, plan, id) {
            faults.push(format!("launch {id} may be at work and would be stopped"));
        }
        if noted.is_none_or(|at| now.since(at) < Duration::from_mins(10)) {
            faults.push(format!("launch {id} had no time to end by itself and would be stopped"));
        }
        if plan.end.iter().any(|other| other.launch == id) {
            faults.push(format!("launch {id} ends twice"));
        }
        if end.stop.is_none() {
            faults.push(format!("launch {id} hangs and is not stopped"));
        }
    }
    faults
}

/// Whatever has a registered runner, a job, or a runner still to come.
fn may_work(seen: &Observation, plan: &Plan, id: LaunchId) -> bool {
    let Some(launch) = seen.launches.get(&id) else { return true };
    let took = match (&launch.state, plan.busy.get(&id)) {
        (LaunchState::Busy { took, .. }, _) => *took,
        // It has had a job, as this very plan finds.
        (LaunchState::Claimed { .. }, Some(took @ Some(_))) => *took,
        (LaunchState::Planned | LaunchState::Asked { .. } | LaunchState::Claimed { .. }, _) => return true,
    };
    let is_registered =
        seen.roll.as_ref().is_none_or(|roll| roll.runners.keys().any(|name| name.launch == id));
    let has_job = took.is_some_and(|job| seen.jobs.contains_key(&job) && !is_over(plan, job));
    is_registered || has_job || runs_on(seen, plan, id)
}
