//! What the forge says of jobs that were doubted, or looked as if an event was lost.

use std::collections::BTreeMap;
use std::time::Duration;

use model::id::JobId;
use model::job::{Ended, Job, JobState};
use model::observation::{Answer, Observation};
use model::plan::Settle;
use model::time::Timestamp;

/// GitHub's own answers take up to twenty seconds to agree with the events it has sent: before that, an
/// answer that a job waits may be older than the event that says it does not. Its moments are whole seconds, so the
/// twenty may have begun one later.
pub(crate) const CONVERGED: Duration = Duration::from_secs(21);

pub(crate) fn settle(seen: &mut Observation, now: Timestamp) -> BTreeMap<JobId, Settle> {
    let answers = std::mem::take(&mut seen.answers);
    let settled: BTreeMap<JobId, Settle> = answers
        .iter()
        .filter_map(|(id, answer)| {
            Some((*id, settled(seen.jobs.get(id)?, answer, seen.roll.is_some(), now)?))
        })
        .collect();
    for (id, settle) in &settled {
        apply(seen, *id, settle, now);
    }
    // The others' answers still count where a launch would be ended.
    seen.answers = answers;
    settled
}

/// An answer that nobody doubted the job for is only believed once the forge agrees with itself, for it may be older
/// than the last event; but what has ended stays so.
fn settled(job: &Job, answer: &Answer, is_sweep: bool, now: Timestamp) -> Option<Settle> {
    let has_converged = has_converged(job, now);
    let is_doubted = job.doubted_at.is_some();
    if !is_doubted && !has_converged && !matches!(answer, Answer::Ended { .. }) {
        return None;
    }
    match (answer, job.state) {
        (Answer::Queued, _) if !has_converged => None,
        // Asked for a launch that would end, and not for its own sake.
        (Answer::Queued, JobState::Queued) if !is_doubted => is_sweep.then_some(Settle::Same),
        (Answer::Queued, _) => Some(Settle::Queued),
        (Answer::Waiting, JobState::Running { .. }) if !is_doubted => None,
        (Answer::Waiting, _) => Some(Settle::Forget),
        (Answer::Running { runner }, JobState::Running { runner: known, .. })
            if !is_doubted && *runner == known =>
        {
            is_sweep.then_some(Settle::Same)
        }
        (Answer::Running { runner }, _) => Some(Settle::Running { runner: *runner }),
        (Answer::Ended { conclusion, runner, has_run, at }, _) => {
            let at = at.unwrap_or(now);
            Some(Settle::Ended(Box::new(ended(job, conclusion.clone(), runner.clone(), *has_run, at))))
        }
        (Answer::Gone, state) => {
            Some(Settle::Ended(Box::new(ended(job, None, None, !state.is_queued(), now))))
        }
    }
}

/// Whether the forge agrees with itself about the job. A doubt may be older than the last that was heard of it.
pub(crate) fn has_converged(job: &Job, now: Timestamp) -> bool {
    let told = match job.state {
        JobState::Queued => job.queued_at,
        JobState::Running { at, .. } => at,
    };
    now.since(job.doubted_at.map_or(told, |doubted| doubted.max(told))) >= CONVERGED
}

fn ended(
    job: &Job,
    conclusion: Option<String>,
    runner: Option<String>,
    has_run: bool,
    at: Timestamp,
) -> Ended {
    let started_at = match job.state {
        JobState::Running { at, .. } if has_run => Some(at),
        JobState::Running { .. } | JobState::Queued => None,
    };
    Ended {
        id: job.id,
        run: job.run,
        repository: job.repository.full_name(),
        labels: job.labels.clone(),
        has_run,
        conclusion,
        runner,
        queued_at: Some(job.queued_at),
        started_at,
        ended_at: at,
    }
}

fn apply(seen: &mut Observation, id: JobId, settle: &Settle, now: Timestamp) {
    match settle {
        Settle::Forget | Settle::Ended(_) => {
            seen.jobs.remove(&id);
        }
        Settle::Same | Settle::Queued | Settle::Running { .. } => {
            let job = seen.jobs.get_mut(&id).expect("only jobs that are seen are settled");
            job.doubted_at = None;
            match settle {
                Settle::Running { runner } => job.state = JobState::Running { runner: *runner, at: now },
                Settle::Queued => job.state = JobState::Queued,
                Settle::Same | Settle::Forget | Settle::Ended(_) => {}
            }
        }
    }
}
