//! Launches that are over, or that nobody needs.

use std::collections::BTreeSet;
use std::time::Duration;

use model::id::{JobId, LaunchId};
use model::job::{Failed, JobState};
use model::launch::{Launch, LaunchState};
use model::observation::{Answer, Cause, Observation, Survey};
use model::plan::{Blame, End};
use model::time::Timestamp;

use crate::repair::LISTED;
use crate::standby::is_starting;
use crate::view::{is_idle, is_taken_back};

/// A runner that ends so soon after it was registered has not waited for a job.
const AT_ONCE: Duration = Duration::from_mins(1);

/// Launches whose task has stopped, by an event or, in a sweep, because nobody lists it or its node.
pub(crate) fn stopped(seen: &Observation, now: Timestamp) -> Vec<End> {
    let over = |launch: &Launch| told(seen, launch).or_else(|| missed(seen, launch, now));
    let ends = seen.launches.values().filter_map(|launch| Some((launch, over(launch)?)));
    ends.map(|(launch, (cause, why))| End {
        launch: launch.id,
        fails: waiting(seen, launch),
        loses: running(seen, launch).filter(|_| cause == Cause::Machine),
        stop: None,
        blame: if cause == Cause::Machine { Blame::Nobody } else { blame(seen, launch, now) },
        why,
    })
    .collect()
}

/// Launches that would register a runner on a machine that is taken back in two minutes.
pub(crate) fn doomed(seen: &mut Observation, now: Timestamp) -> Vec<End> {
    let ends: Vec<End> = seen
        .launches
        .values()
        .filter(|launch| is_taken_back(seen, launch))
        .filter_map(|launch| Some((launch, launch.node.as_ref()?)))
        .filter_map(|(launch, node)| match &launch.state {
            LaunchState::Asked { task } => Some(End {
                launch: launch.id,
                fails: waiting(seen, launch),
                loses: None,
                stop: Some(task.clone()),
                blame: Blame::Nobody,
                why: format!("its node {node} is taken back by the provider"),
            }),
            // Its task is not known yet, or it may have a job already: that one has two minutes.
            LaunchState::Planned | LaunchState::Claimed { .. } | LaunchState::Busy { .. } => None,
        })
        .collect();
    apply(seen, &ends, now);
    ends
}

/// Launches that found no other job: their tasks have no runner to register.
pub(crate) fn idle(seen: &mut Observation, kept: &BTreeSet<LaunchId>, now: Timestamp) -> Vec<End> {
    let ends: Vec<End> = seen
        .launches
        .values()
        .filter(|launch| is_idle(seen, launch) && !is_contradicted(seen, launch))
        .filter(|launch| !kept.contains(&launch.id))
        .filter_map(|launch| match &launch.state {
            LaunchState::Asked { task } => Some(End {
                launch: launch.id,
                fails: None,
                loses: None,
                stop: Some(task.clone()),
                blame: Blame::Nobody,
                why: if launch.id.is_standby() && launch.job.is_none() {
                    "nobody is to stand by here any more".to_owned()
                } else {
                    "its job no longer waits, and no other needs it".to_owned()
                },
            }),
            // A registered runner may take any job of its labels at any moment: it goes first.
            LaunchState::Claimed { .. } | LaunchState::Planned | LaunchState::Busy { .. } => None,
        })
        .collect();
    for end in &ends {
        take_off(seen, end.launch, now);
    }
    ends
}

/// An event alone stops nothing: while the forge says that the job waits, or has not been heard, its
/// launch stays.
pub(crate) fn is_contradicted(seen: &Observation, launch: &Launch) -> bool {
    launch.job.is_some_and(|job| {
        seen.jobs.contains_key(&job)
            && matches!(seen.answers.get(&job), None | Some(Answer::Queued | Answer::Waiting))
    })
}

/// The job that waits for this launch, if one does.
pub(crate) fn waiting(seen: &Observation, launch: &Launch) -> Option<JobId> {
    let job = seen.jobs.get(&launch.job?)?;
    (job.state.is_queued() && job.launch == Some(launch.id)).then_some(job.id)
}

/// A runner that waited in vain is nobody's fault: GitHub had no job for it.
fn blame(seen: &Observation, launch: &Launch, now: Timestamp) -> Blame {
    let is_early = match launch.state {
        LaunchState::Planned | LaunchState::Asked { .. } => true,
        LaunchState::Claimed { .. } => launch.at.claimed.is_some_and(|at| now.since(at) < AT_ONCE),
        LaunchState::Busy { .. } => false,
    };
    let stood = launch.id.is_standby() && launch.job.is_none();
    let is_awaited = if stood { is_starting(launch, now) } else { waiting(seen, launch).is_some() };
    if is_early && is_awaited { Blame::Node } else { Blame::Nobody }
}

/// The job that its runner has taken, if that has not ended.
fn running(seen: &Observation, launch: &Launch) -> Option<JobId> {
    let LaunchState::Busy { took: Some(took), .. } = launch.state else { return None };
    let job = seen.jobs.get(&took)?;
    match job.state {
        JobState::Running { runner, .. } => runner.is_some_and(|name| name.launch == launch.id),
        JobState::Queued => false,
    }
    .then_some(took)
}

fn told(seen: &Observation, launch: &Launch) -> Option<(Cause, String)> {
    seen.stopped
        .iter()
        .find(|stopped| match launch.state.task() {
            Some(task) => stopped.task == *task,
            None => stopped.launch == Some(launch.id),
        })
        .map(|stopped| (stopped.cause, stopped.why.clone()))
}

fn missed(seen: &Observation, launch: &Launch, now: Timestamp) -> Option<(Cause, String)> {
    let survey: &Survey = seen.survey.as_ref()?;
    if is_younger(launch, LISTED, now) {
        return None;
    }
    if let Some(node) = launch.node.as_ref().filter(|node| !seen.nodes.contains_key(node)) {
        return Some((Cause::Machine, format!("its node {node} is gone")));
    }
    let task = launch.state.task()?;
    (!survey.tasks.contains_key(task)).then(|| (Cause::Other, "its task has stopped".to_owned()))
}

fn is_younger(launch: &Launch, than: Duration, now: Timestamp) -> bool {
    now.since(launch.at.asked.unwrap_or(launch.at.planned)) <= than
}

pub(crate) fn apply(seen: &mut Observation, ends: &[End], now: Timestamp) {
    for end in ends {
        take_off(seen, end.launch, now);
        if let Some(job) = end.fails.and_then(|job| seen.jobs.get_mut(&job)) {
            job.launch = None;
            job.failed = Some(Failed { at: now, why: end.why.clone() });
        }
    }
}

/// Its node, or its pool, has the room again.
fn take_off(seen: &mut Observation, id: LaunchId, now: Timestamp) {
    let Some(launch) = seen.launches.remove(&id) else { return };
    match &launch.node {
        Some(node) => {
            if let Some(node) = seen.nodes.get_mut(node) {
                node.used = node.used.saturating_sub(launch.size);
                node.n_launches = node.n_launches.saturating_sub(1);
                node.idle_since = Some(now);
            }
        }
        None => {
            if let Some(pool) = seen.pools.get_mut(&launch.pool) {
                pool.n_launches = pool.n_launches.saturating_sub(1);
            }
        }
    }
}
