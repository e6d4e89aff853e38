//! The forge port on the model of GitHub, asked in the adapter's own words.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use control::PortError;
use control::port::{Forge, JitConfig, Removed, Reran};
use model::Trust;
use model::id::{JobId, RunId, RunnerName};
use model::job::Repository;
use model::observation::Answer;
use model::run::RunState;
use model::time::Timestamp;

use super::Clock;
use crate::github::{
    self, ApiMishap, Charge, GitHub, GroupId, Head, JitRequest, JobState, Principal, Refusal, Resource,
    RunnerId, Scope, Weight,
};

#[derive(Debug)]
pub struct SimForge {
    github: Arc<Mutex<GitHub>>,
    clock: Clock,
}

impl SimForge {
    pub fn new(github: Arc<Mutex<GitHub>>, clock: Clock) -> Self {
        Self { github, clock }
    }

    /// One call: charged, and struck by what trouble was ordered for it.
    fn call<T>(
        &self,
        operation: impl AsRef<str>,
        charge: &Charge,
        does: impl FnOnce(&mut GitHub, github::Timestamp) -> Result<T, Refusal>,
    ) -> Result<T, CallError> {
        let now = self.clock.of_github();
        let mut github = self.github();
        let trouble = github.api_trouble(operation.as_ref());
        if let Some(ApiMishap::Status { status, retry_after }) = &trouble {
            return Err(CallError::Status { status: *status, retry_after: *retry_after });
        }
        let (window, charged) = github.charge(charge, now);
        if let Err(Refusal::Limited { message, retry_after: None }) = charged {
            // What is left of the hour stands in the headers of the answer.
            let retry_after = Some(window.reset.since(now));
            return Err(Refusal::Limited { message, retry_after }.into());
        }
        charged?;
        let answer = does(&mut github, now);
        match trouble {
            Some(ApiMishap::LoseAnswer) => Err(CallError::Lost),
            Some(ApiMishap::Status { .. } | ApiMishap::Delay(_)) | None => Ok(answer?),
        }
    }

    fn github(&self) -> MutexGuard<'_, GitHub> {
        self.github.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn generate(
        &self,
        at: &Repository,
        name: RunnerName,
        labels: &[String],
    ) -> Result<github::Runner, CallError> {
        let charge = Charge {
            resource: self.github().settings.limits.registration_resource,
            registers: Some(scope(at)),
            ..charge(at, Weight::Write)
        };
        let request = JitRequest {
            name: name.to_string(),
            group: GroupId(1),
            labels: labels.to_vec(),
            work_folder: Some("_work".to_owned()),
        };
        self.call(at_scope(at, "actions/generate-runner-jitconfig-for-"), &charge, |github, now| {
            github.register(scope(at), request, now)
        })
    }

    fn find(&self, at: &Repository, name: RunnerName) -> Result<Option<RunnerId>, CallError> {
        let operation = at_scope(at, "actions/list-self-hosted-runners-for-");
        self.call(operation, &charge(at, Weight::Read), |github, _| {
            Ok(github.runners_of(&scope(at), Some(&name.to_string())).first().map(|runner| runner.id))
        })
    }

    fn delete(&self, at: &Repository, runner: RunnerId) -> Result<Removed, CallError> {
        let operation = at_scope(at, "actions/delete-self-hosted-runner-from-");
        let deleted = self.call(operation, &charge(at, Weight::Write), |github, now| {
            github.delete_runner(&scope(at), runner, now)
        });
        match deleted {
            Ok(()) | Err(CallError::Refused(Refusal::NotFound)) => Ok(Removed::Gone),
            Err(CallError::Refused(Refusal::Unprocessable(_))) => Ok(Removed::Busy),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Forge for SimForge {
    async fn register(
        &self,
        at: &Repository,
        name: RunnerName,
        labels: &[String],
    ) -> Result<JitConfig, PortError> {
        let mut made = self.generate(at, name, labels);
        if matches!(made, Err(CallError::Refused(Refusal::Conflict(_)))) {
            if let Some(lost) = self.find(at, name)?
                && self.delete(at, lost)? == Removed::Busy
            {
                return Err(PortError::Refused { source: format!("the runner {name} is at work").into() });
            }
            made = self.generate(at, name, labels);
        }
        Ok(JitConfig(made?.client_id.into()))
    }

    async fn remove(&self, at: &Repository, name: RunnerName) -> Result<Removed, PortError> {
        match self.find(at, name)? {
            Some(runner) => Ok(self.delete(at, runner)?),
            None => Ok(Removed::Gone),
        }
    }

    async fn job(&self, at: &Repository, job: JobId) -> Result<Answer, PortError> {
        let found =
            self.call("actions/get-job-for-workflow-run", &charge(at, Weight::Read), |github, now| {
                github.advance(now);
                let job = github.jobs.get(&github::JobId(job.0)).ok_or(Refusal::NotFound)?;
                run_of(github, at, job.run)?;
                Ok(job.clone())
            });
        match found {
            Ok(job) => Ok(what_became(&job)),
            Err(CallError::Refused(Refusal::NotFound)) => Ok(Answer::Gone),
            Err(error) => Err(error.into()),
        }
    }

    async fn trust(&self, at: &Repository, run: RunId) -> Result<Trust, PortError> {
        let run = self.call("actions/get-workflow-run", &charge(at, Weight::Read), |github, _| {
            run_of(github, at, github::RunId(run.0)).cloned()
        })?;
        Ok(match run.trigger.head {
            Head::SameRepository => Trust::Trusted,
            Head::Fork { .. } | Head::Gone => Trust::Untrusted,
        })
    }

    async fn run(&self, at: &Repository, run: RunId) -> Result<RunState, PortError> {
        let run = self.call("actions/get-workflow-run", &charge(at, Weight::Read), |github, now| {
            github.advance(now);
            run_of(github, at, github::RunId(run.0)).cloned()
        })?;
        let conclusion = match run.state {
            github::RunState::Completed(conclusion) => Some(conclusion.name().to_owned()),
            github::RunState::Queued | github::RunState::InProgress => None,
        };
        Ok(RunState { attempt: run.attempt, conclusion })
    }

    async fn rerun(&self, at: &Repository, run: RunId) -> Result<Reran, PortError> {
        let run = github::RunId(run.0);
        let asked =
            self.call("actions/re-run-workflow-failed-jobs", &charge(at, Weight::Write), |github, now| {
                run_of(github, at, run)?;
                github.rerun_failed_jobs(run, now)
            });
        match asked {
            Ok(()) => Ok(Reran::Started),
            Err(CallError::Refused(Refusal::Forbidden(why))) => Ok(Reran::Refused(why)),
            Err(error) => Err(error.into()),
        }
    }
}

/// What one call came to, when it came to nothing.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("status {status}")]
    Status { status: u16, retry_after: Option<Duration> },
    #[error("the answer was lost")]
    Lost,
}

impl From<CallError> for PortError {
    fn from(error: CallError) -> Self {
        let (status, retry_after) = match &error {
            CallError::Refused(Refusal::Limited { retry_after, .. }) => (429, *retry_after),
            CallError::Refused(refusal) => (refusal.status(), None),
            CallError::Status { status, retry_after } => (*status, *retry_after),
            CallError::Lost => (0, None),
        };
        let source = Box::new(error);
        match status {
            429 => Self::Throttled { retry_after, source },
            401 | 403 => Self::Denied { source },
            404 => Self::NotFound { source },
            422 => Self::Refused { source },
            _ => Self::Transient { source },
        }
    }
}

/// A repository knows its own runs alone.
fn run_of<'a>(github: &'a GitHub, at: &Repository, run: github::RunId) -> Result<&'a github::Run, Refusal> {
    let run = github.runs.get(&run).filter(|run| run.repository.0 == at.id.0);
    run.ok_or(Refusal::NotFound)
}

fn charge(at: &Repository, weight: Weight) -> Charge {
    let installation = github::InstallationId(at.installation.0);
    Charge {
        principal: Principal::Installation(installation),
        resource: Resource::Core,
        weight,
        registers: None,
    }
}

fn scope(at: &Repository) -> Scope {
    if at.is_organization {
        Scope::Organization(at.owner.clone())
    } else {
        Scope::Repository(github::RepositoryId(at.id.0))
    }
}

/// GitHub's name of an operation, of which it has one for each scope.
fn at_scope(at: &Repository, operation: &str) -> String {
    format!("{operation}{}", if at.is_organization { "org" } else { "repo" })
}

fn what_became(job: &github::Job) -> Answer {
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
