//! The port on GitHub's REST API.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use control::PortError;
use control::port::{Forge, JitConfig, Removed, Reran, Secret};
use http::{Method, StatusCode, Uri};
use model::Trust;
use model::id::{InstallationId, JobId, RunId, RunnerName};
use model::job::Repository;
use model::observation::Answer as JobAnswer;
use model::run::RunState;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::app::{App, Clock, SecretText};
use crate::client::{Answer, Call, Client};
use crate::error::{call_error, message, sort, unusable};
use crate::job::{how_far, what_became, whose_code};
use crate::limit::Route;

const REGISTER: &str = "runner registration";
const REMOVE: &str = "runner removal";
const JOB: &str = "workflow job";
const RUN: &str = "workflow run";
const RERUN: &str = "re-run of failed jobs";

/// A repository has no other runner group.
const DEFAULT_GROUP: u64 = 1;

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
    runner_group_id: u64,
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
            runner_group_id: settings.runner_group_id,
        })
    }

    async fn call(&self, installation: InstallationId, call: Call<'_>) -> Result<Answer, PortError> {
        let token = self.app.token(&self.client, installation).await?;
        let answer = self.client.send(&call, &token.secret).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.app.drop_token(installation, &token).await;
        }
        Ok(answer)
    }

    async fn generate(&self, at: &Repository, body: &str) -> Result<Answer, PortError> {
        let call = Call {
            doing: REGISTER,
            caller: Some(at.installation),
            route: Route::Register,
            method: Method::POST,
            path: &format!("{}/generate-jitconfig", runners(at, REGISTER)?),
            body: Some(body.to_owned()),
        };
        self.call(at.installation, call).await
    }

    /// GitHub deletes by number, and we know the name.
    async fn find(
        &self,
        doing: &'static str,
        at: &Repository,
        name: RunnerName,
    ) -> Result<Option<u64>, PortError> {
        #[derive(Deserialize)]
        struct Runners {
            runners: Vec<Runner>,
        }
        #[derive(Deserialize)]
        struct Runner {
            id: u64,
            name: String,
        }
        let call = Call {
            doing,
            caller: Some(at.installation),
            route: Route::Runners,
            method: Method::GET,
            path: &format!("{}?name={name}", runners(at, doing)?),
            body: None,
        };
        let answer = self.call(at.installation, call).await?;
        if answer.status != StatusCode::OK {
            return Err(sort(doing, &answer));
        }
        let found: Runners = read(doing, &answer)?;
        let name = name.to_string();
        Ok(found.runners.into_iter().find(|runner| runner.name == name).map(|runner| runner.id))
    }

    async fn delete(&self, doing: &'static str, at: &Repository, runner: u64) -> Result<Removed, PortError> {
        let call = Call {
            doing,
            caller: Some(at.installation),
            route: Route::Runners,
            method: Method::DELETE,
            path: &format!("{}/{runner}", runners(at, doing)?),
            body: None,
        };
        let answer = self.call(at.installation, call).await?;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(Removed::Gone),
            StatusCode::UNPROCESSABLE_ENTITY => Ok(Removed::Busy),
            _ => Err(sort(doing, &answer)),
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
        let group = if at.is_organization { self.runner_group_id } else { DEFAULT_GROUP };
        let body = json!({
            "name": name.to_string(), "runner_group_id": group, "labels": labels, "work_folder": "_work",
        });
        let body = body.to_string();
        let mut answer = self.generate(at, &body).await?;
        if answer.status == StatusCode::CONFLICT {
            // The name is ours alone, so it is our own registration, whose answer was lost.
            if let Some(lost) = self.find(REGISTER, at, name).await?
                && self.delete(REGISTER, at, lost).await? == Removed::Busy
            {
                let source = call_error(REGISTER, format!("the runner {name} is there already, and at work"));
                return Err(PortError::Refused { source });
            }
            answer = self.generate(at, &body).await?;
        }
        match answer.status {
            StatusCode::CREATED => read_config(&answer),
            // GitHub has not noticed yet that the other is gone.
            StatusCode::CONFLICT => Err(unusable(REGISTER, "409 once more, after the removal")),
            _ => Err(sort(REGISTER, &answer)),
        }
    }

    async fn remove(&self, at: &Repository, name: RunnerName) -> Result<Removed, PortError> {
        match self.find(REMOVE, at, name).await? {
            Some(runner) => self.delete(REMOVE, at, runner).await,
            None => Ok(Removed::Gone),
        }
    }

    async fn job(&self, at: &Repository, job: JobId) -> Result<JobAnswer, PortError> {
        let call = Call {
            doing: JOB,
            caller: Some(at.installation),
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
        let call = Call {
            doing: RUN,
            caller: Some(at.installation),
            route: Route::Run,
            method: Method::GET,
            path: &format!("{}/actions/runs/{run}", repository(at, RUN)?),
            body: None,
        };
        let answer = self.call(at.installation, call).await?;
        match answer.status {
            StatusCode::OK => Ok(whose_code(at, run, &read(RUN, &answer)?)),
            _ => Err(sort(RUN, &answer)),
        }
    }

    async fn run(&self, at: &Repository, run: RunId) -> Result<RunState, PortError> {
        let call = Call {
            doing: RUN,
            caller: Some(at.installation),
            route: Route::Run,
            method: Method::GET,
            path: &format!("{}/actions/runs/{run}", repository(at, RUN)?),
            body: None,
        };
        let answer = self.call(at.installation, call).await?;
        match answer.status {
            StatusCode::OK => Ok(how_far(read(RUN, &answer)?)),
            _ => Err(sort(RUN, &answer)),
        }
    }

    async fn rerun(&self, at: &Repository, run: RunId) -> Result<Reran, PortError> {
        let call = Call {
            doing: RERUN,
            caller: Some(at.installation),
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

fn read_config(answer: &Answer) -> Result<JitConfig, PortError> {
    #[derive(Deserialize)]
    struct Config {
        encoded_jit_config: SecretText,
    }
    let config: Config = read(REGISTER, answer)?;
    Ok(JitConfig(config.encoded_jit_config.0))
}

/// What could not be read is not told: it may be a secret.
fn read<T: DeserializeOwned>(doing: &'static str, answer: &Answer) -> Result<T, PortError> {
    serde_json::from_slice(&answer.body)
        .map_err(|_| unusable(doing, "an answer that lacks what it must have"))
}

fn runners(at: &Repository, doing: &'static str) -> Result<String, PortError> {
    if at.is_organization {
        return Ok(format!("/orgs/{}/actions/runners", segment(&at.owner, doing)?));
    }
    Ok(format!("{}/actions/runners", repository(at, doing)?))
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
