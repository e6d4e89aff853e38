//! What a person may order over HTTP, under `/_control/`: queue a job, look, let time pass.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use sim::github::{DeliveryId, JobId, JobOrder, Refusal, RepositoryId, Trigger};

use super::answer::Answer;
use super::rest::view;
use super::runner::protocol::Script;
use super::serve::Heard;
use super::shared::{Shared, State};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewJob {
    /// `owner/name`
    repository: String,
    labels: Vec<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    environment: Option<String>,
    /// The pull request is from this fork, `owner/name`.
    #[serde(default)]
    fork: Option<String>,
    #[serde(default)]
    script: Script,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hook {
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Later {
    advance_ms: u64,
}

pub(crate) fn serve(shared: &Arc<Shared>, heard: &Heard) -> Answer {
    let parts: Vec<&str> = heard.path.trim_matches('/').split('/').skip(1).collect();
    let answer = match (heard.method.as_str(), parts.as_slice()) {
        ("GET", ["state"]) => Ok(shared.read(shown)),
        ("POST", ["jobs"]) => read(heard).and_then(|job| queue(shared, job)),
        ("POST", ["jobs", id, "cancel"]) => {
            on_job(shared, id, |state, id, now| state.machine.cancel_job(id, now))
        }
        ("POST", ["jobs", id, "approve"]) => {
            on_job(shared, id, |state, id, now| state.machine.approve(id, now))
        }
        ("POST", ["deliveries", id, "redeliver"]) => redeliver(shared, id),
        ("POST", ["hook"]) => read(heard).map(|hook: Hook| {
            shared.act(|state, _| state.hook_url = Some(hook.url));
            json!({})
        }),
        ("POST", ["clock"]) => read(heard).map(|later: Later| {
            shared.shift_clock(Duration::from_millis(later.advance_ms));
            json!({})
        }),
        _ => Err(Refusal::NotFound),
    };
    answer.map_or_else(|refusal| Answer::refusal(&refusal, ""), Answer::ok)
}

fn queue(shared: &Arc<Shared>, job: NewJob) -> Result<Value, Refusal> {
    let (owner, name) = job.repository.split_once('/').ok_or(Refusal::NotFound)?;
    shared.act(|state, now| {
        let repository = state.machine.repository(owner, name).ok_or(Refusal::NotFound)?.id;
        let trigger = job.fork.as_deref().map_or_else(Trigger::push, |fork| {
            let known = fork.split_once('/').and_then(|(o, n)| state.machine.repository(o, n));
            Trigger::fork(known.map_or(RepositoryId(repository.0 + 1), |known| known.id), fork)
        });
        let order = JobOrder {
            name: job.name.clone().unwrap_or_else(|| "build".to_owned()),
            labels: job.labels.clone(),
            environment: job.environment.clone(),
            script: job.script.order(),
            ..JobOrder::default()
        };
        let (run, jobs) = state.machine.start_run(repository, trigger, vec![order], now);
        Ok(json!({ "run_id": run.0, "job_id": jobs[0].0 }))
    })
}

fn on_job(
    shared: &Arc<Shared>,
    id: &str,
    f: impl FnOnce(&mut State, JobId, sim::github::Timestamp) -> Result<(), Refusal>,
) -> Result<Value, Refusal> {
    let id = JobId(id.parse().map_err(|_| Refusal::NotFound)?);
    shared.act(|state, now| f(state, id, now)).map(|()| json!({}))
}

fn redeliver(shared: &Arc<Shared>, id: &str) -> Result<Value, Refusal> {
    let id = DeliveryId(id.parse().map_err(|_| Refusal::NotFound)?);
    shared.act(|state, now| state.machine.redeliver(id, now)).map(|id| json!({ "id": id.0 }))
}

fn shown(state: &State, now: sim::github::Timestamp) -> Value {
    let machine = &state.machine;
    let job = |job: &sim::github::Job| {
        let run = machine.runs.get(&job.run)?;
        let mut value = view::job_fields(job, run, machine.repositories.get(&run.repository)?);
        value["annotation"] = json!(job.annotation);
        Some(value)
    };
    let delivery = |d: &sim::github::Delivery| {
        json!({
            "id": d.id.0,
            "guid": d.guid,
            "event": d.event.name(),
            "action": d.event.action.name(),
            "job_id": d.event.job.as_ref().map(|job| job.id.0),
            "redelivery": d.redelivery,
            "status_code": d.outcome().map(sim::github::Outcome::status_code),
        })
    };
    json!({
        "jobs": machine.jobs.values().filter_map(job).collect::<Vec<_>>(),
        "runners": machine.runners.values().map(|r| view::runner(r, machine.is_online(r, now))).collect::<Vec<_>>(),
        "deliveries": machine.deliveries.values().map(delivery).collect::<Vec<_>>(),
    })
}

fn read<'a, T: Deserialize<'a>>(heard: &'a Heard) -> Result<T, Refusal> {
    serde_json::from_slice(&heard.body).map_err(|error| Refusal::Unprocessable(error.to_string()))
}
