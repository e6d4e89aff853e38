//! Webhook bodies: GitHub's real examples with our ids, names and labels in them.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sim::github::{AccountKind, Delivery, Event, Job};

use super::rest::view;
use super::shared::State;

const FILE: &str = "@octokit/webhooks-examples/api.github.com/index.json";

#[derive(Debug)]
pub(crate) struct Examples {
    jobs: Vec<Value>,
    runs: Vec<Value>,
    /// No example of a gated job names its organization; this one does.
    organization: Value,
}

#[derive(Deserialize)]
struct Entry<'a> {
    name: String,
    #[serde(borrow)]
    examples: &'a RawValue,
}

impl Examples {
    pub(crate) fn load(node_modules: &Path) -> Result<Self> {
        let path = node_modules.join(FILE);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("no examples of webhooks at {}; `npm ci` in tests/world brings them", path.display())
        })?;
        let entries: Vec<Entry<'_>> = serde_json::from_str(&text)?;
        let of = |name: &str| -> Result<Vec<Value>> {
            let entry = entries.iter().find(|entry| entry.name == name);
            let entry = entry.with_context(|| format!("no example of {name}"))?;
            Ok(serde_json::from_str(entry.examples.get())?)
        };
        let (jobs, runs) = (of("workflow_job")?, of("workflow_run")?);
        let organization = jobs.iter().find_map(|example| example.get("organization"));
        let organization = organization.context("no example has an organization")?.clone();
        Ok(Self { jobs, runs, organization })
    }

    /// The bytes of a delivery: the same for every attempt.
    pub(crate) fn body(&self, delivery: &Delivery, state: &State, base_url: &str) -> Vec<u8> {
        serde_json::to_vec(&self.payload(&delivery.event, state, base_url))
            .expect("JSON values always serialise")
    }

    pub(crate) fn payload(&self, event: &Event, state: &State, base_url: &str) -> Value {
        let mut payload = self.like(event);
        let account = view::account_of(state, &event.repository.owner);
        view::move_to_repository(&mut payload["repository"], &event.repository, &account);
        view::rename_user(&mut payload["sender"], &event.run.trigger.actor, None);
        payload["action"] = json!(event.action.name());
        payload["installation"] = json!({
            "id": event.installation.0,
            "node_id": view::node_id("Integration", event.installation.0),
        });
        match account.kind {
            AccountKind::Organization => {
                let mut organization = self.organization.clone();
                view::rename_organization(&mut organization, &account.login, account.id);
                payload["organization"] = organization;
            }
            AccountKind::User => {
                payload.as_object_mut().map(|fields| fields.remove("organization"));
            }
        }
        match &event.job {
            Some(job) => {
                let fields = view::job_fields(job, &event.run, &event.repository);
                view::patch(&mut payload["workflow_job"], fields);
                if let Some(deployment) = payload.get_mut("deployment") {
                    retarget(deployment, job, &event.repository.full_name());
                }
            }
            None => {
                let run = &mut payload["workflow_run"];
                view::fill_run(run, &event.run, &event.repository, &account);
                let name = event.run.trigger.workflow.clone();
                payload["workflow"]["name"] = json!(name);
            }
        }
        view::rebase(&mut payload, base_url);
        payload
    }

    /// The example that is most like an event.
    fn like(&self, event: &Event) -> Value {
        let (examples, key) = match event.job {
            Some(_) => (&self.jobs, "workflow_job"),
            None => (&self.runs, "workflow_run"),
        };
        let status = event.job.as_ref().map_or_else(|| event.run.state.status(), Job::status);
        let conclusion = event.job.as_ref().and_then(Job::conclusion).map(|c| c.name());
        let likeness = |example: &&Value| {
            let is_app = example.get("installation").is_some();
            let same_action = example["action"] == event.action.name();
            let same_status = example[key]["status"] == status;
            let same_end = example[key]["conclusion"].as_str() == conclusion;
            (same_action && same_status, same_action, same_end, is_app)
        };
        examples.iter().max_by_key(likeness).cloned().unwrap_or(Value::Null)
    }
}

fn retarget(deployment: &mut Value, job: &Job, full_name: &str) {
    let environment = job.environment.clone().unwrap_or_default();
    let old = deployment["repository_url"].as_str().and_then(|url| url.split("/repos/").nth(1));
    if let Some(old) = old.map(str::to_owned) {
        view::replace(deployment, &old, full_name);
    }
    view::patch(deployment, json!({ "environment": environment, "original_environment": environment }));
}
