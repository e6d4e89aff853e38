//! What no plan may do to runners.

use std::collections::BTreeSet;

use model::id::{JobId, LaunchId};
use model::job::JobState;
use model::launch::LaunchState;
use model::observation::Observation;
use model::plan::{Dismiss, Plan, Settle};

use super::is_over;

/// A runner at work is nobody's to remove, and neither is one that a job counts on.
pub(super) fn faults(seen: &Observation, plan: &Plan) -> Vec<String> {
    let mut faults: Vec<String> =
        plan.dismiss.iter().flat_map(|dismiss| dismissed(seen, plan, dismiss)).collect();
    let ended: BTreeSet<LaunchId> = plan.end.iter().map(|end| end.launch).collect();
    faults.extend(
        plan.busy
            .keys()
            .filter(|id| {
                !matches!(seen.launches.get(id).map(|it| &it.state), Some(LaunchState::Claimed { .. }))
            })
            .map(|id| format!("launch {id} has no runner that could be at work")),
    );
    // A task that is stopped takes the job of its runner with it.
    let took = |id: &LaunchId| match (plan.busy.get(id), seen.launches.get(id).map(|it| &it.state)) {
        (Some(took), _) | (None, Some(LaunchState::Busy { took, .. })) => Some(*took),
        (None, _) => None,
    };
    let goes_on = |job: JobId| seen.jobs.contains_key(&job) && !is_over(plan, job);
    let at_work = |id: &LaunchId| took(id).is_some_and(|took| took.is_none_or(goes_on));
    faults.extend(
        plan.end
            .iter()
            .filter(|end| end.stop.is_some() && at_work(&end.launch))
            .map(|end| format!("launch {} is at work and would be stopped", end.launch)),
    );
    faults.extend(
        plan.dismiss
            .iter()
            .filter_map(|dismiss| dismiss.end.as_ref())
            .filter(|end| ended.contains(&end.launch))
            .map(|end| format!("launch {} ends twice", end.launch)),
    );
    faults
}

fn dismissed(seen: &Observation, plan: &Plan, dismiss: &Dismiss) -> Vec<String> {
    let name = dismiss.name;
    let mut faults = Vec::new();
    let listed = seen.roll.as_ref().and_then(|roll| roll.runners.get(&name));
    match listed {
        Some((scope, runner))
            if *scope == dismiss.scope.id && dismiss.id == Some(runner.id) && !runner.is_busy => {}
        None if dismiss.id.is_none() => {}
        Some(_) | None => faults.push(format!("runner {name} is removed and was not seen idle")),
    }
    let is_current = seen.launches.get(&name.launch).is_some_and(
        |launch| matches!(&launch.state, LaunchState::Claimed { claim, .. } if claim.attempt <= name.attempt),
    );
    let is_over = plan.end.iter().any(|end| end.launch == name.launch);
    let is_wanted = seen.jobs.values().any(|job| {
        let waits = job.state.is_queued()
            && !matches!(
                plan.settle.get(&job.id),
                Some(Settle::Ended(_) | Settle::Forget | Settle::Running { .. })
            );
        let counts = job.launch == Some(name.launch)
            && seen.launches.get(&name.launch).is_some_and(|launch| launch.job == Some(job.id));
        let runs = matches!(job.state, JobState::Running { runner: Some(on), .. } if on == name);
        (waits && counts) || runs && !plan.settle.contains_key(&job.id)
    });
    if dismiss.id.is_some() && is_current && !is_over && is_wanted {
        faults.push(format!("runner {name} is removed and its job counts on it"));
    }
    if plan.assign.iter().any(|assign| assign.launch == name.launch) && is_current {
        faults.push(format!("runner {name} is removed and its launch is given a job"));
    }
    faults
}
