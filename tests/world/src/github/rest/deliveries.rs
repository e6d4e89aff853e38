//! Webhook deliveries: listed newest first, shown whole, sent again.

use serde_json::{Map, Value, json};
use sim::github::{Delivery, DeliveryId, DeliveryState, Outcome, Refusal, Timestamp};

use super::{Ask, page};
use crate::github::answer::Answer;
use crate::github::hooks;
use crate::github::shared::{Shared, State};
use crate::github::text::iso;

const CURSOR: &str = "v1_";

pub(super) fn list(state: &State, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let before = match ask.query.get("cursor") {
        None => None,
        Some(text) => {
            let id = text.strip_prefix(CURSOR).and_then(|id| id.parse().ok());
            let refusal = || Refusal::Unprocessable("Invalid cursor".to_owned());
            Some(DeliveryId(id.ok_or_else(refusal)?))
        }
    };
    let wanted_ok = ask.query.get("status").map(|status| status == "success");
    let ended = state.machine.deliveries.values().rev().filter_map(|d| d.outcome().map(|o| (d, o)));
    let size = page::size(ask);
    let mut matching = ended
        .filter(|(d, _)| before.is_none_or(|before| d.id < before))
        .filter(|(_, outcome)| wanted_ok.is_none_or(|ok| outcome.is_ok() == ok));
    let shown: Vec<(&Delivery, &Outcome)> = matching.by_ref().take(size).collect();
    let items: Vec<Value> = shown.iter().map(|(delivery, outcome)| item(delivery, outcome)).collect();
    let mut answer = Answer::ok(json!(items));
    if let (Some((last, _)), true) = (shown.last(), matching.next().is_some()) {
        let cursor = format!("{CURSOR}{}", last.id);
        answer.headers.push(("link", page::link(ask, "next", "cursor", &cursor)));
    }
    Ok(answer)
}

pub(super) fn show(shared: &Shared, state: &State, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let found = state.machine.deliveries.get(&DeliveryId(ask.id("delivery_id")?));
    let (delivery, outcome) = found.and_then(|d| d.outcome().map(|o| (d, o))).ok_or(Refusal::NotFound)?;
    let body = shared.examples.body(delivery, state, &shared.base_url);
    let payload: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut value = item(delivery, outcome);
    value["url"] = json!(state.hook_url.as_deref().unwrap_or_default());
    value["request"] = json!({
        "headers": as_object(&hooks::headers(delivery, state, &body)),
        "payload": payload,
    });
    value["response"] = match outcome {
        Outcome::Answered(exchange) => json!({
            "headers": as_object(&exchange.response_headers),
            "payload": exchange.response_body,
        }),
        Outcome::TimedOut | Outcome::CannotConnect(_) => json!({ "headers": {}, "payload": Value::Null }),
    };
    Ok(Answer::ok(value))
}

pub(super) fn redeliver(state: &mut State, ask: &Ask<'_>, now: Timestamp) -> Result<Answer, Refusal> {
    state.machine.redeliver(DeliveryId(ask.id("delivery_id")?), now)?;
    Ok(Answer::with(202, json!({})))
}

fn item(delivery: &Delivery, outcome: &Outcome) -> Value {
    let duration = match &delivery.state {
        DeliveryState::Ended { duration, .. } => duration.as_secs_f64(),
        DeliveryState::Pending { .. } => 0.0,
    };
    json!({
        "id": delivery.id.0,
        "guid": delivery.guid,
        "delivered_at": iso(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": duration,
        "status": outcome.status(),
        "status_code": outcome.status_code(),
        "event": delivery.event.name(),
        "action": delivery.event.action.name(),
        "installation_id": delivery.event.installation.0,
        "repository_id": delivery.event.repository.id.0,
        "throttled_at": Value::Null,
    })
}

fn as_object(headers: &[(String, String)]) -> Value {
    Value::Object(headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>())
}
