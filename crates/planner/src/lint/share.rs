//! What is shared out: nobody gets more than may be had.

use std::collections::{BTreeMap, BTreeSet};

use model::budget::Bucket;
use model::id::{JobId, RepositoryId};
use model::job::{Job, JobState};
use model::observation::Observation;
use model::plan::{Plan, Stand};
use model::rules::Rules;
use model::shared::Shared;

pub(super) fn beyond_limits(seen: &Observation, rules: &Rules, plan: &Plan) -> Vec<String> {
    let mut faults = Vec::new();
    let placed: BTreeSet<JobId> = plan
        .place
        .values()
        .chain(plan.serverless.values())
        .flat_map(|placement| &placement.launches)
        .filter_map(|new| new.launch.job)
        .collect();
    let n_all = placed.len() + plan.standby.values().map(Stand::n_launches).sum::<usize>();
    if n_all > usize::try_from(Bucket::TASKS.burst).unwrap_or(usize::MAX) {
        faults.push(format!("{n_all} tasks would be started at once, for jobs and on standby"));
    }
    let serverless: usize = plan.serverless.values().map(|placement| placement.launches.len()).sum();
    if serverless > usize::try_from(Bucket::SERVERLESS_TASKS.burst).unwrap_or(usize::MAX) {
        faults.push(format!("{serverless} tasks without a node would be started at once"));
    }
    let served: BTreeSet<JobId> =
        plan.assign.iter().map(|assign| assign.job).chain(placed.iter().copied()).collect();
    let mut by_repository: BTreeMap<RepositoryId, Vec<&Job>> = BTreeMap::new();
    for job in served.iter().filter_map(|job| seen.jobs.get(job)) {
        by_repository.entry(job.repository.id).or_default().push(job);
    }
    for (repository, new) in by_repository {
        let Some(max) = rules.limits.max_jobs_of(&new[0].repository) else { continue };
        let stays = |job: &&Shared<Job>| job.repository.id == repository && runs_on(seen, plan, job);
        let n = new.len() + seen.jobs.values().filter(stays).count();
        if n > usize::try_from(max).unwrap_or(usize::MAX) {
            let name = new[0].repository.full_name();
            faults.push(format!("{name} would have {n} jobs at once, and may have {max}"));
        }
    }
    faults
}

/// A job that runs on a runner of ours, and that nothing in the plan says is over.
fn runs_on(seen: &Observation, plan: &Plan, job: &Job) -> bool {
    let is_over =
        plan.settle.contains_key(&job.id) || plan.end.iter().any(|end| Some(end.launch) == job.launch);
    let is_ours = job.launch.is_some_and(|launch| seen.launches.contains_key(&launch));
    !is_over && is_ours && matches!(job.state, JobState::Running { runner: Some(_), .. })
}
