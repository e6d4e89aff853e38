//! Which jobs the forge is asked about though nobody doubts them: an event that is lost is told no more.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::id::{JobId, LaunchId, TaskId};
use model::job::{Job, JobState};
use model::launch::{Launch, LaunchState};
use model::observation::Observation;
use model::registration::Scope;
use model::rules::Limits;
use model::time::Timestamp;

use crate::end::waiting as waiting_for;
use crate::points::Points;
use crate::settle::{CONVERGED, has_converged};
use crate::view::is_idle;

/// What happens at the forge is told within this, if it is told at all.
pub(crate) const TOLD: Duration = Duration::from_mins(1);

/// Mostly the forge knows what its event told, and a tick that takes long is no longer than this. Where it says that the
/// job waits, that is not believed before it agrees with itself: until then each question costs a point for little.
const NEW: Duration = Duration::from_secs(10);

/// Between two questions about one job, however often it gave the same answer.
const SELDOM: Duration = Duration::from_hours(1);

/// How much a job looks as if its event was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    /// The runner that it waits for, or runs on, is at work, or is no more.
    Clear,
    /// A runner listens for it, and it goes on waiting; or it runs where nobody of ours can see it.
    Weak,
    /// It has every reason to be where it is.
    None,
}

impl Sign {
    /// How long after its last change a job is asked about first.
    fn first(self) -> Duration {
        match self {
            Self::Clear => CONVERGED,
            Self::Weak => 2 * TOLD,
            Self::None => 10 * TOLD,
        }
    }
}

/// Of the jobs that a tick asks about, so many that nobody doubts: half of what an hour allows is left by a sweep a
/// minute.
const UNDOUBTED: usize = 32;

/// The jobs that a tick asks about, as far as there are points for it.
///
/// Those that are doubted, those whose launch would be ended for an event, and those that look as if an event was lost.
/// The others are asked about by a later one.
pub fn asked<'a>(seen: &'a Observation, limits: &Limits, now: Timestamp) -> Vec<&'a Job> {
    let doubted = seen.jobs.values().filter(|job| is_worth_asking(seen, job, now)).map(|job| job.id);
    let idle = seen.launches.values().filter(|launch| is_idle(seen, launch));
    let stale = left_behind(seen).into_iter().chain(questions(seen, now)).take(UNDOUBTED);
    let mut points = Points::new(seen, limits);
    let mut known: BTreeSet<JobId> = BTreeSet::new();
    let all = doubted.chain(idle.filter_map(|launch| launch.job)).chain(stale);
    all.filter(|job| known.insert(*job))
        .filter_map(|job| seen.jobs.get(&job).map(|job| &**job))
        .filter(|job| points.ask(job.repository.installation))
        .collect()
}

/// A sweep asks about every doubt.
fn is_worth_asking(seen: &Observation, job: &Job, now: Timestamp) -> bool {
    let is_sweep = seen.roll.is_some();
    job.doubted_at.is_some_and(|at| is_sweep || now.since(at) <= NEW || has_converged(job, now))
}

/// The jobs to ask about, the clearest signs first. Only a sweep asks, and only where the forge has shown
/// that it answers.
pub fn questions(seen: &Observation, now: Timestamp) -> Vec<JobId> {
    let Some(roll) = &seen.roll else { return Vec::new() };
    let mut due: Vec<(Sign, Timestamp, JobId)> = seen
        .jobs
        .values()
        .filter(|job| job.doubted_at.is_none() && roll.listed.contains_key(&Scope::of(&job.repository).id))
        .filter_map(|job| {
            let (sign, since) = sign(seen, job);
            is_due(sign, since, job.checked_at, now).then_some((
                sign,
                job.checked_at.unwrap_or(since),
                job.id,
            ))
        })
        .collect();
    due.sort();
    due.into_iter().map(|(_, _, job)| job).collect()
}

/// The jobs that wait for a launch whose task has stopped after it had a runner: that may have taken them.
fn left_behind(seen: &Observation) -> Vec<JobId> {
    let has_stopped = |task: &TaskId| {
        seen.stopped.iter().any(|stopped| stopped.task == *task)
            || seen.survey.as_ref().is_some_and(|survey| !survey.tasks.contains_key(task))
    };
    let stopped = seen.launches.values().filter(|launch| match &launch.state {
        LaunchState::Claimed { task, .. } => has_stopped(task),
        LaunchState::Planned | LaunchState::Asked { .. } | LaunchState::Busy { .. } => false,
    });
    stopped.filter_map(|launch| waiting_for(seen, launch)).collect()
}

/// The pauses grow with the answers: each is as long as all before it.
fn is_due(sign: Sign, since: Timestamp, checked: Option<Timestamp>, now: Timestamp) -> bool {
    match checked.filter(|at| *at > since) {
        None => now.since(since) >= sign.first(),
        Some(at) => now.since(at) >= at.since(since).max(TOLD).min(SELDOM),
    }
}

/// What a job looks like, and since when.
fn sign(seen: &Observation, job: &Job) -> (Sign, Timestamp) {
    match job.state {
        JobState::Running { runner: None, at } => (Sign::Weak, at),
        JobState::Running { runner: Some(name), at } => {
            let is_alive = seen.launches.contains_key(&name.launch);
            match at_work(seen, name.launch) {
                Some(true) if is_alive => (Sign::None, at),
                Some(true | false) | None => (Sign::Clear, at),
            }
        }
        JobState::Queued => match job.launch.and_then(|id| seen.launches.get(&id)) {
            Some(launch) if launch.job == Some(job.id) => waiting(seen, job, launch),
            Some(_) | None => (Sign::None, job.queued_at),
        },
    }
}

fn waiting(seen: &Observation, job: &Job, launch: &Launch) -> (Sign, Timestamp) {
    match launch.state {
        LaunchState::Claimed { .. } => {
            let since = launch.at.claimed.unwrap_or(launch.at.planned).max(job.queued_at);
            match at_work(seen, launch.id) {
                Some(false) => (Sign::Weak, since),
                Some(true) | None => (Sign::Clear, since),
            }
        }
        // Its runner has another's job, and another's runner may have this one.
        LaunchState::Busy { .. } => {
            (Sign::Clear, launch.at.busy.unwrap_or(launch.at.planned).max(job.queued_at))
        }
        LaunchState::Planned | LaunchState::Asked { .. } => {
            (Sign::None, launch.at.planned.max(job.queued_at))
        }
    }
}

/// Whether a runner of this launch is registered, and at work.
fn at_work(seen: &Observation, launch: LaunchId) -> Option<bool> {
    let roll = seen.roll.as_ref()?;
    roll.of(launch).map(|runner| runner.is_busy).max()
}

/// Which job each launch's runner holds, as the jobs tell it.
pub(crate) fn held(seen: &Observation) -> BTreeMap<LaunchId, JobId> {
    let held = seen.jobs.values().filter_map(|job| match job.state {
        JobState::Running { runner: Some(name), .. } => Some((name.launch, job.id)),
        JobState::Running { runner: None, .. } | JobState::Queued => None,
    });
    held.collect()
}

/// The launches of which a runner is registered.
pub(crate) fn registered(seen: &Observation) -> BTreeSet<LaunchId> {
    let runners = seen.roll.iter().flat_map(|roll| roll.runners.keys());
    runners.map(|name| name.launch).collect()
}
