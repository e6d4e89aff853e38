//! What the world itself asks of AWS, as root, whose signatures nobody checks.

use std::{net::SocketAddr, time::SystemTime};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{
    Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, client::legacy::connect::HttpConnector, rt::TokioExecutor};
use serde_json::{Value, json};
use sim::github::Timestamp;

use crate::{
    front::Recorded,
    github,
    ministack::{ACCOUNT, REGION},
    snapshot::Stale,
};

/// A client of one endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    at: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Aws {
    pub(crate) fn new(at: SocketAddr) -> Self {
        Self { at, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Sends a queue what a rule of EventBridge sends every minute.
    pub(crate) async fn sweep(&self, queue_url: &str, group: &str) -> Result<()> {
        #[expect(
            clippy::disallowed_methods,
            reason = "functions compare the event's time with the real clock"
        )]
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let event = json!({
            "version": "0",
            // The queue takes no body twice within five minutes.
            "id": format!("world-{}", now.as_nanos()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": github::iso(Timestamp(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))),
            "region": REGION,
            "resources": [format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/clock")],
            "detail": {},
        });
        let body = event.to_string();
        let message = json!({ "QueueUrl": queue_url, "MessageGroupId": group, "MessageBody": body });
        self.json("sqs", "AmazonSQS.SendMessage", &message).await.map(drop)
    }

    /// The messages of every stream of a log group; of a group that is not there, none.
    pub(crate) async fn log(&self, group: &str) -> Result<Vec<String>> {
        let question = json!({ "logGroupName": group });
        let Ok(answer) = self.json("logs", "Logs_20140328.FilterLogEvents", &question).await else {
            return Ok(Vec::new());
        };
        let events = answer["events"].as_array().into_iter().flatten();
        Ok(events.filter_map(|event| Some(event["message"].as_str()?.to_owned())).collect())
    }

    pub(crate) async fn put_object(&self, object: &Stale) -> Result<()> {
        let request = Request::put(format!("http://{}{}", self.at, object.path))
            .header(AUTHORIZATION, root("s3"))
            .header(CONTENT_TYPE, &object.content_type)
            .body(Full::new(Bytes::from(object.text.clone())))?;
        self.answer(request).await.with_context(|| format!("putting {}", object.path)).map(drop)
    }

    /// Makes a recorded call once more.
    pub(crate) async fn repeat(&self, call: &Recorded) -> Result<()> {
        let mut request = Request::post(format!("http://{}/", self.at));
        for (name, value) in &call.headers {
            // Whoever it was, the call was allowed; now it is the world's.
            if name != AUTHORIZATION.as_str() {
                request = request.header(name, value);
            }
        }
        let request =
            request.header(AUTHORIZATION, root("ecs")).body(Full::new(Bytes::from(call.body.clone())))?;
        self.answer(request).await.with_context(|| format!("repeating {}", call.body)).map(drop)
    }

    async fn json(&self, service: &str, target: &str, body: &Value) -> Result<Value> {
        let request = Request::post(format!("http://{}/", self.at))
            .header(AUTHORIZATION, root(service))
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", target)
            .body(Full::new(Bytes::from(body.to_string())))?;
        let answer = self.answer(request).await.with_context(|| format!("asking {target}"))?;
        Ok(serde_json::from_slice(&answer).unwrap_or_default())
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Bytes> {
        let answer = self.client.request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
        Ok(body)
    }
}

/// Who asks and where; the signature is a word.
fn root(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=root"
    )
}
