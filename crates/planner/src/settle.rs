//! What the forge says of jobs that were doubted.

use std::collections::BTreeMap;
use std::time::Duration;

use model::id::JobId;
use model::job::{Ended, Job, JobState};
use model::observation::{Answer, Observation};
use model::plan::Settle;
use model::time::Timestamp;

/// GitHub's own answers take up to twenty seconds to agree with the events it has sent: before that, an
/// answer that a job waits may be older than the event that says it does not.
const CONVERGED: Duration = Duration::from_secs(20);

pub(crate) fn settle(seen: &mut Observation, now: Timestamp) -> BTreeMap<JobId, Settle> {
    let answers = std::mem::take(&mut seen.answers);
    let settled: BTreeMap<JobId, Settle> = answers
        .iter()
        .filter_map(|(id, answer)| Some((*id, settled(seen.jobs.get(id)?, answer, now)?)))
        .collect();
    for (id, settle) in &settled {
        apply(seen, *id, settle, now);
    }
    // The others' answers still count where a launch would be ended.
    seen.answers = answers;
    settled
}

fn settled(job: &Job, answer: &Answer, now: Timestamp) -> Option<Settle> {
    let doubted_at = job.doubted_at?;
    match answer {
        Answer::Queued if now.since(doubted_at) < CONVERGED => None,
        Answer::Queued => Some(Settle::Queued),
        Answer::Waiting => Some(Settle::Forget),
        Answer::Running { runner } => Some(Settle::Running { runner: *runner }),
        Answer::Ended { conclusion, runner, has_run, .. } => {
            Some(Settle::Ended(Box::new(ended(job, conclusion.clone(), runner.clone(), *has_run, now))))
        }
        Answer::Gone => Some(Settle::Ended(Box::new(ended(job, None, None, false, now)))),
    }
}

fn ended(
    job: &Job,
    conclusion: Option<String>,
    runner: Option<String>,
    has_run: bool,
    now: Timestamp,
) -> Ended {
    Ended {
        id: job.id,
        run: job.run,
        repository: job.repository.full_name(),
        labels: job.labels.clone(),
        has_run,
        conclusion,
        runner,
        queued_at: Some(job.queued_at),
        started_at: None,
        ended_at: now,
    }
}

fn apply(seen: &mut Observation, id: JobId, settle: &Settle, now: Timestamp) {
    match settle {
        Settle::Forget | Settle::Ended(_) => {
            seen.jobs.remove(&id);
        }
        Settle::Queued | Settle::Running { .. } => {
            let job = seen.jobs.get_mut(&id).expect("only jobs that are seen are settled");
            job.doubted_at = None;
            if let Settle::Running { runner } = settle {
                job.state = JobState::Running { runner: *runner, at: now };
            }
        }
    }
}
