//! The port on GitHub's REST API.

mod check_run;
mod delivery;
mod registrar;
mod runner;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use control::PortError;
use control::port::{DeliveryPage, Forge, JitConfig, Notice, Removed, Reran, Secret};
use http::{Method, StatusCode, Uri};
use model::Trust;
use model::id::{DeliveryId, InstallationId, JobId, RegistrationId, RunId, RunnerName};
use model::job::Repository;
use model::observation::Answer as JobAnswer;
use model::registration::{Registered, Scope};
use model::run::RunState;
use model::time::Timestamp;
use serde::de::DeserializeOwned;

use crate::app::{App, Clock};
use crate::client::{Answer, Call, Client};
use crate::error::{call_error, message, sort, unusable};
use crate::job::{how_far, what_became, whose_code};
use crate::limit::{Caller, Purpose, Route};

use registrar::Registrar;

const REMOVE: &str = "runner removal";
const JOB: &str = "workflow job";
const RUN: &str = "workflow run";
const RERUN: &str = "re-run of failed jobs";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `https://api.github.com`, or that of an Enterprise Server.
    pub api_url: String,
    pub app_id: u64,
    /// For runners of organisations.
    pub runner_group_id: u64,
}

impl From<&wire::config::App> for Settings {
    fn from(app: &wire::config::App) -> Self {
        Self { api_url: app.api_url.clone(), app_id: app.id, runner_group_id: app.runner_group_id }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no URL of an API")]
pub struct ApiUrlError(String);

pub struct GitHubForge {
    client: Client,
    app: App,
    registrars: Vec<Registrar>,
    runner_group_id: u64,
    /// Where we may write no check runs, and until when that is not tried again.
    untold: Mutex<BTreeMap<InstallationId, Timestamp>>,
}

impl GitHubForge {
    /// Has to be made on a running tokio.
    pub fn new(settings: &Settings, key: Arc<dyn Secret>, clock: Clock) -> Result<Self, ApiUrlError> {
        let base = settings.api_url.trim_end_matches('/');
        let uri: Option<Uri> = base.parse().ok();
        let is_url = uri.is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("https" | "http"))
                && uri.authority().is_some()
                && uri.query().is_none()
        });
        if !is_url {
            return Err(ApiUrlError(settings.api_url.clone()));
        }
        Ok(Self {
            client: Client::new(base.to_owned(), clock),
            app: App::new(settings.app_id, key),
            registrars: Vec::new(),
            runner_group_id: settings.runner_group_id,
            untold: Mutex::default(),
        })
    }

    /// Further Apps by their ids, each with its key, take their turns at registering runners. What else is asked
    /// is asked by the first one.
    #[must_use]
    pub fn with_registrars(self, further: impl IntoIterator<Item = (u64, Arc<dyn Secret>)>) -> Self {
        let registrars = further.into_iter().map(|(id, key)| Registrar::new(id, key)).collect();
        Self { registrars, ..self }
    }

    async fn call_as_app(&self, call: &Call<'_>) -> Result<Answer, PortError> {
        self.client.may(call)?;
        self.app.send(&self.client, call).await
    }

    async fn call(&self, installation: InstallationId, call: Call<'_>) -> Result<Answer, PortError> {
        self.call_by(&self.app, installation, call).await
    }

    async fn call_by(
        &self,
        app: &App,
        installation: InstallationId,
        call: Call<'_>,
    ) -> Result<Answer, PortError> {
        // What is held back needs no token.
        self.client.may(&call)?;
        let token = app.token(&self.client, installation).await?;
        let answer = self.client.send(&call, &token.secret).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            app.drop_token(installation, &token).await;
        }
        Ok(answer)
    }

    /// A run, as far as one asks about it.
    async fn described<T: DeserializeOwned>(&self, at: &Repository, run: RunId) -> Result<T, PortError> {
        let call = Call {
            doing: RUN,
            caller: Caller::Installation(at.installation),
            purpose: Purpose::Job,
            route: Route::Run,
            method: Method::GET,
            path: &format!("{}/actions/runs/{run}", repository(at, RUN)?),
            body: None,
        };
        let answer = self.call(at.installation, call).await?;
        match answer.status {
            StatusCode::OK => read(RUN, &answer),
            _ => Err(sort(RUN, &answer)),
        }
    }
}

#[async_trait]
impl Forge for GitHubForge {
    async fn register(
        &self,
        at: &Repository,
        name: RunnerName,
        labels: &[String],
    ) -> Result<JitConfig, PortError> {
        self.register_runner(at, name, labels).await
    }

    async fn remove(&self, at: &Scope, name: RunnerName) -> Result<Removed, PortError> {
        match self.find(&self.app, REMOVE, at, name).await? {
            Some(runner) => self.delete(&self.app, (REMOVE, Purpose::Job), at, runner).await,
            None => Ok(Removed::Gone),
        }
    }

    async fn runners(&self, at: &Scope) -> Result<Vec<Registered>, PortError> {
        self.list(at).await
    }

    async fn dismiss(&self, at: &Scope, runner: RegistrationId) -> Result<Removed, PortError> {
        self.delete(&self.app, (REMOVE, Purpose::Upkeep), at, runner.0).await
    }

    async fn deliveries(&self, page: Option<&str>) -> Result<DeliveryPage, PortError> {
        self.list_deliveries(page).await
    }

    async fn redeliver(&self, delivery: DeliveryId) -> Result<(), PortError> {
        self.attempt(delivery).await
    }

    async fn tell(&self, at: &Repository, notice: &Notice) -> Result<(), PortError> {
        self.write_check_run(at, notice).await
    }

    async fn job(&self, at: &Repository, job: JobId) -> Result<JobAnswer, PortError> {
        let call = Call {
            doing: JOB,
            caller: Caller::Installation(at.installation),
            purpose: Purpose::Job,
            route: Route::Job,
            method: Method::GET,
            path: &format!("{}/actions/jobs/{job}", repository(at, JOB)?),
            body: None,
        };
        let answer = self.call(at.installation, call).await?;
        match answer.status {
            StatusCode::OK => what_became(read(JOB, &answer)?),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(JobAnswer::Gone),
            _ => Err(sort(JOB, &answer)),
        }
    }

    async fn trust(&self, at: &Repository, run: RunId) -> Result<Trust, PortError> {
        Ok(whose_code(at, run, &self.described(at, run).await?))
    }

    async fn run(&self, at: &Repository, run: RunId) -> Result<RunState, PortError> {
        Ok(how_far(self.described(at, run).await?))
    }

    async fn rerun(&self, at: &Repository, run: RunId) -> Result<Reran, PortError> {
        let call = Call {
            doing: RERUN,
            caller: Caller::Installation(at.installation),
            purpose: Purpose::Job,
            route: Route::Rerun,
            method: Method::POST,
            path: &format!("{}/actions/runs/{run}/rerun-failed-jobs", repository(at, RERUN)?),
            body: None,
        };
        let answer = self.call(at.installation, call).await?;
        let said = message(&answer.body);
        match answer.status {
            StatusCode::CREATED => Ok(Reran::Started),
            StatusCode::FORBIDDEN if said.contains("not accessible by integration") => {
                Err(sort(RERUN, &answer))
            }
            // It runs already, is too old, or has run too often: each is told as forbidden.
            StatusCode::FORBIDDEN | StatusCode::CONFLICT => Ok(Reran::Refused(said)),
            _ => Err(sort(RERUN, &answer)),
        }
    }
}

impl fmt::Debug for GitHubForge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHubForge").field("runner_group_id", &self.runner_group_id).finish_non_exhaustive()
    }
}

/// What could not be read is not told: it may be a secret.
fn read<T: DeserializeOwned>(doing: &'static str, answer: &Answer) -> Result<T, PortError> {
    serde_json::from_slice(&answer.body)
        .map_err(|_| unusable(doing, "an answer that lacks what it must have"))
}

fn repository(at: &Repository, doing: &'static str) -> Result<String, PortError> {
    Ok(format!("/repos/{}/{}", segment(&at.owner, doing)?, segment(&at.name, doing)?))
}

/// Names become parts of paths, and nothing else.
fn segment<'a>(name: &'a str, doing: &'static str) -> Result<&'a str, PortError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if name.is_empty() || name.bytes().all(|b| b == b'.') || !name.bytes().all(allowed) {
        let source = call_error(doing, format!("`{}` is no name at GitHub", name.escape_debug()));
        return Err(PortError::Refused { source });
    }
    Ok(name)
}
