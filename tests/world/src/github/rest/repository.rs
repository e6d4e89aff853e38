//! A repository, its runs, jobs and check runs.

use serde_json::{Value, json};
use sim::github::{CheckRun, CheckRunId, Job, JobId, Refusal, Repository, Run, RunId, RunState, Timestamp};

use super::{Ask, page, view};
use crate::github::answer::Answer;
use crate::github::shared::{Shared, State};
use crate::github::text::iso;

pub(super) fn show(shared: &Shared, state: &State, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let repository = repository(state, ask)?;
    let owner = view::account_of(state, &repository.owner);
    let mut value = shared.description.example("full-repository-default-response");
    for key in ["organization", "parent", "source", "template_repository"] {
        value.as_object_mut().map(|fields| fields.remove(key));
    }
    view::move_to_repository(&mut value, repository, &owner);
    // The example lacks a field that the description requires.
    value["language"] = Value::Null;
    view::rebase(&mut value, &shared.base_url);
    Ok(Answer::ok(value))
}

pub(super) fn job(shared: &Shared, state: &State, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let job = find_job(state, ask)?;
    Ok(Answer::ok(view_job(shared, state, job)))
}

pub(super) fn run(shared: &Shared, state: &State, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let run = find_run(state, ask)?;
    let repository = repository(state, ask)?;
    let owner = view::account_of(state, &repository.owner);
    let mut value = shared.description.example("workflow-run");
    view::fill_run(&mut value, run, repository, &owner);
    view::rebase(&mut value, &shared.base_url);
    Ok(Answer::ok(value))
}

pub(super) fn jobs(shared: &Shared, state: &State, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let run = find_run(state, ask)?;
    let all = ask.query.get("filter").is_some_and(|filter| filter == "all");
    let jobs = state.machine.jobs_of_run(run.id, all);
    Ok(page::of(ask, Some("jobs"), jobs.into_iter().map(|job| view_job(shared, state, job)).collect()))
}

pub(super) fn rerun_job(state: &mut State, ask: &Ask<'_>, now: Timestamp) -> Result<Answer, Refusal> {
    let id = find_job(state, ask)?.id;
    state.machine.rerun_job(id, now)?;
    Ok(Answer::with(201, json!({})))
}

pub(super) fn rerun(state: &mut State, ask: &Ask<'_>, now: Timestamp) -> Result<Answer, Refusal> {
    let id = find_run(state, ask)?.id;
    state.machine.rerun_all(id, now)?;
    Ok(Answer::with(201, json!({})))
}

pub(super) fn rerun_failed(state: &mut State, ask: &Ask<'_>, now: Timestamp) -> Result<Answer, Refusal> {
    let id = find_run(state, ask)?.id;
    state.machine.rerun_failed_jobs(id, now)?;
    Ok(Answer::with(201, json!({})))
}

pub(super) fn cancel(state: &mut State, ask: &Ask<'_>, now: Timestamp) -> Result<Answer, Refusal> {
    let run = find_run(state, ask)?;
    let id = run.id;
    if matches!(run.state, RunState::Completed(_)) {
        return Err(Refusal::Conflict("Cannot cancel a workflow run that is completed.".to_owned()));
    }
    let open = |job: &&Job| !job.is_completed();
    let jobs: Vec<JobId> =
        state.machine.jobs_of_run(id, false).into_iter().filter(open).map(|job| job.id).collect();
    for job in jobs {
        // One that ended because another was cancelled needs nothing more.
        let _ended_already = state.machine.cancel_job(job, now);
    }
    Ok(Answer::with(202, json!({})))
}

pub(super) fn create_check_run(
    shared: &Shared,
    state: &mut State,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let at = repository(state, ask)?;
    let (repository, full_name) = (at.id, at.full_name());
    let id = state.machine.fresh_id();
    let mut value = shared.description.example("check-run-example-of-in-progress-conclusion");
    view::replace(&mut value, "github/hello-world", &full_name);
    let is_completed = ask.field("status") == "completed" || ask.field("conclusion").is_string();
    let url = format!("{}/repos/{full_name}/check-runs/{id}", shared.base_url);
    let output = ask.field("output");
    view::patch(
        &mut value,
        json!({
            "id": id,
            "node_id": view::node_id("CheckRun", id),
            "name": ask.field("name"),
            "head_sha": ask.field("head_sha"),
            "external_id": ask.field("external_id").as_str().unwrap_or_default(),
            "details_url": ask.field("details_url").as_str().unwrap_or("https://example.com"),
            "status": if is_completed { "completed" } else { ask.field("status").as_str().unwrap_or("queued") },
            "conclusion": ask.field("conclusion"),
            "started_at": iso(now),
            "completed_at": is_completed.then(|| iso(now)),
            "url": url,
            "html_url": format!("https://github.com/{full_name}/runs/{id}"),
            "output": {
                "title": output["title"],
                "summary": output["summary"],
                "text": output["text"],
                "annotations_count": 0,
                "annotations_url": format!("{url}/annotations"),
            },
            "pull_requests": [],
        }),
    );
    view::patch(
        &mut value["app"],
        json!({ "id": state.machine.settings.app_id, "slug": state.machine.settings.app_slug }),
    );
    view::rebase(&mut value, &shared.base_url);
    state.check_runs.push(value.clone());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    state.machine.add_check_run(CheckRun {
        id: CheckRunId(id),
        repository,
        name: text(ask.field("name")),
        head_sha: text(ask.field("head_sha")),
        external_id: text(ask.field("external_id")),
        conclusion: ask.field("conclusion").as_str().map(str::to_owned),
        title: text(&output["title"]),
        summary: text(&output["summary"]),
        at: now,
    });
    Ok(Answer::with(201, value))
}

/// Those of a commit by its hash, of one name if that is asked for. Branches and tags are not modelled.
pub(super) fn check_runs(state: &State, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let repository = ask.repository(state)?;
    let name = ask.query.get("check_name");
    let ids: Vec<u64> = state
        .machine
        .check_runs_of(repository, ask.segment("ref"))
        .filter(|run| name.is_none_or(|name| run.name == *name))
        .map(|run| run.id.0)
        .collect();
    let written =
        state.check_runs.iter().filter(|run| run["id"].as_u64().is_some_and(|id| ids.contains(&id)));
    Ok(page::of(ask, Some("check_runs"), written.cloned().collect()))
}

fn repository<'a>(state: &'a State, ask: &Ask<'_>) -> Result<&'a Repository, Refusal> {
    let id = ask.repository(state)?;
    state.machine.repositories.get(&id).ok_or(Refusal::NotFound)
}

fn find_run<'a>(state: &'a State, ask: &Ask<'_>) -> Result<&'a Run, Refusal> {
    let repository = ask.repository(state)?;
    let run = state.machine.runs.get(&RunId(ask.id("run_id")?));
    run.filter(|run| run.repository == repository).ok_or(Refusal::NotFound)
}

fn find_job<'a>(state: &'a State, ask: &Ask<'_>) -> Result<&'a Job, Refusal> {
    let repository = ask.repository(state)?;
    let job = state.machine.jobs.get(&JobId(ask.id("job_id")?)).ok_or(Refusal::NotFound)?;
    let run = state.machine.runs.get(&job.run).filter(|run| run.repository == repository);
    run.map(|_| job).ok_or(Refusal::NotFound)
}

fn view_job(shared: &Shared, state: &State, job: &Job) -> Value {
    let mut value = shared.description.example("job");
    let run = state.machine.runs.get(&job.run);
    let repository = run.and_then(|run| state.machine.repositories.get(&run.repository));
    if let (Some(run), Some(repository)) = (run, repository) {
        view::patch(&mut value, view::job_fields(job, run, repository));
    }
    view::rebase(&mut value, &shared.base_url);
    value
}
