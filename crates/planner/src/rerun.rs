//! Runs that have lost jobs with their machines: their failed jobs run again, once.

use std::collections::BTreeMap;
use std::time::Duration;

use model::id::RunId;
use model::job::Job;
use model::observation::{Answer, Fate, Observation};
use model::plan::{End, Rerun};
use model::run::{LostRun, LostState};
use model::time::Timestamp;

use crate::points::Points;

/// The forge gives a silent runner up after ten minutes or so. A run of which nothing was heard for longer
/// than that is asked for all the same: an event may be lost.
const SILENCE: Duration = Duration::from_mins(15);
/// A question whose answer nobody has written down is asked once more after this, and so often.
const UNANSWERED: Duration = Duration::from_mins(1);
const ASKED_AT_MOST: u32 = 5;
/// How long a run is remembered once nothing of it is alive: jobs that need others come late.
const REMEMBERED: Duration = Duration::from_hours(1);

/// The runs of the jobs that these ends lose. A run that had its second chance gets no third.
pub(crate) fn lose(seen: &mut Observation, ends: &[End], now: Timestamp) -> BTreeMap<RunId, LostRun> {
    let mut lost: BTreeMap<RunId, LostRun> = BTreeMap::new();
    for job in ends.iter().filter_map(|end| seen.jobs.get(&end.loses?)) {
        let known = lost.get(&job.run).or_else(|| seen.runs.get(&job.run));
        let run = match known {
            Some(run) if run.state != LostState::Waiting => continue,
            Some(run) if run.attempt == job.attempt => {
                if run.jobs.contains(&job.id) || run.jobs.len() >= LostRun::MOST_JOBS {
                    continue;
                }
                let jobs = run.jobs.iter().copied().chain([job.id]).collect();
                LostRun { jobs, ..run.clone() }
            }
            // Somebody has run it again before we could.
            Some(_) | None => LostRun {
                id: job.run,
                repository: job.repository.clone(),
                attempt: job.attempt,
                jobs: vec![job.id],
                at: now,
                state: LostState::Waiting,
            },
        };
        lost.insert(job.run, run);
    }
    seen.runs.extend(lost.clone());
    lost
}

/// Runs that the forge is asked about: only when nothing of them is known to be going on.
pub fn may_have_ended(seen: &Observation, run: &LostRun, now: Timestamp) -> bool {
    let is_alive = seen.jobs.values().any(|job| job.run == run.id && job.attempt == run.attempt);
    match run.state {
        LostState::Waiting => !is_alive || now.since(run.at) > SILENCE,
        LostState::Asked { at, .. } => now.since(at) > UNANSWERED,
        LostState::Over { .. } => false,
    }
}

/// A sweep's work: rings know nothing of runs.
pub(crate) fn rerun(seen: &mut Observation, points: &mut Points, now: Timestamp) -> BTreeMap<RunId, Rerun> {
    if seen.survey.is_none() {
        return BTreeMap::new();
    }
    let decided = seen.runs.values().filter_map(|run| Some((run.id, decide(seen, run, now)?)));
    let mut may = |(id, rerun): &(RunId, Rerun)| {
        *rerun != Rerun::Ask || points.write(seen.runs[id].repository.installation, 0)
    };
    let reruns: BTreeMap<RunId, Rerun> = decided.filter(|it| may(it)).collect();
    for (id, rerun) in &reruns {
        let Some(run) = seen.runs.get_mut(id) else { continue };
        match rerun {
            Rerun::Ask => run.state = LostState::Asked { at: now, n: asked(run) + 1 },
            Rerun::Over(_) => run.state = LostState::Over { at: now },
            Rerun::Forget => drop(seen.runs.remove(id)),
        }
    }
    reruns
}

fn decide(seen: &Observation, run: &LostRun, now: Timestamp) -> Option<Rerun> {
    if let LostState::Over { at } = run.state {
        let is_alive = seen.jobs.values().any(|job| job.run == run.id);
        return (!is_alive && now.since(at) > REMEMBERED).then_some(Rerun::Forget);
    }
    let Fate { run: is, jobs } = seen.fates.get(&run.id)?;
    if is.attempt > run.attempt {
        return Some(Rerun::Over(format!("attempt {} is there", is.attempt)));
    }
    // Whoever cancels a run wants none of it.
    if is.conclusion.as_deref()? == "cancelled" {
        return Some(Rerun::Forget);
    }
    let mut verdicts = run.jobs.iter().map(|job| jobs.get(job).map(|answer| is_lost(answer, run.at)));
    if !verdicts.clone().any(|verdict| verdict == Some(true)) {
        // What could not be asked is asked at the next sweep.
        return verdicts.all(|verdict| verdict.is_some()).then_some(Rerun::Forget);
    }
    if asked(run) >= ASKED_AT_MOST {
        return Some(Rerun::Over(format!("the forge was asked {} times, and nothing ran", asked(run))));
    }
    Some(Rerun::Ask)
}

/// Not one that had ended before its machine did, however it had: that was its own doing.
fn is_lost(answer: &Answer, lost_at: Timestamp) -> bool {
    match answer {
        Answer::Ended { conclusion, at, .. } => {
            conclusion.as_deref() == Some("failure") && at.is_none_or(|at| lost_at <= at)
        }
        Answer::Queued | Answer::Waiting | Answer::Running { .. } | Answer::Gone => false,
    }
}

fn asked(run: &LostRun) -> u32 {
    match run.state {
        LostState::Asked { n, .. } => n,
        LostState::Waiting | LostState::Over { .. } => 0,
    }
}

/// Whether the job is there because its machine was lost: it is not put at that risk again.
pub(crate) fn is_second_chance(seen: &Observation, job: &Job) -> bool {
    seen.runs.get(&job.run).is_some_and(|run| run.is_second_chance(job.attempt))
}
