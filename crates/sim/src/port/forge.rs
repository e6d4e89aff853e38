//! The forge port on the model of GitHub, asked in the adapter's own words.

mod error;
mod registration;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use control::PortError;
use control::port::{DeliveryPage, Forge, JitConfig, Notice, Removed, Reran};
use model::Trust;
use model::id::{DeliveryId, InstallationId, JobId, RegistrationId, RunId, RunnerName};
use model::job::Repository;
use model::observation::Answer;
use model::registration::{Registered, Scope};
use model::run::RunState;
use model::time::Timestamp;

use super::{Calls, Clock};
use crate::github::{
    self, Access, ApiMishap, Charge, CheckRun, CheckRunId, GitHub, Head, Principal, Refusal, Resource,
    RunnerId, Weight,
};
use crate::numbers::github::PAGE;

use error::CallError;
use registration::Registrar;
use view::{delivery, shown, what_became};

const LIST: &str = "actions/list-self-hosted-runners-for-";

#[derive(Debug)]
pub struct SimForge {
    github: Arc<Mutex<GitHub>>,
    clock: Clock,
    calls: Calls,
    registrars: Vec<Registrar>,
}

impl SimForge {
    pub fn new(github: Arc<Mutex<GitHub>>, clock: Clock) -> Self {
        Self { github, clock, calls: Calls::default(), registrars: Vec::new() }
    }

    /// The same, with further Apps that take their turns at registering runners.
    #[must_use]
    pub fn with_registrars(self, app_ids: impl IntoIterator<Item = u64>) -> Self {
        Self { registrars: app_ids.into_iter().map(Registrar::new).collect(), ..self }
    }

    /// The same, and every call is counted there.
    #[must_use]
    pub fn counting(self, calls: Calls) -> Self {
        Self { calls, ..self }
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
        self.calls.add(operation.as_ref(), 1, matches!(charged, Err(Refusal::Limited { .. })));
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

    fn of_the_app(&self, weight: Weight) -> Charge {
        of_app(self.github().settings.app_id, weight)
    }

    fn there(&self, at: &Scope) -> Result<github::Scope, CallError> {
        let Some(name) = at.repository() else {
            return Ok(github::Scope::Organization(at.owner().to_owned()));
        };
        let github = self.github();
        let found = github.repository(at.owner(), name).ok_or(Refusal::NotFound)?;
        Ok(github::Scope::Repository(found.id))
    }

    /// What is not for a job of now is not asked for with the last fifth of an hour's requests.
    fn spare(&self, at: &Scope) -> Result<(), CallError> {
        let now = self.clock.of_github();
        let of = Principal::Installation(github::InstallationId(at.installation.0));
        let window = self.github().window(of, Resource::Core, now);
        if window.remaining() * 5 < window.limit {
            let message = "what is left is for claims".to_owned();
            return Err(Refusal::Limited { message, retry_after: Some(window.reset.since(now)) }.into());
        }
        Ok(())
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
        self.register_runner(at, name, labels)
    }

    async fn remove(&self, at: &Scope, name: RunnerName) -> Result<Removed, PortError> {
        match self.find(at, name)? {
            Some(runner) => Ok(self.delete(at, runner)?),
            None => Ok(Removed::Gone),
        }
    }

    async fn runners(&self, at: &Scope) -> Result<Vec<Registered>, PortError> {
        self.spare(at)?;
        let there = self.there(at)?;
        let mut listed = Vec::new();
        for page in 0.. {
            let shown =
                self.call(of_scope(at, LIST), &charge(at.installation, Weight::Read), |github, now| {
                    github.advance(now);
                    Ok(github
                        .runners_of(&there, None)
                        .into_iter()
                        .skip(page * PAGE)
                        .take(PAGE)
                        .map(shown)
                        .collect())
                });
            let shown: Vec<Option<Registered>> = shown?;
            let is_last = shown.len() < PAGE;
            listed.extend(shown.into_iter().flatten());
            if is_last {
                break;
            }
        }
        Ok(listed)
    }

    async fn dismiss(&self, at: &Scope, runner: RegistrationId) -> Result<Removed, PortError> {
        self.spare(at)?;
        Ok(self.delete(at, RunnerId(runner.0))?)
    }

    async fn deliveries(&self, page: Option<&str>) -> Result<DeliveryPage, PortError> {
        let before = page.map(|page| {
            let refusal = || Refusal::Unprocessable("Invalid cursor".to_owned());
            page.parse().map(github::DeliveryId).map_err(|_| CallError::from(refusal()))
        });
        let before = before.transpose()?;
        Ok(self.call("apps/list-webhook-deliveries", &self.of_the_app(Weight::Read), |github, now| {
            github.advance(now);
            let mut ended = github.ended_deliveries(before);
            let shown: Vec<_> = ended.by_ref().take(PAGE).collect();
            let last = shown.last().map(|(last, _)| *last);
            Ok(DeliveryPage {
                deliveries: shown
                    .iter()
                    .filter(|(it, _)| it.event.job.is_some())
                    .map(|(it, outcome)| delivery(it, outcome))
                    .collect(),
                oldest: last.map(|last| Timestamp(last.delivered_at.0)),
                next: last.filter(|_| ended.next().is_some()).map(|last| last.id.to_string()),
            })
        })?)
    }

    async fn redeliver(&self, delivery: DeliveryId) -> Result<(), PortError> {
        self.call("apps/redeliver-webhook-delivery", &self.of_the_app(Weight::Write), |github, now| {
            github.redeliver(github::DeliveryId(delivery.0), now).map(drop)
        })?;
        Ok(())
    }

    async fn tell(&self, at: &Repository, notice: &Notice) -> Result<(), PortError> {
        let here = github::RepositoryId(at.id.0);
        let may = |github: &GitHub| {
            let installation = github::InstallationId(at.installation.0);
            github.may(installation, "checks", Access::Write)
        };
        let external_id = notice.job.to_string();
        let is_there =
            self.call("checks/list-for-ref", &charge(at.installation, Weight::Read), |github, _| {
                may(github)?;
                Ok(github.check_runs_of(here, &notice.commit).any(|run| run.external_id == external_id))
            })?;
        if is_there {
            return Ok(());
        }
        self.call("checks/create", &charge(at.installation, Weight::Write), |github, now| {
            may(github)?;
            let id = CheckRunId(github.fresh_id());
            github.add_check_run(CheckRun {
                id,
                repository: here,
                name: format!("Quillon: {}", notice.labels),
                head_sha: notice.commit.clone(),
                external_id,
                conclusion: Some("action_required".to_owned()),
                title: "This job cannot run".to_owned(),
                summary: notice.text.clone(),
                at: now,
            });
            Ok(())
        })?;
        Ok(())
    }

    async fn job(&self, at: &Repository, job: JobId) -> Result<Answer, PortError> {
        let found = self.call(
            "actions/get-job-for-workflow-run",
            &charge(at.installation, Weight::Read),
            |github, now| {
                github.advance(now);
                let job = github.shown(github::JobId(job.0), now).ok_or(Refusal::NotFound)?;
                run_of(github, at, job.run)?;
                Ok(job)
            },
        );
        match found {
            Ok(job) => Ok(what_became(&job)),
            Err(CallError::Refused(Refusal::NotFound)) => Ok(Answer::Gone),
            Err(error) => Err(error.into()),
        }
    }

    async fn trust(&self, at: &Repository, run: RunId) -> Result<Trust, PortError> {
        let run =
            self.call("actions/get-workflow-run", &charge(at.installation, Weight::Read), |github, _| {
                run_of(github, at, github::RunId(run.0)).cloned()
            })?;
        Ok(match run.trigger.head {
            Head::SameRepository => Trust::Trusted,
            Head::Fork { .. } | Head::Gone => Trust::Untrusted,
        })
    }

    async fn run(&self, at: &Repository, run: RunId) -> Result<RunState, PortError> {
        let run =
            self.call("actions/get-workflow-run", &charge(at.installation, Weight::Read), |github, now| {
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
        let asked = self.call(
            "actions/re-run-workflow-failed-jobs",
            &charge(at.installation, Weight::Write),
            |github, now| {
                run_of(github, at, run)?;
                github.rerun_failed_jobs(run, now)
            },
        );
        match asked {
            Ok(()) => Ok(Reran::Started),
            Err(CallError::Refused(Refusal::Forbidden(why))) => Ok(Reran::Refused(why)),
            Err(error) => Err(error.into()),
        }
    }
}

/// A repository knows its own runs alone.
fn run_of<'a>(github: &'a GitHub, at: &Repository, run: github::RunId) -> Result<&'a github::Run, Refusal> {
    let run = github.runs.get(&run).filter(|run| run.repository.0 == at.id.0);
    run.ok_or(Refusal::NotFound)
}

fn of_app(id: u64, weight: Weight) -> Charge {
    Charge { principal: Principal::App(id), resource: Resource::Core, weight, registers: None }
}

fn charge(installation: InstallationId, weight: Weight) -> Charge {
    let installation = github::InstallationId(installation.0);
    Charge {
        principal: Principal::Installation(installation),
        resource: Resource::Core,
        weight,
        registers: None,
    }
}

/// GitHub's name of an operation, of which it has one for each kind of scope.
fn of_scope(at: &Scope, operation: &str) -> String {
    format!("{operation}{}", if at.repository().is_none() { "org" } else { "repo" })
}
