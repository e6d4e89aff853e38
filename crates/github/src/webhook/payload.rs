//! What a `workflow_job` delivery says, in our words.

use std::borrow::Cow;

use control::event::Event;
use model::id::{InstallationId, JobId, RepositoryId, RunId, RunnerName};
use model::job::{Ended, Job, JobState, Repository};
use model::time::Timestamp;
use serde::Deserialize;

use super::verify::Verified;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Of(Event),
    /// Nothing that we have to do with: why.
    NotOurs(&'static str),
}

/// It was signed, and cannot be read: GitHub has changed something, or sends a form instead of JSON.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    #[error("the payload is not what a `workflow_job` event looks like")]
    Json(#[source] serde_json::Error),
    #[error("the payload has no time for `{0}`")]
    Time(&'static str),
}

/// `event` is the header `X-GitHub-Event`.
pub fn parse(delivery: Verified<'_>, event: &str) -> Result<Delivery, PayloadError> {
    if event != "workflow_job" {
        return Ok(Delivery::NotOurs("an event other than workflow_job"));
    }
    let payload: Payload<'_> = serde_json::from_slice(delivery.body()).map_err(PayloadError::Json)?;
    let Some(installation) = &payload.installation else {
        return Ok(Delivery::NotOurs("no installation of our App: the webhook is not the App's"));
    };
    let installation = InstallationId(installation.id);
    let job = &payload.workflow_job;
    Ok(Delivery::Of(match (payload.action.as_ref(), job.status.as_ref()) {
        ("queued", "queued") => Event::Queued(Box::new(payload.job(installation, JobState::Queued)?)),
        // GitHub says `queued` for jobs behind an approval too, and once more when it was given.
        ("queued", "waiting" | "requested" | "pending") | ("waiting", _) => {
            Event::Waiting { job: JobId(job.id), labels: job.labels.clone() }
        }
        ("queued", _) => return Ok(Delivery::NotOurs("queued, but no longer waiting")),
        ("in_progress", _) => {
            let at = job.started_at().or_else(|| job.created_at()).ok_or(PayloadError::Time("started_at"))?;
            let runner = job.our_runner();
            let state = JobState::Running { runner, at };
            Event::InProgress { job: Box::new(payload.job(installation, state)?), runner, at }
        }
        ("completed", _) => Event::Completed(Box::new(payload.ended()?)),
        _ => return Ok(Delivery::NotOurs("an action that is not of a job's life")),
    }))
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow)]
    workflow_job: WorkflowJob<'a>,
    #[serde(borrow)]
    repository: RepositoryPart<'a>,
    installation: Option<Installation>,
}

#[derive(Deserialize)]
struct WorkflowJob<'a> {
    id: u64,
    run_id: u64,
    /// Enterprise Servers of old tell none.
    #[serde(default = "first")]
    run_attempt: u32,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    conclusion: Option<Cow<'a, str>>,
    labels: Vec<String>,
    #[serde(borrow)]
    head_sha: Option<Cow<'a, str>>,
    runner_id: Option<u64>,
    #[serde(borrow)]
    runner_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    created_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    started_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    completed_at: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct RepositoryPart<'a> {
    id: u64,
    #[serde(borrow)]
    name: Cow<'a, str>,
    private: bool,
    #[serde(borrow)]
    owner: Owner<'a>,
}

#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(borrow)]
    login: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
}

impl Payload<'_> {
    fn job(&self, installation: InstallationId, state: JobState) -> Result<Job, PayloadError> {
        let job = &self.workflow_job;
        Ok(Job {
            id: JobId(job.id),
            run: RunId(job.run_id),
            attempt: job.run_attempt,
            repository: self.repository.in_our_words(installation),
            labels: job.labels.clone(),
            // Enterprise Servers of old know no time of creation.
            queued_at: job
                .created_at()
                .or_else(|| job.started_at())
                .ok_or(PayloadError::Time("created_at"))?,
            state,
            trust: None,
            launch: None,
            n_launches: 0,
            failed: None,
            commit: job.head_sha.as_deref().map(ToOwned::to_owned),
            checked_at: None,
            told_at: None,
            doubted_at: None,
            reason: None,
        })
    }

    fn ended(&self) -> Result<Ended, PayloadError> {
        let job = &self.workflow_job;
        // Skipped, or cancelled before a runner took it: GitHub tells a start nevertheless.
        let has_run = job.runner().is_some() || job.runner_id.is_some_and(|id| id != 0);
        Ok(Ended {
            id: JobId(job.id),
            run: RunId(job.run_id),
            repository: format!("{}/{}", self.repository.owner.login, self.repository.name),
            labels: job.labels.clone(),
            has_run,
            conclusion: job.conclusion.as_deref().map(ToOwned::to_owned),
            runner: job.runner().map(ToOwned::to_owned),
            queued_at: job.created_at(),
            started_at: job.started_at().filter(|_| has_run),
            ended_at: time(job.completed_at.as_deref()).ok_or(PayloadError::Time("completed_at"))?,
        })
    }
}

impl WorkflowJob<'_> {
    /// GitHub writes none as null or as nothing.
    fn runner(&self) -> Option<&str> {
        self.runner_name.as_deref().filter(|name| !name.is_empty())
    }

    fn our_runner(&self) -> Option<RunnerName> {
        self.runner().and_then(RunnerName::parse)
    }

    fn created_at(&self) -> Option<Timestamp> {
        time(self.created_at.as_deref())
    }

    fn started_at(&self) -> Option<Timestamp> {
        time(self.started_at.as_deref())
    }
}

impl RepositoryPart<'_> {
    fn in_our_words(&self, installation: InstallationId) -> Repository {
        Repository {
            id: RepositoryId(self.id),
            installation,
            owner: self.owner.login.to_string(),
            name: self.name.to_string(),
            is_organization: self.owner.kind == "Organization",
            is_private: self.private,
        }
    }
}

fn first() -> u32 {
    1
}

fn time(text: Option<&str>) -> Option<Timestamp> {
    let time: jiff::Timestamp = text?.parse().ok()?;
    u64::try_from(time.as_millisecond()).ok().map(Timestamp)
}
