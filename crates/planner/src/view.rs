//! What several steps ask of an observation.

use std::collections::BTreeMap;

use model::cordon::CordonReason;
use model::id::{JobId, LaunchId};
use model::job::{Job, JobState};
use model::launch::{Launch, LaunchState};
use model::observation::{Answer, Observation};
use model::plan::Report;
use model::reason::Reason;
use model::time::Timestamp;

/// A job that waits and has no launch that serves it.
pub fn needs_launch(seen: &Observation, job: &Job) -> bool {
    job.state.is_queued() && job.launch.is_none_or(|id| !serves(seen, id, job.id))
}

/// A job that this tick may find in need of a launch, once it has ended what is over and believed the forge.
pub fn may_need_launch(seen: &Observation, job: &Job) -> bool {
    let may_end = seen.survey.is_some() || !seen.stopped.is_empty();
    let waits_after_all = seen.answers.get(&job.id) == Some(&Answer::Queued);
    needs_launch(seen, job) || waits_after_all || (may_end && job.state.is_queued())
}

/// A launch whose runner has taken another job serves the one it was started for no longer.
fn serves(seen: &Observation, launch: LaunchId, job: JobId) -> bool {
    seen.launches.get(&launch).is_some_and(|launch| match &launch.state {
        LaunchState::Planned | LaunchState::Asked { .. } | LaunchState::Claimed { .. } => {
            launch.job == Some(job)
        }
        LaunchState::Busy { took, .. } => *took == Some(job),
    })
}

/// A launch with a task that no job waits for any more.
pub fn is_idle(seen: &Observation, launch: &Launch) -> bool {
    match launch.state {
        // Its task is not known yet: asked for first, it is then seen like any other.
        LaunchState::Planned | LaunchState::Busy { .. } => false,
        LaunchState::Asked { .. } | LaunchState::Claimed { .. } => {
            !launch.job.is_some_and(|job| awaits(seen, job, launch.id))
        }
    }
}

/// Whether the machine it is on lives for two minutes at most.
pub(crate) fn is_taken_back(seen: &Observation, launch: &Launch) -> bool {
    let node = launch.node.as_ref().and_then(|node| seen.nodes.get(node));
    let cordon = node.and_then(|node| node.cordon);
    cordon.is_some_and(|cordon| cordon.why == CordonReason::Reclaimed)
}

fn awaits(seen: &Observation, job: JobId, launch: LaunchId) -> bool {
    seen.jobs.get(&job).is_some_and(|job| match job.state {
        JobState::Queued => job.launch == Some(launch),
        // The event that says so may be ahead of the one that makes the launch busy.
        JobState::Running { runner, .. } => runner.is_some_and(|name| name.launch == launch),
    })
}

pub(crate) fn report(seen: &Observation, reasons: &BTreeMap<JobId, Reason>, now: Timestamp) -> Report {
    let queued = || seen.jobs.values().filter(|job| job.state.is_queued());
    let mut report = Report {
        n_open: seen.jobs.len()
            + seen.launches.len()
            + seen.nodes.len()
            + seen.orders.len()
            + seen.pools.len()
            + seen.runs.len(),
        n_queued: queued().count(),
        n_running: seen.jobs.len() - queued().count(),
        oldest_wait_ms: queued()
            .filter(|job| needs_launch(seen, job))
            .map(|job| u64::try_from(now.since(job.queued_at).as_millis()).unwrap_or(u64::MAX))
            .max()
            .unwrap_or(0),
        ..Report::default()
    };
    for reason in reasons.values() {
        *report.waiting.entry(reason.code.as_str()).or_default() += 1;
    }
    for node in seen.nodes.values() {
        *report.nodes.entry(node.pool.clone()).or_default() += 1;
    }
    report
}
