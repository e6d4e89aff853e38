//! Runners: registered, listed and removed.

use control::PortError;
use control::port::{JitConfig, Passed, Removed};
use http::{Method, StatusCode};
use model::id::{RegistrationId, RunnerName};
use model::job::Repository;
use model::registration::{Registered, Scope, turns};
use serde::Deserialize;
use serde_json::json;

use super::registrar::Registrar;
use super::{GitHubForge, read, segment};
use crate::app::{App, SecretText};
use crate::client::{Answer, Call};
use crate::error::{call_error, sort, unusable};
use crate::limit::{Caller, Purpose, Route};

const REGISTER: &str = "runner registration";
const LIST: &str = "list of runners";

/// A repository has no other runner group.
const DEFAULT_GROUP: u64 = 1;

/// The most that GitHub shows at once.
const PAGE: usize = 100;

#[derive(Deserialize)]
struct Runners {
    runners: Vec<Runner>,
}

#[derive(Deserialize)]
struct Runner {
    id: u64,
    name: String,
    busy: bool,
}

impl GitHubForge {
    /// By the App whose turn it is, or by the next that may.
    pub(super) async fn register_runner(
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
        let there = Scope::of(at);
        let mut passed = Passed::default();
        for turn in turns(name, 1 + self.registrars.len()) {
            let made = match turn.checked_sub(1).and_then(|further| self.registrars.get(further)) {
                None => self.register_by(&self.app, &there, name, &body).await,
                Some(further) => self.register_by_further(further, &there, name, &body).await,
            };
            match made {
                Ok(config) => return Ok(config),
                Err(error) => passed.over(error)?,
            }
        }
        Err(passed.why())
    }

    async fn register_by_further(
        &self,
        further: &Registrar,
        at: &Scope,
        name: RunnerName,
        body: &str,
    ) -> Result<JitConfig, PortError> {
        let made = async {
            let there = further.scope(&self.client, at).await?;
            self.register_by(&further.app, &there, name, body).await
        };
        let made = made.await;
        if let Err(error @ (PortError::Denied { .. } | PortError::NotFound { .. })) = &made {
            further.leave_alone(at, error, (self.client.clock)());
        }
        made
    }

    async fn register_by(
        &self,
        by: &App,
        at: &Scope,
        name: RunnerName,
        body: &str,
    ) -> Result<JitConfig, PortError> {
        let mut answer = self.generate(by, at, body).await?;
        if answer.status == StatusCode::CONFLICT {
            // The name is ours alone, so it is our own registration, whose answer was lost, whichever App asked.
            if let Some(lost) = self.find(by, REGISTER, at, name).await?
                && self.delete(by, (REGISTER, Purpose::Job), at, lost).await? == Removed::Busy
            {
                let source = call_error(REGISTER, format!("the runner {name} is there already, and at work"));
                return Err(PortError::Refused { source });
            }
            answer = self.generate(by, at, body).await?;
        }
        match answer.status {
            StatusCode::CREATED => read_config(&answer),
            // GitHub has not noticed yet that the other is gone.
            StatusCode::CONFLICT => Err(unusable(REGISTER, "409 once more, after the removal")),
            _ => Err(sort(REGISTER, &answer)),
        }
    }

    /// Those with names like ours, on however many pages.
    pub(super) async fn list(&self, at: &Scope) -> Result<Vec<Registered>, PortError> {
        let mut listed = Vec::new();
        for page in 1_u32.. {
            let call = Call {
                doing: LIST,
                caller: Caller::Installation(at.installation),
                purpose: Purpose::Upkeep,
                route: Route::Runners,
                method: Method::GET,
                path: &format!("{}?per_page={PAGE}&page={page}", runners(at, LIST)?),
                body: None,
            };
            let answer = self.call(at.installation, call).await?;
            if answer.status != StatusCode::OK {
                return Err(sort(LIST, &answer));
            }
            let found: Runners = read(LIST, &answer)?;
            let is_last = found.runners.len() < PAGE;
            listed.extend(found.runners.iter().filter_map(|runner| {
                let name = RunnerName::parse(&runner.name)?;
                Some(Registered { id: RegistrationId(runner.id), name, is_busy: runner.busy })
            }));
            if is_last {
                break;
            }
        }
        Ok(listed)
    }

    async fn generate(&self, by: &App, at: &Scope, body: &str) -> Result<Answer, PortError> {
        let call = Call {
            doing: REGISTER,
            caller: Caller::Installation(at.installation),
            purpose: Purpose::Job,
            route: Route::Register,
            method: Method::POST,
            path: &format!("{}/generate-jitconfig", runners(at, REGISTER)?),
            body: Some(body.to_owned()),
        };
        self.call_by(by, at.installation, call).await
    }

    /// GitHub deletes by number, and we know the name.
    pub(super) async fn find(
        &self,
        by: &App,
        doing: &'static str,
        at: &Scope,
        name: RunnerName,
    ) -> Result<Option<u64>, PortError> {
        let call = Call {
            doing,
            caller: Caller::Installation(at.installation),
            purpose: Purpose::Job,
            route: Route::Runners,
            method: Method::GET,
            path: &format!("{}?name={name}", runners(at, doing)?),
            body: None,
        };
        let answer = self.call_by(by, at.installation, call).await?;
        if answer.status != StatusCode::OK {
            return Err(sort(doing, &answer));
        }
        let found: Runners = read(doing, &answer)?;
        let name = name.to_string();
        Ok(found.runners.into_iter().find(|runner| runner.name == name).map(|runner| runner.id))
    }

    pub(super) async fn delete(
        &self,
        by: &App,
        (doing, purpose): (&'static str, Purpose),
        at: &Scope,
        runner: u64,
    ) -> Result<Removed, PortError> {
        let call = Call {
            doing,
            caller: Caller::Installation(at.installation),
            purpose,
            route: Route::Runners,
            method: Method::DELETE,
            path: &format!("{}/{runner}", runners(at, doing)?),
            body: None,
        };
        let answer = self.call_by(by, at.installation, call).await?;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(Removed::Gone),
            StatusCode::UNPROCESSABLE_ENTITY => Ok(Removed::Busy),
            _ => Err(sort(doing, &answer)),
        }
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

fn runners(at: &Scope, doing: &'static str) -> Result<String, PortError> {
    let owner = segment(at.owner(), doing)?;
    match at.repository() {
        Some(name) => Ok(format!("/repos/{owner}/{}/actions/runners", segment(name, doing)?)),
        None => Ok(format!("/orgs/{owner}/actions/runners")),
    }
}
