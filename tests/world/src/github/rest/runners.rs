//! Runners of an organization or a repository, by whichever path they are asked for.

use serde_json::{Value, json};
use sim::github::{Group, GroupId, GroupVisibility, JitRequest, Refusal, Runner, RunnerId, Timestamp};

use super::{Ask, page, view};
use crate::github::answer::Answer;
use crate::github::jit;
use crate::github::shared::{Shared, State};

pub(super) fn generate(
    shared: &Shared,
    state: &mut State,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let scope = ask.scope(state)?;
    let labels = ask.field("labels").as_array().into_iter().flatten();
    let request = JitRequest {
        name: ask.field("name").as_str().unwrap_or_default().to_owned(),
        group: GroupId(ask.field("runner_group_id").as_u64().unwrap_or_default()),
        labels: labels.filter_map(Value::as_str).map(str::to_owned).collect(),
        work_folder: ask.field("work_folder").as_str().map(str::to_owned),
    };
    let runner = state.machine.register(scope, request, now)?;
    let config = jit::encoded(&runner, state, &shared.base_url, shared.seed);
    state.journal.given.push(config.clone());
    let runner = view::runner(&runner, false);
    Ok(Answer::with(201, json!({ "runner": runner, "encoded_jit_config": config })))
}

pub(super) fn list(state: &State, ask: &Ask<'_>, now: Timestamp) -> Result<Answer, Refusal> {
    let scope = ask.scope(state)?;
    let found = state.machine.runners_of(&scope, ask.query.get("name").map(String::as_str));
    let runners = found.into_iter().map(|runner| shown(state, runner, now)).collect();
    Ok(page::of(ask, Some("runners"), runners))
}

pub(super) fn show(state: &State, ask: &Ask<'_>, now: Timestamp) -> Result<Answer, Refusal> {
    let scope = ask.scope(state)?;
    let runner = state.machine.runner_of(&scope, RunnerId(ask.id("runner_id")?))?;
    Ok(Answer::ok(shown(state, runner, now)))
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>, now: Timestamp) -> Result<Answer, Refusal> {
    let scope = ask.scope(state)?;
    state.machine.delete_runner(&scope, RunnerId(ask.id("runner_id")?), now)?;
    Ok(Answer::empty(204))
}

pub(super) fn groups(shared: &Shared, state: &State, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let organization = ask.organization(state)?;
    let own = |group: &&Group| group.organization.eq_ignore_ascii_case(&organization);
    let example = shared.description.example("runner-groups-org")["runner_groups"][0].take();
    let groups = state.machine.groups.values().filter(own).map(|group| {
        let mut value = example.clone();
        let runners =
            format!("{}/orgs/{organization}/actions/runner-groups/{}/runners", shared.base_url, group.id);
        let visibility = match group.visibility {
            GroupVisibility::All => "all",
            GroupVisibility::Selected(_) => "selected",
            GroupVisibility::Private => "private",
        };
        view::patch(
            &mut value,
            json!({
                "id": group.id.0,
                "name": group.name,
                "visibility": visibility,
                "default": group.id == GroupId(1),
                "runners_url": runners,
                "allows_public_repositories": group.allows_public_repositories,
            }),
        );
        value
    });
    Ok(page::of(ask, Some("runner_groups"), groups.collect()))
}

fn shown(state: &State, runner: &Runner, now: Timestamp) -> Value {
    view::runner(runner, state.machine.is_online(runner, now))
}
