//! Idle launches serve the next job with the same labels.

use std::collections::{BTreeMap, VecDeque};

use model::Trust;
use model::id::{JobId, LaunchId};
use model::observation::Observation;
use model::plan::Assign;
use model::rules::Rules;

use crate::budget::Budget;
use crate::demand::label_set;
use crate::rerun::is_second_chance;
use crate::roll::can_take;
use crate::turn::Turns;
use crate::view::{is_idle, is_taken_back};

/// The job whose turn it is first. A runner that is registered already can take a job of the same labels
/// as it is; one that is not registers for whichever job its launch serves by then.
pub(crate) fn assign(seen: &mut Observation, rules: &Rules, budget: &mut Budget) -> Vec<Assign> {
    let given = given(seen, rules, budget);
    let mut assigned = Vec::new();
    for (launch, job) in given {
        if let Some(launch) = seen.launches.get_mut(&launch) {
            launch.job = Some(job);
        }
        let instead_of = seen.jobs.get_mut(&job).and_then(|job| job.launch.replace(launch));
        assigned.push(Assign { launch, job, instead_of });
    }
    assigned
}

fn given(seen: &Observation, rules: &Rules, budget: &mut Budget) -> BTreeMap<LaunchId, JobId> {
    let mut idle = idle(seen);
    let mut given = BTreeMap::new();
    if idle.is_empty() {
        return given;
    }
    let mut turns = Turns::new(seen, &rules.limits);
    while let Some(job) = turns.next() {
        let Some(trust) = job.trust.filter(|_| job.doubted_at.is_none()) else { continue };
        // An idle launch may be on a machine of the kind that was lost.
        if is_second_chance(seen, job) {
            continue;
        }
        let Some(alike) = idle.get_mut(&(trust, label_set(&job.labels))) else { continue };
        if turns.refusal(job).is_some() {
            continue;
        }
        let fits = |id: &LaunchId| can_take(seen, &seen.launches[id], &job.repository);
        let Some(place) = alike.iter().position(fits) else { continue };
        // The others' runners were counted when they were started.
        if alike[place].is_standby() && !budget.register(job) {
            continue;
        }
        let Some(launch) = alike.remove(place) else { continue };
        turns.serve(job);
        given.insert(launch, job.id);
    }
    given
}

/// What a launch and its job must have in common.
type Like = (Trust, Vec<String>);

fn idle(seen: &Observation) -> BTreeMap<Like, VecDeque<LaunchId>> {
    let mut idle: BTreeMap<Like, VecDeque<LaunchId>> = BTreeMap::new();
    for launch in seen.launches.values() {
        if is_idle(seen, launch) && !is_taken_back(seen, launch) {
            idle.entry((launch.trust, launch.labels.clone())).or_default().push_back(launch.id);
        }
    }
    idle
}
