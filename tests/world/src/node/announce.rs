//! A node's word to the control plane, signed with its instance role and repeated while it is told *later*.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;
use http::{Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

use crate::{ministack::REGION, side_door::Session};

/// What a node says when its agent has registered.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) container_instance: String,
    pub(super) cpu: u64,
    pub(super) memory_mib: u64,
}

/// Patience for a control plane that does not know this node yet or does not answer.
const ATTEMPTS: u32 = 60;

/// Says it until it is heard, refused, or not worth saying any more.
pub(super) async fn announce(api: &str, session: &Session, ready: &Ready) -> Result<()> {
    let body = json!({
        "event": "ready",
        "container_instance": ready.container_instance,
        "cpu": ready.cpu,
        "memory_mib": ready.memory_mib,
        "slots": [],
    })
    .to_string();
    for _ in 0..ATTEMPTS {
        let wait = match post(&format!("{api}/node"), session, &body).await {
            Ok((200, _)) => return Ok(()),
            Ok((403, said)) => bail!("the control plane refuses this node: {said}"),
            Ok((202, said)) => said["retry_after_ms"].as_u64().unwrap_or(5000),
            Ok(_) | Err(_) => 1000,
        };
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
    bail!("the control plane did not hear this node in {ATTEMPTS} attempts")
}

async fn post(url: &str, session: &Session, body: &str) -> Result<(u16, Value)> {
    let mut request = Request::post(url)
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.to_owned())))
        .context("making a request")?;
    let identity = Credentials::new(
        session.access_key_id.clone(),
        session.secret_access_key.clone(),
        Some(session.token.clone()),
        None,
        "instance",
    )
    .into();
    let settings = SigningSettings::default();
    #[expect(clippy::disallowed_methods, reason = "a node signs by the real clock, as its peer checks by it")]
    let now = SystemTime::now();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("execute-api")
        .time(now)
        .settings(settings)
        .build()
        .context("preparing a signature")?
        .into();
    let headers = [("content-type", "application/json")];
    let signable =
        SignableRequest::new("POST", url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))?;
    let (instructions, _) = sign(signable, &parameters)?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let answer = client.request(request).await?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await?.to_bytes();
    Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}
