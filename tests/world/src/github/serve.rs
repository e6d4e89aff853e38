//! One request in, one answer out: found in the description, let in, charged, done, checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::Value;
use sim::github::{Access, ApiMishap, Charge, InstallationId, Principal, Refusal, Timestamp, Weight, Window};

use super::answer::Answer;
use super::credentials::Caller;
use super::description::{Matched, Operation};
use super::journal::{Breach, Call};
use super::rest::{self, Accepted, Ask};
use super::shared::{Shared, State};
use super::{control, runner};

const VERSIONS: &[&str] = &["2022-11-28", "2026-03-10"];

/// No answer at all: the connection is closed on the client.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("hung up")]
pub(crate) struct HungUp;

/// A request that was read to its end.
pub(crate) struct Heard {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Heard {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub(crate) async fn request(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, HungUp> {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let heard = Heard {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts.headers,
        body: body.collect().await.map_err(|_| HungUp)?.to_bytes(),
    };
    let answer = if heard.path.starts_with("/_runner/") {
        runner::serve(&shared, &heard).await
    } else if heard.path.starts_with("/_control/") {
        control::serve(&shared, &heard)
    } else {
        rest(&shared, &heard).await?
    };
    Ok(written(answer))
}

async fn rest(shared: &Arc<Shared>, heard: &Heard) -> Result<Answer, HungUp> {
    let Some(call) = shared.description.matching(&heard.method, &heard.path) else {
        shared.act(|state, now| {
            let what = format!("{} {} is not described, or not served", heard.method, heard.path);
            state.journal.asked_wrong.push(Breach { operation: String::new(), what });
            record(state, heard, "", 404, None, now);
        });
        return Ok(Answer::error(404, "Not Found", ""));
    };
    let trouble = shared.act(|state, _| state.machine.api_trouble(&call.operation.id));
    match trouble {
        Some(ApiMishap::Status { status, retry_after }) => {
            let mut answer = Answer::error(status, "Unavailable", "");
            answer.headers.extend(retry_after.map(|wait| ("retry-after", wait.as_secs().to_string())));
            shared.act(|state, now| record(state, heard, &call.operation.id, status, None, now));
            return Ok(answer);
        }
        Some(ApiMishap::Delay(span)) => tokio::time::sleep(span).await,
        Some(ApiMishap::LoseAnswer) | None => {}
    }
    let answer = shared.act(|state, now| {
        let (mut answer, by) = done(shared, state, heard, &call, now);
        let faults = shared.description.check_answer(call.operation, answer.status, answer.body.as_ref());
        let breaches = faults.into_iter().map(|what| breach(call.operation, what));
        state.journal.answered_wrong.extend(breaches);
        record(state, heard, &call.operation.id, answer.status, by, now);
        let version = heard.header("x-github-api-version");
        if version == Some(VERSIONS[1])
            && let Some(body) = &mut answer.body
        {
            without_what_2026_removed(body);
        }
        answer
    });
    if trouble == Some(ApiMishap::LoseAnswer) { Err(HungUp) } else { Ok(answer) }
}

/// Everything from the credentials on, with the headers that every answer has.
fn done(
    shared: &Shared,
    state: &mut State,
    heard: &Heard,
    call: &Matched<'_>,
    now: Timestamp,
) -> (Answer, Option<Principal>) {
    let documentation = &call.operation.documentation_url;
    let request_id = format!("{:04X}:{:012X}", now.0 & 0xffff, state.machine.fresh_id());
    let caller = shared.keys.caller(heard.header("authorization"), shared.clock.real());
    let (mut answer, by) = match caller {
        Err(message) => (Answer::error(401, &message, documentation), None),
        Ok(caller) => {
            let principal = match &caller {
                Caller::App(id) => Principal::App(*id),
                Caller::Installation(claims) => Principal::Installation(claims.installation()),
            };
            (charged(shared, state, heard, call, &caller, principal, now), Some(principal))
        }
    };
    let version = heard.header("x-github-api-version").unwrap_or(VERSIONS[0]).to_owned();
    if let Accepted::Installation { permission, access } = rest::accepted(&call.operation.id) {
        answer.headers.push(("x-accepted-github-permissions", format!("{permission}={}", access.name())));
    }
    answer.headers.push(("x-github-api-version-selected", version));
    answer.headers.push(("x-github-media-type", "github.v3; format=json".to_owned()));
    answer.headers.push(("x-github-request-id", request_id));
    (answer, by)
}

fn charged(
    shared: &Shared,
    state: &mut State,
    heard: &Heard,
    call: &Matched<'_>,
    caller: &Caller,
    principal: Principal,
    now: Timestamp,
) -> Answer {
    let operation = call.operation;
    let resource = rest::resource(&operation.id, &state.machine.settings);
    let is_free = rest::accepted(&operation.id) == Accepted::Anybody;
    let parsed: Option<Value> = serde_json::from_slice(&heard.body).ok();
    let url = format!("{}{}", shared.base_url, heard.path);
    let ask = Ask {
        operation: &operation.id,
        path: &call.path,
        query: &heard.query,
        body: parsed.as_ref(),
        caller,
        url: &url,
    };
    let (window, paid) = if is_free {
        (state.machine.window(principal, resource, now), Ok(()))
    } else {
        let is_registration = operation.id.contains("jitconfig");
        let registers = is_registration.then(|| ask.scope(state).ok()).flatten();
        let weight = if heard.method == "GET" { Weight::Read } else { Weight::Write };
        state.machine.charge(&Charge { principal, resource, weight, registers }, now)
    };
    let outcome = paid
        .and_then(|()| admitted(state, &ask))
        .and_then(|()| checked(shared, state, heard, call, parsed.as_ref()))
        .and_then(|()| rest::answer(shared, state, &ask, now));
    let mut answer =
        outcome.unwrap_or_else(|refusal| Answer::refusal(&refusal, &operation.documentation_url));
    answer.headers.extend(limits(shared, &window));
    answer
}

/// Whether this caller may do this: what it may not know of is not found, what it may not do is forbidden.
fn admitted(state: &State, ask: &Ask<'_>) -> Result<(), Refusal> {
    let forbidden = || Refusal::Forbidden("Resource not accessible by integration".to_owned());
    match (rest::accepted(ask.operation), ask.caller) {
        (Accepted::App, Caller::App(_)) | (Accepted::Anybody, Caller::App(_) | Caller::Installation(_)) => {
            Ok(())
        }
        (Accepted::App, Caller::Installation(_)) => Err(Refusal::Unauthorized),
        (Accepted::Installation { .. }, Caller::App(_)) => Err(forbidden()),
        (Accepted::Installation { permission, access }, Caller::Installation(claims)) => {
            let InstallationId(id) = claims.installation();
            if !state.machine.installations.values().any(|i| i.id.0 == id && !i.suspended) {
                return Err(Refusal::Unauthorized);
            }
            ask.scope(state)?;
            let held = claims.permissions.get(permission).map(String::as_str);
            match (held, access) {
                (Some("write"), _) | (Some("read"), Access::Read) => Ok(()),
                (_, Access::Read | Access::Write) => Err(forbidden()),
            }
        }
    }
}

/// Whether the call is one that GitHub describes. If not, that is written down too.
fn checked(
    shared: &Shared,
    state: &mut State,
    heard: &Heard,
    call: &Matched<'_>,
    parsed: Option<&Value>,
) -> Result<(), Refusal> {
    let mut faults = shared.description.check_call(call, &heard.query, parsed);
    if parsed.is_none() && !heard.body.is_empty() {
        faults.push("Problems parsing JSON".to_owned());
    }
    if heard.header("user-agent").is_none() {
        faults.push("Please make sure your request has a User-Agent header".to_owned());
    }
    if let Some(version) = heard.header("x-github-api-version").filter(|v| !VERSIONS.contains(v)) {
        faults.push(format!("{version} is no supported version of the API"));
    }
    if faults.is_empty() {
        return Ok(());
    }
    let message = format!("Invalid request.\n\n{}", faults.join("\n"));
    state.journal.asked_wrong.extend(faults.into_iter().map(|what| breach(call.operation, what)));
    Err(Refusal::Unprocessable(message))
}

/// The breaking changes of version 2026-03-10, as far as they are in an answer of ours. The description is of
/// the version before, so the answer was checked with them in it.
fn without_what_2026_removed(body: &mut Value) {
    match body {
        Value::Object(fields) => {
            for gone in ["has_downloads", "rate", "use_squash_pr_title_as_default"] {
                fields.remove(gone);
            }
            fields.values_mut().for_each(without_what_2026_removed);
        }
        Value::Array(items) => items.iter_mut().for_each(without_what_2026_removed),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn limits(shared: &Shared, window: &Window) -> [(&'static str, String); 5] {
    [
        ("x-ratelimit-limit", window.limit.to_string()),
        ("x-ratelimit-remaining", window.remaining().to_string()),
        ("x-ratelimit-used", window.used.to_string()),
        ("x-ratelimit-reset", rest::reset(shared, window).to_string()),
        ("x-ratelimit-resource", window.resource.name().to_owned()),
    ]
}

fn breach(operation: &Operation, what: String) -> Breach {
    Breach { operation: operation.id.clone(), what }
}

fn record(
    state: &mut State,
    heard: &Heard,
    operation: &str,
    status: u16,
    by: Option<Principal>,
    at: Timestamp,
) {
    state.journal.calls.push(Call {
        at,
        operation: operation.to_owned(),
        method: heard.method.clone(),
        path: heard.path.clone(),
        status,
        by,
    });
}

fn written(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(answer.status).header("server", "github.com");
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    let body = match answer.body {
        Some(body) => {
            response = response.header("content-type", "application/json; charset=utf-8");
            Bytes::from(body.to_string())
        }
        None => Bytes::new(),
    };
    response.body(Full::new(body)).expect("our own header values are plain text")
}
