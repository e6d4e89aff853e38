#![doc = include_str!("../README.md")]

mod answer;
mod credentials;
mod error;
mod http;
mod sign;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use serde::Serialize;
use wire::claim::{ClaimAnswer, ClaimRequest, NodeAnswer, NodeRequest, ReportAnswer, ReportRequest};

use answer::{Answer, Reply};
pub use credentials::{CredentialsError, CredentialsSource, EndpointError};
pub use error::{Cause, DoorError, SettingsError};
pub use http::Proxy;

/// Tells the time that signatures are made with.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Where the API is, and how to get there.
#[derive(Debug)]
pub struct Settings {
    /// Base URL, which may hold a stage as its path.
    pub api_url: String,
    pub region: String,
    pub credentials: CredentialsSource,
    pub proxy: Option<Proxy>,
}

/// The API as one caller sees it.
pub struct Door {
    base: http::Base,
    region: String,
    credentials: credentials::Wallet,
    agent: ureq::Agent,
    clock: Clock,
}

/// What a claim may bring besides an error.
#[derive(Debug)]
pub enum Claimed {
    Run { runner_name: String, jit_config: SecretString },
    Wait { retry_after: Duration, is_standby: bool },
}

/// What an announcement may bring besides an error.
#[derive(Debug, PartialEq, Eq)]
pub enum Announced {
    Noted,
    Later { retry_after: Duration },
}

impl Door {
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, SettingsError> {
        let base = http::Base::parse(&settings.api_url)?;
        Ok(Self {
            agent: http::agent(&base, settings.proxy.as_ref())?,
            base,
            region: settings.region,
            credentials: credentials::Wallet::new(settings.credentials),
            clock,
        })
    }

    /// Asks for this task's work. The same nonce may ask again when an answer was lost.
    pub fn claim(&self, claim: &ClaimRequest) -> Result<Claimed, DoorError> {
        match self.ask("/claim", claim)? {
            ClaimAnswer::Run { runner_name, jit_config } => Ok(Claimed::Run { runner_name, jit_config }),
            ClaimAnswer::Wait { retry_after_ms, standby } => {
                Ok(Claimed::Wait { retry_after: Duration::from_millis(retry_after_ms), is_standby: standby })
            }
            ClaimAnswer::End { message } => Err(DoorError::Ended { message }),
            ClaimAnswer::Refused { message } => Err(DoorError::Refused { message }),
        }
    }

    /// Tells what nobody else can know. It is advice: losing it does no harm.
    pub fn report(&self, report: &ReportRequest) -> Result<(), DoorError> {
        match self.ask("/report", report)? {
            ReportAnswer::Noted => Ok(()),
            ReportAnswer::Refused { message } => Err(DoorError::Refused { message }),
        }
    }

    /// Announces a node.
    pub fn node(&self, event: &NodeRequest) -> Result<Announced, DoorError> {
        match self.ask("/node", event)? {
            NodeAnswer::Ok => Ok(Announced::Noted),
            NodeAnswer::Later { retry_after_ms } => {
                Ok(Announced::Later { retry_after: Duration::from_millis(retry_after_ms) })
            }
            NodeAnswer::Refused { message } => Err(DoorError::Refused { message }),
        }
    }

    fn ask<A: Answer>(&self, path: &'static str, request: &impl Serialize) -> Result<A, DoorError> {
        let retry = |source: Cause| DoorError::Retry { path, source };
        let body = serde_json::to_string(request).expect("requests of the protocol have string keys only");
        let held = self.credentials.get((self.clock)()).map_err(|e| retry(e.into()))?;
        let reply = self.post(path, &body, &held.credentials).map_err(retry)?;
        if !(reply.is_refused_by_gateway::<A>() && held.is_remembered) {
            return reply.read(path);
        }
        // Whoever serves credentials may have replaced them early.
        let fresh = self.credentials.refresh().map_err(|e| retry(e.into()))?;
        self.post(path, &body, &fresh).map_err(retry)?.read(path)
    }

    fn post(
        &self,
        path: &str,
        body: &str,
        credentials: &aws_credential_types::Credentials,
    ) -> Result<Reply, Cause> {
        let target = self.base.join(path);
        let signed = sign::headers(&target, body, credentials, &self.region, (self.clock)())?;
        let mut request = self.agent.post(&target.url);
        for (name, value) in target.headers().into_iter().chain(signed.iter().map(sign::Header::parts)) {
            request = request.header(name, value);
        }
        let mut response = request.send(body).map_err(http::failure)?;
        Ok(Reply { status: response.status().as_u16(), body: http::text(&mut response)? })
    }
}

// By hand, because a clock has no Debug and credentials should need no thought.
impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("base", &self.base).field("region", &self.region).finish_non_exhaustive()
    }
}
