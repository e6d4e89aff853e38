//! Idle launches serve the next job with the same labels.

use model::id::{JobId, LaunchId};
use model::job::Job;
use model::launch::Launch;
use model::observation::Observation;
use model::plan::Assign;
use model::registration::Scope;

use crate::roll::can_take;
use crate::view::{is_idle, needs_launch};

/// The oldest job first. A runner that is registered already can take a job of the same labels as it
/// is; one that is not registers for whichever job its launch serves by then.
pub(crate) fn assign(seen: &mut Observation) -> Vec<Assign> {
    let idle: Vec<LaunchId> =
        seen.launches.values().filter(|launch| is_idle(seen, launch)).map(|launch| launch.id).collect();
    let mut assigned = Vec::new();
    for launch in idle {
        let Some(job) = oldest(seen, &seen.launches[&launch]) else { continue };
        let seen_launch = seen.jobs.get_mut(&job).and_then(|job| job.launch.replace(launch));
        if let Some(launch) = seen.launches.get_mut(&launch) {
            launch.job = Some(job);
        }
        assigned.push(Assign { launch, job, instead_of: seen_launch });
    }
    assigned
}

fn oldest(seen: &Observation, launch: &Launch) -> Option<JobId> {
    seen.jobs
        .values()
        .filter(|job| job.doubted_at.is_none() && job.trust == Some(launch.trust))
        .filter(|job| needs_launch(seen, job) && label_set(job) == launch.labels)
        .filter(|job| can_take(seen, launch, &Scope::of(&job.repository)))
        .min_by_key(|job| (job.queued_at, job.id))
        .map(|job| job.id)
}

/// What makes two jobs alike to a runner.
pub(crate) fn label_set(job: &Job) -> Vec<String> {
    let mut labels: Vec<String> = job.labels.iter().map(|label| label.to_lowercase()).collect();
    labels.sort();
    labels.dedup();
    labels
}
