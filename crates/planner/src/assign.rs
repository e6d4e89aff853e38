//! Idle launches serve the next job with the same labels.

use std::collections::{BTreeMap, BTreeSet};

use model::Trust;
use model::id::{JobId, LaunchId};
use model::observation::Observation;
use model::plan::Assign;
use model::time::Timestamp;

use crate::demand::label_set;
use crate::roll::can_take;
use crate::view::{is_idle, is_taken_back, needs_launch};

/// The oldest job first. A runner that is registered already can take a job of the same labels as it
/// is; one that is not registers for whichever job its launch serves by then.
pub(crate) fn assign(seen: &mut Observation) -> Vec<Assign> {
    let idle: Vec<LaunchId> = seen
        .launches
        .values()
        .filter(|launch| is_idle(seen, launch) && !is_taken_back(seen, launch))
        .map(|launch| launch.id)
        .collect();
    if idle.is_empty() {
        return Vec::new();
    }
    let mut waiting = waiting(seen);
    let mut assigned = Vec::new();
    for launch in idle {
        let idle = &seen.launches[&launch];
        let Some(alike) = waiting.get_mut(&(idle.trust, idle.labels.clone())) else { continue };
        let fits = |(_, job): &&(Timestamp, JobId)| can_take(seen, idle, &seen.jobs[job].repository);
        let Some((since, job)) = alike.iter().find(fits).copied() else { continue };
        alike.remove(&(since, job));
        if let Some(idle) = seen.launches.get_mut(&launch) {
            idle.job = Some(job);
        }
        let instead_of = seen.jobs.get_mut(&job).and_then(|job| job.launch.replace(launch));
        assigned.push(Assign { launch, job, instead_of });
    }
    assigned
}

/// What a launch and its job must have in common.
type Like = (Trust, Vec<String>);

/// Jobs that a launch can be given to, the oldest first.
fn waiting(seen: &Observation) -> BTreeMap<Like, BTreeSet<(Timestamp, JobId)>> {
    let mut waiting: BTreeMap<Like, BTreeSet<_>> = BTreeMap::new();
    for job in seen.jobs.values().filter(|job| job.doubted_at.is_none() && needs_launch(seen, job)) {
        let Some(trust) = job.trust else { continue };
        waiting.entry((trust, label_set(&job.labels))).or_default().insert((job.queued_at, job.id));
    }
    waiting
}
