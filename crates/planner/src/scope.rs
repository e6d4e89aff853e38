//! Where runners are registered: remembered before one can be, and for as long as one could be left.

use std::collections::BTreeMap;
use std::time::Duration;

use model::id::ScopeId;
use model::observation::Observation;
use model::plan::Plan;
use model::registration::{Scope, ScopeMemory};
use model::time::Timestamp;

/// Not written down again with every launch.
const FRESH: Duration = Duration::from_hours(1);

/// GitHub itself removes a runner that never came within a day.
const KEPT: Duration = Duration::from_hours(26);

/// Where the runners of this plan's launches will be.
pub(crate) fn remember(seen: &Observation, plan: &Plan, now: Timestamp) -> Vec<Scope> {
    let placed = plan.place.values().chain(plan.serverless.values());
    let placed = placed.flat_map(|placement| &placement.launches);
    let served = placed.filter_map(|new| new.launch.job).chain(plan.assign.iter().map(|assign| assign.job));
    let scopes = served.filter_map(|job| seen.jobs.get(&job)).map(|job| Scope::of(&job.repository));
    let used: BTreeMap<ScopeId, Scope> = scopes.map(|scope| (scope.id.clone(), scope)).collect();
    let is_fresh =
        |memory: &ScopeMemory, scope: &Scope| memory.scope == *scope && now.since(memory.at) < FRESH;
    let known = |scope: &Scope| seen.scopes.get(&scope.id).is_some_and(|memory| is_fresh(memory, scope));
    used.into_values().filter(|scope| !known(scope)).collect()
}

/// Those that a sweep has found empty, long after the last launch.
pub(crate) fn forget(seen: &Observation, plan: &Plan, now: Timestamp) -> Vec<ScopeId> {
    let Some(roll) = &seen.roll else { return Vec::new() };
    let is_empty = |id: &ScopeId| roll.runners.values().all(|(at, _)| at != id);
    let is_used = |id: &ScopeId| seen.launches.values().any(|launch| launch.scope.as_ref() == Some(id));
    let old = seen.scopes.values().filter(|memory| now.since(memory.at) > KEPT);
    old.map(|memory| memory.scope.id.clone())
        .filter(|id| {
            roll.listed.contains_key(id)
                && is_empty(id)
                && !is_used(id)
                && plan.remember.iter().all(|scope| scope.id != *id)
        })
        .collect()
}

/// Whose runners a sweep asks for: wherever one may be registered.
pub fn scopes(seen: &Observation) -> Vec<Scope> {
    let open = seen.jobs.values().map(|job| Scope::of(&job.repository));
    let used = seen.scopes.values().map(|memory| memory.scope.clone());
    // What the job says of the installation is newer.
    let all: BTreeMap<ScopeId, Scope> = used.chain(open).map(|scope| (scope.id.clone(), scope)).collect();
    all.into_values().collect()
}
