//! What GitHub's model holds, in our words.

use model::delivery::{Delivery, Outcome};
use model::id::{DeliveryId, RegistrationId, RunnerName};
use model::observation::Answer;
use model::registration::Registered;
use model::time::Timestamp;

use crate::github::{self, JobState};

pub(super) fn delivery(it: &github::Delivery, outcome: &github::Outcome) -> Delivery {
    Delivery {
        id: DeliveryId(it.id.0),
        event: it.guid.clone(),
        at: Timestamp(it.delivered_at.0),
        is_again: it.redelivery,
        outcome: match outcome.status_code() {
            200..=299 => Outcome::Received,
            400 | 405 | 410 | 413 | 415 | 422 => Outcome::Refused,
            _ => Outcome::Failed,
        },
    }
}

/// Nothing, if its name is none of ours.
pub(super) fn shown(runner: &github::Runner) -> Option<Registered> {
    let name = RunnerName::parse(&runner.name)?;
    Some(Registered { id: RegistrationId(runner.id.0), name, is_busy: runner.is_busy() })
}

pub(super) fn what_became(job: &github::Job) -> Answer {
    let runner = job.runner.as_ref().map(|runner| runner.name.clone());
    match &job.state {
        JobState::Blocked | JobState::Queued { .. } => Answer::Queued,
        JobState::Waiting => Answer::Waiting,
        JobState::Running { .. } => Answer::Running { runner: runner.as_deref().and_then(RunnerName::parse) },
        JobState::Completed(conclusion) => Answer::Ended {
            conclusion: Some(conclusion.name().to_owned()),
            has_run: runner.is_some(),
            runner,
            at: job.completed_at.map(|at| Timestamp(at.unix_seconds() * 1000)),
        },
    }
}
