//! Which authors are told why their job cannot run.

use std::collections::BTreeMap;

use model::id::JobId;
use model::observation::Observation;
use model::plan::Tell;
use model::reason::{Code, Reason};
use model::registration::Scope;

use crate::points::Points;

/// The forge lets us write eighty things a minute.
const AT_ONCE: usize = 20;

/// Once for each job, in a sweep, and only what the author can do something about.
pub(crate) fn tell(seen: &Observation, reasons: &BTreeMap<JobId, Reason>, points: &mut Points) -> Vec<Tell> {
    let Some(roll) = &seen.roll else { return Vec::new() };
    let untold = |job: &JobId| {
        seen.jobs.get(job).is_some_and(|job| {
            job.told_at.is_none()
                && job.commit.is_some()
                && roll.listed.contains_key(&Scope::of(&job.repository).id)
        })
    };
    reasons
        .iter()
        .filter(|(job, why)| is_final(why.code) && untold(job))
        // Whether it stands there is asked first.
        .filter(|(job, _)| points.write(seen.jobs[job].repository.installation, 1))
        .map(|(job, why)| Tell { job: *job, why: why.clone() })
        .take(AT_ONCE)
        .collect()
}

/// Waiting does not help.
fn is_final(code: Code) -> bool {
    match code {
        Code::WrongLabel | Code::NoSuchVersion | Code::NoPool | Code::TooLarge => true,
        Code::Starting
        | Code::RepositoryLimit
        | Code::Budget
        | Code::PoolFull
        | Code::NoCapacity
        | Code::Paused
        | Code::Quarantined
        | Code::Doubted
        | Code::Unknown => false,
    }
}
