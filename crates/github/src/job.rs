//! What GitHub says of a job and of its run.

use control::PortError;
use model::Trust;
use model::id::{RunId, RunnerName};
use model::job::Repository;
use model::observation::Answer;
use model::run::RunState;
use model::time::Timestamp;
use serde::Deserialize;

use crate::error::unusable;

#[derive(Deserialize)]
pub(crate) struct Job {
    status: String,
    conclusion: Option<String>,
    runner_id: Option<u64>,
    runner_name: Option<String>,
    completed_at: Option<String>,
}

pub(crate) fn what_became(job: Job) -> Result<Answer, PortError> {
    let runner = job.runner_name.filter(|name| !name.is_empty());
    Ok(match job.status.as_str() {
        // Not yet for a runner to take, and launched for all the same: waiting in vain costs less
        // than a job that is forgotten.
        "queued" | "requested" | "pending" => Answer::Queued,
        "waiting" => Answer::Waiting,
        "in_progress" => Answer::Running { runner: runner.as_deref().and_then(RunnerName::parse) },
        "completed" => {
            let has_run = runner.is_some() || job.runner_id.is_some_and(|id| id != 0);
            let at = job.completed_at.and_then(|at| at.parse::<jiff::Timestamp>().ok());
            let at = at.and_then(|at| u64::try_from(at.as_millisecond()).ok()).map(Timestamp);
            Answer::Ended { conclusion: job.conclusion, runner, has_run, at }
        }
        _ => return Err(unusable("workflow job", "a status that nobody knows")),
    })
}

#[derive(Deserialize)]
pub(crate) struct Run {
    event: String,
    head_repository: Option<HeadRepository>,
}

#[derive(Deserialize)]
struct HeadRepository {
    id: u64,
}

pub(crate) fn whose_code(at: &Repository, run: RunId, found: &Run) -> Trust {
    let is_own = found.head_repository.as_ref().is_some_and(|head| head.id == at.id.0);
    if is_own && matches!(found.event.as_str(), "pull_request_target" | "issue_comment" | "workflow_run") {
        // Started by a stranger perhaps, and the workflow itself may fetch his code.
        tracing::info!(run.id = run.0, run.event = found.event, "a run with the rights of its repository");
    }
    if is_own { Trust::Trusted } else { Trust::Untrusted }
}

#[derive(Deserialize)]
pub(crate) struct Attempt {
    #[serde(default = "first")]
    run_attempt: u32,
    status: Option<String>,
    conclusion: Option<String>,
}

fn first() -> u32 {
    1
}

pub(crate) fn how_far(run: Attempt) -> RunState {
    let is_over = run.status.as_deref() == Some("completed");
    // Without a conclusion it has not ended, whatever its status says.
    RunState { attempt: run.run_attempt, conclusion: run.conclusion.filter(|_| is_over) }
}
