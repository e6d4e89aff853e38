//! Sending webhooks: signed over the very bytes that are sent, with GitHub's headers.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sim::github::{Delivery, DeliveryId, Exchange, Outcome};

use super::http;
use super::shared::{Shared, State};

const USER_AGENT: &str = "GitHub-Hookshot/3a1fd02";

/// Starts one delivery. What came of it is told to the machine when it is known.
pub(crate) fn send(shared: &Arc<Shared>, state: &State, id: DeliveryId) {
    let Some(delivery) = state.machine.deliveries.get(&id) else { return };
    let body = shared.examples.body(delivery, state, &shared.base_url);
    let headers = headers(delivery, state, &body);
    let url = state.hook_url.clone();
    let patience = state.machine.settings.timing.hook_timeout;
    let world = Arc::clone(shared);
    shared.runtime.spawn(async move {
        let outcome = match url {
            None => Outcome::CannotConnect("no webhook URL is set".to_owned()),
            Some(url) => match http::send("POST", &url, &headers, body, patience).await {
                Ok(answer) => Outcome::Answered(Exchange {
                    status: answer.status,
                    request_headers: headers,
                    response_headers: answer.headers,
                    response_body: String::from_utf8_lossy(&answer.body).into_owned(),
                }),
                Err(error) if error.to_string() == "timed out" => Outcome::TimedOut,
                Err(error) => Outcome::CannotConnect(format!("{error:#}")),
            },
        };
        world.act(|state, now| state.machine.delivered(id, outcome, now));
    });
}

pub(crate) fn headers(delivery: &Delivery, state: &State, body: &[u8]) -> Vec<(String, String)> {
    let settings = &state.machine.settings;
    let secret = state.webhook_secret.as_bytes();
    let sha1 = hex::encode(mac::<Hmac<sha1::Sha1>>(secret, body));
    let sha256 = hex::encode(mac::<Hmac<sha2::Sha256>>(secret, body));
    [
        ("Accept", "*/*".to_owned()),
        ("Content-Type", "application/json".to_owned()),
        ("User-Agent", USER_AGENT.to_owned()),
        ("X-GitHub-Delivery", delivery.guid.clone()),
        ("X-GitHub-Event", delivery.event.name().to_owned()),
        ("X-GitHub-Hook-ID", settings.hook_id.to_string()),
        ("X-GitHub-Hook-Installation-Target-ID", settings.app_id.to_string()),
        ("X-GitHub-Hook-Installation-Target-Type", "integration".to_owned()),
        ("X-Hub-Signature", format!("sha1={sha1}")),
        ("X-Hub-Signature-256", format!("sha256={sha256}")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn mac<M: Mac + KeyInit>(secret: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}
