//! Runners, of which the forge takes so many a minute.

use std::collections::BTreeMap;

use model::budget::AMinute;
use model::id::{JobId, ScopeId};
use model::launch::Launch;
use model::observation::Observation;
use model::plan::Plan;
use model::registration::Scope;
use model::rules::Rules;
use model::time::Timestamp;

/// Counted with those that register in this minute already.
pub(super) fn faults(seen: &Observation, rules: &Rules, plan: &Plan, now: Timestamp) -> Vec<String> {
    let scope = |job: JobId| seen.jobs.get(&job).map(|job| Scope::of(&job.repository).id);
    let placements = plan.place.values().chain(plan.serverless.values());
    let placed = placements.flat_map(|placement| &placement.launches).filter_map(|new| new.launch.job);
    let taken_up = plan.assign.iter().filter(|assign| {
        let launch = seen.launches.get(&assign.launch);
        launch.is_some_and(|launch| launch.id.is_standby() && launch.job.is_none())
    });
    let new: Vec<JobId> = placed.chain(taken_up.map(|assign| assign.job)).collect();
    let mut n_of: BTreeMap<ScopeId, usize> = BTreeMap::new();
    for job in &new {
        *n_of.entry(scope(*job).unwrap_or_else(|| "".into())).or_default() += 1;
    }
    let known: Vec<&Launch> =
        seen.launches.values().map(|launch| &**launch).filter(|launch| is_recent(launch, now)).collect();
    let mut faults = Vec::new();
    let mut beyond = |n: usize, most: AMinute, there: &str| {
        if n > usize::try_from(most.0).unwrap_or(usize::MAX) {
            faults.push(format!("{n} runners would be registered{there} in a minute, and {} may be", most.0));
        }
    };
    if !new.is_empty() {
        beyond(new.len() + known.len(), rules.limits.all_registrations(), "");
    }
    for (id, n) in n_of {
        let there =
            |launch: &&&Launch| launch.scope.clone().or_else(|| scope(launch.job?)).as_ref() == Some(&id);
        let n = n + known.iter().filter(there).count();
        beyond(n, AMinute::REGISTRATIONS_OF_A_SCOPE, &format!(" at {id}"));
    }
    faults
}

/// Started in this minute; one that stood by registers when it has a job.
fn is_recent(launch: &Launch, now: Timestamp) -> bool {
    let at = if launch.id.is_standby() { launch.at.claimed } else { Some(launch.at.planned) };
    at.map_or(launch.job.is_some(), |at| AMinute::counts(at, now))
}
