//! The operations, one function each: a checked call in, an answer or a refusal out.

mod access;
mod app;
mod deliveries;
mod page;
mod repository;
mod runners;
pub(crate) mod view;

use std::collections::BTreeMap;

use serde_json::Value;
use sim::github::{Refusal, RepositoryId, Scope, Timestamp};

use super::answer::Answer;
use super::credentials::Caller;
use super::shared::{Shared, State};

pub(crate) use access::{Accepted, accepted, resource};
pub(crate) use app::reset;

/// A call that was let in.
pub(crate) struct Ask<'a> {
    pub(crate) operation: &'a str,
    pub(crate) path: &'a BTreeMap<String, String>,
    pub(crate) query: &'a BTreeMap<String, String>,
    pub(crate) body: Option<&'a Value>,
    pub(crate) caller: &'a Caller,
    /// The address asked for, without the query.
    pub(crate) url: &'a str,
}

impl Ask<'_> {
    fn segment(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A number in the path. What is too large to be an id names nothing.
    fn id(&self, name: &str) -> Result<u64, Refusal> {
        self.segment(name).parse().map_err(|_| Refusal::NotFound)
    }

    fn field(&self, name: &str) -> &Value {
        self.body.map_or(&Value::Null, |body| &body[name])
    }

    /// The repository in the path, if this caller may know of it.
    fn repository(&self, state: &State) -> Result<RepositoryId, Refusal> {
        let found = state.machine.repository(self.segment("owner"), self.segment("repo"));
        let found = found.ok_or(Refusal::NotFound)?;
        let is_seen = match self.caller {
            Caller::App(_) => true,
            Caller::Installation(claims) => {
                let installation = state.machine.installations.get(&claims.installation());
                installation.is_some_and(|i| i.covers(found))
                    && claims.repositories.as_ref().is_none_or(|ids| ids.contains(&found.id.0))
            }
        };
        if is_seen { Ok(found.id) } else { Err(Refusal::NotFound) }
    }

    /// Whose runners, runs or repository the path speaks of, if this caller may know of it.
    pub(crate) fn scope(&self, state: &State) -> Result<Scope, Refusal> {
        if self.path.contains_key("org") {
            self.organization(state).map(Scope::Organization)
        } else {
            self.repository(state).map(Scope::Repository)
        }
    }

    /// The organization in the path, if it is this caller's.
    fn organization(&self, state: &State) -> Result<String, Refusal> {
        let login = self.segment("org");
        let is_own = match self.caller {
            Caller::App(_) => true,
            Caller::Installation(claims) => {
                let installation = state.machine.installations.get(&claims.installation());
                installation.is_some_and(|i| i.account.eq_ignore_ascii_case(login))
            }
        };
        let account = state.machine.accounts.get(&login.to_ascii_lowercase());
        account.filter(|_| is_own).map(|account| account.login.clone()).ok_or(Refusal::NotFound)
    }
}

pub(crate) fn answer(
    shared: &Shared,
    state: &mut State,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    match ask.operation {
        "apps/get-authenticated" => Ok(app::show(shared, state)),
        "apps/get-webhook-config-for-app" => Ok(app::hook_config(state)),
        "apps/update-webhook-config-for-app" => Ok(app::change_hook_config(state, ask)),
        "apps/list-installations" => Ok(app::installations(shared, state, ask)),
        "apps/get-installation" => app::installation(shared, state, ask),
        "apps/get-org-installation" => app::installation_of_organization(shared, state, ask),
        "apps/get-repo-installation" => app::installation_of_repository(shared, state, ask),
        "apps/create-installation-access-token" => app::issue_token(shared, state, ask),
        "apps/list-webhook-deliveries" => deliveries::list(state, ask),
        "apps/get-webhook-delivery" => deliveries::show(shared, state, ask),
        "apps/redeliver-webhook-delivery" => deliveries::redeliver(state, ask, now),
        "rate-limit/get" => Ok(app::rate_limit(shared, state, ask, now)),
        "actions/list-self-hosted-runner-groups-for-org" => runners::groups(shared, state, ask),
        "actions/list-self-hosted-runners-for-org" | "actions/list-self-hosted-runners-for-repo" => {
            runners::list(state, ask, now)
        }
        "actions/get-self-hosted-runner-for-org" | "actions/get-self-hosted-runner-for-repo" => {
            runners::show(state, ask, now)
        }
        "actions/delete-self-hosted-runner-from-org" | "actions/delete-self-hosted-runner-from-repo" => {
            runners::delete(state, ask, now)
        }
        "actions/generate-runner-jitconfig-for-org" | "actions/generate-runner-jitconfig-for-repo" => {
            runners::generate(shared, state, ask, now)
        }
        "repos/get" => repository::show(shared, state, ask),
        "actions/get-job-for-workflow-run" => repository::job(shared, state, ask),
        "actions/get-workflow-run" => repository::run(shared, state, ask),
        "actions/list-jobs-for-workflow-run" => repository::jobs(shared, state, ask),
        "actions/re-run-job-for-workflow-run" => repository::rerun_job(state, ask, now),
        "actions/re-run-workflow" => repository::rerun(state, ask, now),
        "actions/re-run-workflow-failed-jobs" => repository::rerun_failed(state, ask, now),
        "actions/cancel-workflow-run" => repository::cancel(state, ask, now),
        "checks/list-for-ref" => repository::check_runs(state, ask),
        "checks/create" => repository::create_check_run(shared, state, ask, now),
        _ => Err(Refusal::NotFound),
    }
}
