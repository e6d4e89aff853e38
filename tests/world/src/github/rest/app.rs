//! The App about itself: installations, tokens, its webhook, its limits.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sim::github::{
    Access, Installation, InstallationId, Principal, Refusal, Repository, RepositoryId, Resource, Timestamp,
    Window,
};

use super::{Ask, page, view};
use crate::github::answer::Answer;
use crate::github::credentials::Caller;
use crate::github::shared::{Shared, State};
use crate::github::text::iso;

/// Long ago: when the App and its installations were made says nothing here.
const CREATED: &str = "2026-01-05T09:00:00Z";

pub(super) fn show(shared: &Shared, state: &State) -> Answer {
    let settings = &state.machine.settings;
    let mut app = shared.description.example("integration");
    view::patch(
        &mut app,
        json!({
            "id": settings.app_id,
            "slug": settings.app_slug,
            "name": settings.app_slug,
            "html_url": format!("https://github.com/apps/{}", settings.app_slug),
            "events": settings.events,
            "installations_count": state.machine.installations.len(),
        }),
    );
    if let Some(installation) = state.machine.installations.values().next() {
        app["permissions"] = permissions(installation);
    }
    Answer::ok(app)
}

pub(super) fn hook_config(state: &State) -> Answer {
    Answer::ok(json!({
        "content_type": "json",
        "insecure_ssl": "0",
        "secret": "********",
        "url": state.hook_url.as_deref().unwrap_or("https://example.com/webhook"),
    }))
}

pub(super) fn change_hook_config(state: &mut State, ask: &Ask<'_>) -> Answer {
    if let Some(url) = ask.field("url").as_str() {
        state.hook_url = Some(url.to_owned());
    }
    if let Some(secret) = ask.field("secret").as_str() {
        secret.clone_into(&mut state.webhook_secret);
    }
    hook_config(state)
}

pub(super) fn installations(shared: &Shared, state: &State, ask: &Ask<'_>) -> Answer {
    let all = state.machine.installations_of(app_of(state, ask));
    page::of(ask, None, all.map(|installation| view_installation(shared, state, installation)).collect())
}

pub(super) fn installation(shared: &Shared, state: &State, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let found = own(state, ask);
    found.map(|found| Answer::ok(view_installation(shared, state, found))).ok_or(Refusal::NotFound)
}

pub(super) fn installation_of_organization(
    shared: &Shared,
    state: &State,
    ask: &Ask<'_>,
) -> Result<Answer, Refusal> {
    let found = state.machine.installation_at(app_of(state, ask), &ask.scope(state)?);
    found.map(|found| Answer::ok(view_installation(shared, state, found))).ok_or(Refusal::NotFound)
}

pub(super) fn installation_of_repository(
    shared: &Shared,
    state: &State,
    ask: &Ask<'_>,
) -> Result<Answer, Refusal> {
    let found = state.machine.installation_at(app_of(state, ask), &ask.scope(state)?);
    found.map(|found| Answer::ok(view_installation(shared, state, found))).ok_or(Refusal::NotFound)
}

pub(super) fn issue_token(shared: &Shared, state: &mut State, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let fresh = state.machine.fresh_id();
    let installation = own(state, ask).ok_or(Refusal::NotFound)?;
    if installation.suspended {
        return Err(Refusal::Forbidden("This installation has been suspended".to_owned()));
    }
    let permissions = wanted_permissions(installation, ask.field("permissions"))?;
    let chosen = wanted_repositories(state, installation, ask)?;
    let all = installation.repositories.as_ref().map(|ids| ids.iter().map(|id| id.0).collect());
    let repositories = chosen.or(all);
    let selection = if repositories.is_some() { "selected" } else { "all" };
    // Credentials are judged by the clock their holder reads.
    let now = shared.clock.real();
    let (token, expires) = shared.keys.issue(installation, permissions.clone(), repositories, now, fresh);
    state.journal.given.push(token.clone());
    Ok(Answer::with(
        201,
        json!({
            "token": token,
            "expires_at": iso(expires),
            "permissions": permissions,
            "repository_selection": selection,
        }),
    ))
}

/// Whose installations are meant.
fn app_of(state: &State, ask: &Ask<'_>) -> u64 {
    match ask.caller {
        Caller::App(id) => *id,
        Caller::Installation(_) => state.machine.settings.app_id,
    }
}

/// The installation in the path, if it is this App's.
fn own<'a>(state: &'a State, ask: &Ask<'_>) -> Option<&'a Installation> {
    let id = InstallationId(ask.id("installation_id").ok()?);
    state.machine.installations.get(&id).filter(|it| it.app_id == app_of(state, ask))
}

pub(super) fn rate_limit(shared: &Shared, state: &State, ask: &Ask<'_>, now: Timestamp) -> Answer {
    let principal = match ask.caller {
        Caller::App(id) => Principal::App(*id),
        Caller::Installation(claims) => Principal::Installation(claims.installation()),
    };
    let bucket = |resource: Resource| {
        let window: Window = state.machine.window(principal, resource, now);
        json!({
            "limit": window.limit,
            "used": window.used,
            "remaining": window.remaining(),
            "reset": reset(shared, &window),
        })
    };
    let mut answer = shared.description.example("rate-limit-overview");
    let core = bucket(Resource::Core);
    answer["resources"]["core"] = core.clone();
    answer["resources"]["actions_runner_registration"] = bucket(Resource::RunnerRegistration);
    answer["rate"] = core;
    Answer::ok(answer)
}

/// When a window ends, on the clock that clients read.
pub(crate) fn reset(shared: &Shared, window: &Window) -> u64 {
    window.reset.unix_seconds().saturating_sub(shared.clock.ahead().as_secs())
}

fn wanted_permissions(
    installation: &Installation,
    wanted: &Value,
) -> Result<BTreeMap<String, String>, Refusal> {
    let Some(wanted) = wanted.as_object() else {
        let held = installation.permissions.0.iter();
        return Ok(held.map(|(name, access)| (name.clone(), access.name().to_owned())).collect());
    };
    let mut granted = BTreeMap::new();
    for (name, access) in wanted {
        let access = if access == "read" { Access::Read } else { Access::Write };
        if !installation.permissions.allow(name, access) {
            let message = "The permissions requested are not granted to this installation.";
            return Err(Refusal::Unprocessable(message.to_owned()));
        }
        granted.insert(name.clone(), access.name().to_owned());
    }
    Ok(granted)
}

fn wanted_repositories(
    state: &State,
    installation: &Installation,
    ask: &Ask<'_>,
) -> Result<Option<Vec<u64>>, Refusal> {
    let names = ask.field("repositories").as_array();
    let ids = ask.field("repository_ids").as_array();
    if names.is_none() && ids.is_none() {
        return Ok(None);
    }
    let named = names.into_iter().flatten().filter_map(Value::as_str);
    let named = named.map(|name| state.machine.repository(&installation.account, name));
    let numbered = ids.into_iter().flatten().filter_map(Value::as_u64);
    let numbered = numbered.map(|id| state.machine.repositories.get(&RepositoryId(id)));
    let covered = |found: Option<&Repository>| {
        found.filter(|r| installation.covers(r)).map(|r| r.id.0).ok_or_else(|| {
            let message = "There is at least one repository that does not exist or is not accessible to the parent installation.";
            Refusal::Unprocessable(message.to_owned())
        })
    };
    named.chain(numbered).map(covered).collect::<Result<Vec<u64>, Refusal>>().map(Some)
}

fn permissions(installation: &Installation) -> Value {
    let named = installation.permissions.0.iter().map(|(name, access)| (name.clone(), json!(access.name())));
    Value::Object(named.collect())
}

fn view_installation(shared: &Shared, state: &State, installation: &Installation) -> Value {
    let settings = &state.machine.settings;
    let account = view::account_of(state, &installation.account);
    let mut value = shared.description.example("installation");
    view::rename_user(&mut value["account"], &account.login, Some(account.id));
    let kind = match account.kind {
        sim::github::AccountKind::Organization => "Organization",
        sim::github::AccountKind::User => "User",
    };
    value["account"]["type"] = json!(kind);
    let id = installation.id;
    view::patch(
        &mut value,
        json!({
            "id": id.0,
            "app_id": installation.app_id,
            "app_slug": settings.app_slug,
            "target_id": account.id,
            "target_type": kind,
            "repository_selection": if installation.repositories.is_some() { "selected" } else { "all" },
            "access_tokens_url": format!("https://api.github.com/app/installations/{id}/access_tokens"),
            "html_url": format!("https://github.com/organizations/{}/settings/installations/{id}", account.login),
            "permissions": permissions(installation),
            "events": settings.events,
            "created_at": CREATED,
            "updated_at": CREATED,
            "single_file_name": Value::Null,
            "has_multiple_single_files": false,
            "single_file_paths": [],
            "suspended_at": installation.suspended.then_some(CREATED),
            "suspended_by": Value::Null,
        }),
    );
    view::rebase(&mut value, &shared.base_url);
    value
}
