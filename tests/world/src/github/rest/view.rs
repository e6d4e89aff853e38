//! Things as GitHub's JSON: an example of its own with our values in it.

use serde_json::{Value, json};
use sim::github::{
    Account, AccountKind, Conclusion, Head, Job, Repository, Run, RunState, Runner, Visibility,
};

use super::super::shared::State;
use super::super::text::iso;

const API: &str = "https://api.github.com";

/// Sets every field of `fields` in `value`.
pub(crate) fn patch(value: &mut Value, fields: Value) {
    if let (Some(into), Value::Object(fields)) = (value.as_object_mut(), fields) {
        into.extend(fields);
    }
}

/// Replaces a piece of text in every string below.
pub(crate) fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text.contains(from) => *text = text.replace(from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, from, to)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Makes API addresses lead to this server.
pub(crate) fn rebase(value: &mut Value, base_url: &str) {
    if base_url != API {
        replace(value, API, base_url);
    }
}

pub(crate) fn account_of(state: &State, login: &str) -> Account {
    state.machine.accounts.get(&login.to_ascii_lowercase()).cloned().unwrap_or_else(|| Account {
        login: login.to_owned(),
        id: 583_231,
        kind: AccountKind::User,
    })
}

/// An opaque id in the old, readable style.
pub(crate) fn node_id(kind: &str, id: u64) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("0{}:{kind}{id}", kind.len()))
}

pub(crate) fn rename_user(user: &mut Value, login: &str, id: Option<u64>) {
    if let Some(old) = user["login"].as_str().map(str::to_owned) {
        for before in ["/users/", "github.com/"] {
            replace(user, &format!("{before}{old}"), &format!("{before}{login}"));
        }
    }
    user["login"] = json!(login);
    if let Some(id) = id {
        patch(user, json!({ "id": id, "node_id": node_id("User", id) }));
    }
}

pub(crate) fn rename_organization(organization: &mut Value, login: &str, id: u64) {
    if let Some(old) = organization["login"].as_str().map(str::to_owned) {
        replace(organization, &format!("/orgs/{old}"), &format!("/orgs/{login}"));
    }
    let node_id = node_id("Organization", id);
    patch(organization, json!({ "login": login, "id": id, "node_id": node_id, "description": "" }));
}

/// Turns an example repository into this one.
pub(crate) fn move_to_repository(value: &mut Value, repository: &Repository, owner: &Account) {
    let full_name = repository.full_name();
    if let Some(old) = value["full_name"].as_str().map(str::to_owned) {
        replace(value, &old, &full_name);
    }
    rename_user(&mut value["owner"], &owner.login, Some(owner.id));
    value["owner"]["type"] = json!(match owner.kind {
        AccountKind::Organization => "Organization",
        AccountKind::User => "User",
    });
    patch(
        value,
        json!({
            "id": repository.id.0,
            "node_id": node_id("Repository", repository.id.0),
            "name": repository.name,
            "full_name": full_name,
            "private": repository.is_private(),
            "fork": repository.fork,
            "visibility": repository.visibility.name(),
            "allow_forking": repository.allow_forking || repository.visibility == Visibility::Public,
        }),
    );
}

/// What the webhook and the REST answer say of a job alike.
pub(crate) fn job_fields(job: &Job, run: &Run, repository: &Repository) -> Value {
    let full_name = repository.full_name();
    let repo_url = format!("{API}/repos/{full_name}");
    let id = job.id.0;
    // A job that ended before anybody took it has a runner that is nobody.
    let nobody = if job.conclusion() == Some(Conclusion::Cancelled) {
        (json!(0), json!(""))
    } else {
        (Value::Null, Value::Null)
    };
    let (runner_id, runner_name, group_id, group_name) = match &job.runner {
        Some(r) => (json!(r.id.0), json!(r.name), json!(r.group.0), json!(r.group_name)),
        None => (nobody.0.clone(), nobody.1.clone(), nobody.0, nobody.1),
    };
    json!({
        "id": id,
        "node_id": node_id("CheckRun", id),
        "run_id": job.run.0,
        "run_attempt": job.attempt,
        "run_url": format!("{repo_url}/actions/runs/{}", job.run),
        "url": format!("{repo_url}/actions/jobs/{id}"),
        "html_url": format!("https://github.com/{full_name}/actions/runs/{}/job/{id}", job.run),
        "check_run_url": format!("{repo_url}/check-runs/{id}"),
        "head_sha": run.trigger.sha,
        "head_branch": run.trigger.branch,
        "workflow_name": run.trigger.workflow,
        "name": job.name,
        "labels": job.labels,
        "status": job.status(),
        "conclusion": job.conclusion().map(Conclusion::name),
        "created_at": iso(job.created_at),
        "started_at": iso(job.started_at.unwrap_or(job.created_at)),
        "completed_at": job.completed_at.map(iso),
        "runner_id": runner_id,
        "runner_name": runner_name,
        "runner_group_id": group_id,
        "runner_group_name": group_name,
        "steps": steps(job),
    })
}

fn steps(job: &Job) -> Value {
    let Some(started) = job.started_at.filter(|_| job.runner.is_some()) else { return json!([]) };
    let is_done = job.is_completed();
    json!([{
        "name": "Set up job",
        "number": 1,
        "status": if is_done { "completed" } else { "in_progress" },
        "conclusion": is_done.then_some("success"),
        "started_at": iso(started),
        "completed_at": is_done.then(|| iso(job.completed_at.unwrap_or(started))),
    }])
}

/// Turns an example run into this one.
pub(crate) fn fill_run(value: &mut Value, run: &Run, repository: &Repository, owner: &Account) {
    let full_name = repository.full_name();
    let old_url = value["url"].as_str().map(str::to_owned).unwrap_or_default();
    if let Some((old_repo, old_id)) = old_url.split_once("/actions/runs/") {
        let (old_repo, old_id) = (old_repo.to_owned(), format!("/runs/{old_id}"));
        replace(value, &old_repo, &format!("{API}/repos/{full_name}"));
        replace(
            value,
            &old_repo.replace("api.github.com/repos", "github.com"),
            &format!("https://github.com/{full_name}"),
        );
        replace(value, &old_id, &format!("/runs/{}", run.id));
    }
    move_to_repository(&mut value["repository"], repository, owner);
    match &run.trigger.head {
        Head::SameRepository => move_to_repository(&mut value["head_repository"], repository, owner),
        Head::Gone => value["head_repository"] = Value::Null,
        Head::Fork { id, full_name } => {
            let (login, name) = full_name.split_once('/').unwrap_or((full_name, "fork"));
            let fork = Repository {
                id: *id,
                owner: login.to_owned(),
                name: name.to_owned(),
                fork: true,
                ..repository.clone()
            };
            let owner = Account { login: login.to_owned(), id: id.0, kind: AccountKind::User };
            move_to_repository(&mut value["head_repository"], &fork, &owner);
        }
    }
    for actor in ["actor", "triggering_actor"] {
        if value.get(actor).is_some_and(Value::is_object) {
            rename_user(&mut value[actor], &run.trigger.actor, None);
        }
    }
    let conclusion = match run.state {
        RunState::Completed(conclusion) => Some(conclusion.name()),
        RunState::Queued | RunState::InProgress => None,
    };
    patch(
        value,
        json!({
            "id": run.id.0,
            "node_id": node_id("WorkflowRun", run.id.0),
            "name": run.trigger.workflow,
            "display_title": run.trigger.workflow,
            "event": run.trigger.event,
            "status": run.state.status(),
            "conclusion": conclusion,
            "head_branch": run.trigger.branch,
            "head_sha": run.trigger.sha,
            "run_number": run.number,
            "run_attempt": run.attempt,
            "created_at": iso(run.created_at),
            "updated_at": iso(run.updated_at),
            "run_started_at": iso(run.created_at),
            "previous_attempt_url": Value::Null,
            "referenced_workflows": [],
            "pull_requests": [],
        }),
    );
}

pub(crate) fn runner(runner: &Runner, is_online: bool) -> Value {
    let label = |(at, name): (usize, &String)| json!({ "id": at + 1, "name": name, "type": "custom" });
    let mut value = json!({
        "id": runner.id.0,
        "runner_group_id": runner.group.0,
        "name": runner.name,
        "os": if runner.was_connected { "Linux" } else { "unknown" },
        "status": if is_online { "online" } else { "offline" },
        "busy": runner.is_busy(),
        "labels": runner.labels.iter().enumerate().map(label).collect::<Vec<_>>(),
        "ephemeral": true,
    });
    if let Some(version) = &runner.version {
        value["version"] = json!(version);
    }
    value
}
