//! What only the world may ask ministack: who signed, what policies allow, sessions, events of AWS's own services.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Request, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, client::legacy::connect::HttpConnector, rt::TokioExecutor};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

/// A client of `/_world/…`, which `ministack/boot.py` serves.
#[derive(Clone, Debug)]
pub(crate) struct SideDoor {
    address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// A request as it arrived, for its signature must hold over exactly that.
#[derive(Clone, Debug)]
pub struct Signed {
    pub method: String,
    /// Path and query, undecoded.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// One thing a caller's policies must allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// As policies write it: `ecs:RunTask`.
    pub action: String,
    pub resource: String,
    /// Condition keys and their values; several values for keys that have several.
    pub context: BTreeMap<String, serde_json::Value>,
}

/// What became of a request's signature and checks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Verdict {
    Allowed {
        caller: String,
    },
    Denied {
        caller: String,
        action: String,
        resource: String,
        explicit: bool,
    },
    /// In the words of the service in the signature's scope.
    Unauthenticated {
        code: String,
        message: String,
        status: u16,
    },
}

/// Credentials of a role's session.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Session {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub token: String,
    pub expiration: String,
    pub role_arn: String,
}

/// Whose behalf a service assumes a role on.
#[derive(Clone, Debug)]
pub(crate) struct Assume<'a> {
    pub(crate) role: &'a str,
    pub(crate) name: &'a str,
    /// `ec2.amazonaws.com` or `ecs-tasks.amazonaws.com`.
    pub(crate) service: &'a str,
    /// What the service says about itself: `aws:SourceAccount`, `aws:SourceArn`.
    pub(crate) context: BTreeMap<String, String>,
}

impl SideDoor {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    pub(crate) async fn authorize(&self, signed: &Signed, checks: &[Check]) -> Result<Verdict> {
        let request = json!({
            "method": signed.method,
            "target": signed.target,
            "headers": signed.headers,
            "body": BASE64_STANDARD.encode(&signed.body),
        });
        self.ask("authorize", &json!({ "request": request, "checks": checks })).await
    }

    /// The ARN behind an access key.
    pub(crate) async fn caller(&self, key: &str) -> Result<Option<String>> {
        #[derive(Deserialize)]
        struct Caller {
            arn: Option<String>,
        }
        Ok(self.ask::<Caller>("caller", &json!({ "key": key })).await?.arn)
    }

    /// A session of six hours, as ECS and EC2 make them, refused where the role does not trust the service.
    pub(crate) async fn assume(&self, assume: &Assume<'_>) -> Result<Session> {
        let Assume { role, name, service, context } = assume;
        let question = json!({ "role": role, "name": name, "service": service, "context": context, "seconds": 6 * 3600 });
        self.ask("session", &question).await
    }

    /// The ARN of the role in an instance profile.
    pub(crate) async fn role_of_profile(&self, profile: &str) -> Result<String> {
        #[derive(Deserialize)]
        struct Profile {
            role: String,
        }
        Ok(self.ask::<Profile>("profile", &json!({ "profile": profile })).await?.role)
    }

    pub(crate) async fn template(&self, named: &str, version: &str) -> Result<LaunchTemplate> {
        self.ask("template", &json!({ "named": named, "version": version })).await
    }

    pub(crate) async fn subnet(&self, id: &str) -> Result<Subnet> {
        self.ask("subnet", &json!({ "id": id })).await
    }

    /// Sends an event of one of AWS's own services to every rule that matches it.
    pub(crate) async fn emit(&self, event: &Event) -> Result<()> {
        let entry = json!({
            "Source": event.source,
            "DetailType": event.detail_type,
            "Resources": event.resources,
            "Detail": event.detail.to_string(),
        });
        self.ask::<serde_json::Value>("events", &json!({ "entries": [entry] })).await?;
        Ok(())
    }

    /// Writes ministack's state into its folder.
    pub(crate) async fn save(&self) -> Result<()> {
        self.ask::<serde_json::Value>("save", &json!({})).await?;
        Ok(())
    }

    async fn ask<A: DeserializeOwned>(&self, name: &str, question: &serde_json::Value) -> Result<A> {
        let request = Request::post(format!("http://{}/_world/{name}", self.address))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(question.to_string())))?;
        let answer =
            self.client.request(request).await.with_context(|| format!("asking ministack to {name}"))?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status != StatusCode::OK {
            #[derive(Deserialize)]
            struct Fault {
                message: String,
            }
            let fault: Fault = serde_json::from_slice(&body).with_context(|| format!("{name}: {status}"))?;
            bail!("{}", fault.message);
        }
        serde_json::from_slice(&body).with_context(|| format!("reading ministack's answer to {name}"))
    }
}

/// One version of a launch template.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LaunchTemplate {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: u64,
    pub(crate) instance_type: Option<String>,
    pub(crate) image_id: Option<String>,
    pub(crate) is_spot: bool,
    pub(crate) instance_profile: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// What its user data sets.
    pub(crate) cluster: Option<String>,
    pub(crate) api_url: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Subnet {
    pub(crate) id: String,
    pub(crate) vpc_id: String,
    pub(crate) availability_zone: String,
}

/// An event as EventBridge carries it, without what EventBridge adds by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub source: String,
    pub detail_type: String,
    pub resources: Vec<String>,
    pub detail: serde_json::Value,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").field("role_arn", &self.role_arn).finish_non_exhaustive()
    }
}
