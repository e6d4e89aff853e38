//! What a runner talks to. GitHub's own protocol is not public; this is a plain one of the same meaning.

pub mod client;
pub mod protocol;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sim::github::{JobId, PollAnswer, RunnerId, SessionId, SessionRefusal};

use super::answer::Answer;
use super::jit;
use super::serve::Heard;
use super::shared::Shared;
use super::text::iso;
use protocol::{Acquired, Finished, Message, Opened, Opening, Script};

/// GitHub holds a poll for this long.
const POLL: Duration = Duration::from_secs(50);

pub(crate) async fn serve(shared: &Arc<Shared>, heard: &Heard) -> Answer {
    let parts: Vec<&str> = heard.path.trim_matches('/').split('/').skip(1).collect();
    match (heard.method.as_str(), parts.as_slice()) {
        ("POST", ["sessions"]) => open(shared, heard),
        ("GET", [runner, session, "messages"]) => match holder(runner, session) {
            Some((runner, session)) => poll(shared, heard, runner, session).await,
            None => gone(),
        },
        ("DELETE", [runner, session]) => match holder(runner, session) {
            Some((runner, session)) => {
                shared.act(|state, now| state.machine.close_session(runner, session, now));
                Answer::empty(204)
            }
            None => gone(),
        },
        ("POST", [runner, session, "jobs", job, verb]) => match (holder(runner, session), job.parse()) {
            (Some((runner, session)), Ok(job)) => on_job(shared, heard, runner, session, JobId(job), verb),
            (None, _) | (_, Err(_)) => gone(),
        },
        _ => Answer::error(404, "no such call of the runner's protocol", ""),
    }
}

fn open(shared: &Arc<Shared>, heard: &Heard) -> Answer {
    let Ok(opening) = serde_json::from_slice::<Opening>(&heard.body) else {
        return Answer::error(400, "a session is opened with client_id, proof and version", "");
    };
    shared.act(|state, now| {
        let known = state.machine.runners.values().find(|runner| runner.client_id == opening.client_id);
        if known.is_some_and(|runner| jit::proof_of(runner, shared.seed) != opening.proof) {
            return Answer::error(401, "the runner's key is not the one it was given", "");
        }
        match state.machine.open_session(&opening.client_id, &opening.version, now) {
            Ok((runner, session)) => ok(&Opened { runner_id: runner.0, session_id: session.0 }),
            Err(why) => refused(&why),
        }
    })
}

async fn poll(shared: &Arc<Shared>, heard: &Heard, runner: RunnerId, session: SessionId) -> Answer {
    let asked = heard.query.get("wait_ms").and_then(|text| text.parse().ok());
    let patience = asked.map_or(POLL, Duration::from_millis).min(POLL);
    let mut changes = shared.changes();
    let answered = async {
        loop {
            changes.mark_unchanged();
            match shared.poll(|state, now| state.machine.poll(runner, session, now)) {
                Ok(PollAnswer::Nothing) => {}
                Ok(PollAnswer::Job(job)) => return ok(&Message::Job { id: job.0 }),
                Ok(PollAnswer::Cancel(job)) => return ok(&Message::Cancel { id: job.0 }),
                Err(why) => return refused(&why),
            }
            if changes.changed().await.is_err() {
                return gone();
            }
        }
    };
    tokio::time::timeout(patience, answered).await.unwrap_or_else(|_| Answer::empty(202))
}

fn on_job(
    shared: &Arc<Shared>,
    heard: &Heard,
    runner: RunnerId,
    session: SessionId,
    job: JobId,
    verb: &str,
) -> Answer {
    match verb {
        "acquire" => shared.act(|state, now| match state.machine.acquire(runner, session, job, now) {
            Ok(assignment) => ok(&Acquired {
                name: assignment.job.name.clone(),
                locked_until: iso(assignment.locked_until),
                script: Script::of(&assignment.job.script),
            }),
            Err(why) => refused(&why),
        }),
        "renew" => shared.act(|state, now| match state.machine.renew(runner, session, job, now) {
            Ok(until) => Answer::ok(json!({ "locked_until": iso(until) })),
            Err(why) => refused(&why),
        }),
        "complete" => match serde_json::from_slice::<Finished>(&heard.body) {
            Ok(finished) => shared.act(|state, now| {
                let result = finished.result.into();
                match state.machine.complete(runner, session, job, result, now) {
                    Ok(()) => Answer::empty(204),
                    Err(why) => refused(&why),
                }
            }),
            Err(_) => Answer::error(400, "a job is completed with its result", ""),
        },
        _ => Answer::error(404, "no such call of the runner's protocol", ""),
    }
}

fn holder(runner: &str, session: &str) -> Option<(RunnerId, SessionId)> {
    Some((RunnerId(runner.parse().ok()?), SessionId(session.parse().ok()?)))
}

fn ok(body: &impl serde::Serialize) -> Answer {
    Answer::ok(serde_json::to_value(body).unwrap_or(Value::Null))
}

fn gone() -> Answer {
    refused(&SessionRefusal::Gone)
}

fn refused(why: &SessionRefusal) -> Answer {
    let status = match why {
        SessionRefusal::Gone => 404,
        SessionRefusal::Conflict => 409,
        SessionRefusal::Deprecated(_) => 403,
        SessionRefusal::JobGone => 422,
    };
    Answer::error(status, &why.to_string(), "")
}
