//! Registered runners against launches, in both directions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::id::{JobId, LaunchId, RunnerName};
use model::job::Repository;
use model::launch::{Launch, LaunchState};
use model::observation::{Answer, Observation};
use model::plan::{Blame, Dismiss, End};
use model::registration::{Registered, Roll, Scope};
use model::time::Timestamp;

use crate::ask::{TOLD, held, registered};
use crate::end::{is_contradicted, waiting};
use crate::points::Points;
use crate::view::is_idle;

/// A claim is written down before the forge is asked, which may take a while.
const LISTED: Duration = Duration::from_secs(90);

/// Launches whose runner is at work, though no event has told so.
pub(crate) fn busy(seen: &mut Observation, now: Timestamp) -> BTreeMap<LaunchId, Option<JobId>> {
    let (held, used) = (held(seen), used(seen));
    let busy: BTreeMap<LaunchId, Option<JobId>> = seen
        .launches
        .values()
        .filter(|launch| matches!(launch.state, LaunchState::Claimed { .. }))
        .filter_map(|launch| match held.get(&launch.id).or_else(|| used.get(&runner(launch)?)) {
            Some(job) => Some((launch.id, Some(*job))),
            None => has_taken_something(seen, launch, now).then_some((launch.id, None)),
        })
        .collect();
    for (id, took) in &busy {
        let launch = seen.launches.get_mut(id).expect("only launches that are seen are at work");
        if let Some(task) = launch.state.task().cloned() {
            launch.state = LaunchState::Busy { task, took: *took };
            launch.at.busy = Some(now);
        }
    }
    busy
}

/// The runners that have had their job, as the forge told when it was asked about that.
fn used(seen: &Observation) -> BTreeMap<RunnerName, JobId> {
    let used = seen.answers.iter().filter_map(|(job, answer)| match answer {
        Answer::Ended { runner: Some(name), has_run: true, .. } => Some((RunnerName::parse(name)?, *job)),
        Answer::Queued | Answer::Waiting | Answer::Running { .. } | Answer::Ended { .. } | Answer::Gone => {
            None
        }
    });
    used.collect()
}

fn runner(launch: &Launch) -> Option<RunnerName> {
    let LaunchState::Claimed { claim, .. } = &launch.state else { return None };
    Some(RunnerName { launch: launch.id, attempt: claim.attempt })
}

/// Its runner is at work, and not on the job that it was registered for: that one waits, as the forge
/// itself says, or is over.
fn has_taken_something(seen: &Observation, launch: &Launch, now: Timestamp) -> bool {
    let Some(roll) = &seen.roll else { return false };
    if is_younger(launch, TOLD, now) || !roll.of(launch.id).any(|runner| runner.is_busy) {
        return false;
    }
    match launch.job.filter(|job| seen.jobs.contains_key(job)) {
        Some(job) => seen.answers.get(&job) == Some(&Answer::Queued),
        None => true,
    }
}

/// Launches whose runner the forge has removed, as its lists say: looked for once more by name, and ended
/// when it is not there.
fn gone(seen: &Observation, roll: &Roll, now: Timestamp) -> Vec<Dismiss> {
    let (held, registered) = (held(seen), registered(seen));
    let is_gone = |launch: &Launch| {
        !is_younger(launch, LISTED, now) && !registered.contains(&launch.id) && !held.contains_key(&launch.id)
    };
    let gone = seen.launches.values().filter(|launch| is_gone(launch)).filter_map(|launch| {
        let LaunchState::Claimed { task, .. } = &launch.state else { return None };
        let scope = roll.listed.get(launch.scope.as_ref()?)?;
        let fails = waiting(seen, launch);
        // Perhaps it has run, and nobody has told.
        if fails.is_some_and(|job| seen.answers.get(&job) != Some(&Answer::Queued)) {
            return None;
        }
        let why = "the forge has removed its runner, which had nothing to do".to_owned();
        let end = Some(End {
            launch: launch.id,
            fails,
            loses: None,
            stop: Some(task.clone()),
            blame: Blame::Nobody,
            why,
        });
        Some(Dismiss { scope: scope.clone(), id: None, name: runner(launch)?, end })
    });
    gone.collect()
}

/// Registrations that nobody needs: of launches that are over, of earlier claims, and of launches that no
/// job waits for. What is at work is left alone.
pub(crate) fn dismiss(
    seen: &Observation,
    alive: &BTreeSet<LaunchId>,
    points: &mut Points,
    now: Timestamp,
) -> Vec<Dismiss> {
    let Some(roll) = &seen.roll else { return Vec::new() };
    let idle = roll.runners.values().filter(|(_, runner)| !runner.is_busy);
    let unneeded = idle.filter_map(|(scope, runner)| {
        let end = unneeded(seen, roll, alive, runner)?;
        let scope: &Scope = roll.listed.get(scope)?;
        Some(Dismiss { scope: scope.clone(), id: Some(runner.id), name: runner.name, end })
    });
    // What was not listed is looked for by its name.
    let mut may =
        |dismiss: &Dismiss| points.write(dismiss.scope.installation, u32::from(dismiss.id.is_none()));
    gone(seen, roll, now).into_iter().chain(unneeded).filter(|dismiss| may(dismiss)).collect()
}

/// Nothing, if it is needed or somebody else's; else the launch that ends with it.
fn unneeded(
    seen: &Observation,
    roll: &Roll,
    alive: &BTreeSet<LaunchId>,
    runner: &Registered,
) -> Option<Option<End>> {
    let Some(launch) = seen.launches.get(&runner.name.launch) else {
        // Ended by this very plan, or before.
        let is_over = alive.contains(&runner.name.launch) || roll.over.contains(&runner.name);
        return is_over.then_some(None);
    };
    let LaunchState::Claimed { task, claim } = &launch.state else { return None };
    if runner.name.attempt < claim.attempt {
        return Some(None);
    }
    let is_needed = !is_idle(seen, launch) || is_contradicted(seen, launch);
    (!is_needed && runner.name.attempt == claim.attempt).then(|| {
        let why = "its job no longer waits, and its runner had nothing to do".to_owned();
        Some(End {
            launch: launch.id,
            fails: None,
            loses: None,
            stop: Some(task.clone()),
            blame: Blame::Nobody,
            why,
        })
    })
}

/// Whether the runner of a claimed launch could take a job of this place: one that is at work, not there any
/// more, or registered elsewhere, cannot.
pub(crate) fn can_take(seen: &Observation, launch: &Launch, at: &Repository) -> bool {
    let Some(name) = runner(launch) else { return true };
    if launch.scope.as_ref().is_some_and(|scope| *scope != Scope::of(at).id) {
        return false;
    }
    let Some(roll) = &seen.roll else { return true };
    match roll.runners.get(&name) {
        Some((_, runner)) => !runner.is_busy,
        None => !roll.knows(launch),
    }
}

fn is_younger(launch: &Launch, than: Duration, now: Timestamp) -> bool {
    now.since(launch.at.claimed.unwrap_or(launch.at.planned)) < than
}
