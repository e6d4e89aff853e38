//! The runner's end of the protocol, from nothing but a just-in-time configuration.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::protocol::{self, Acquired, Finished, Message, Opened, Opening};
use crate::github::http;
use crate::github::jit;

/// GitHub holds a poll for 50 s; a little longer is a lost connection.
const PATIENCE: Duration = Duration::from_secs(60);

/// A configuration, decoded: files of the runner's root by name.
#[derive(Clone)]
pub struct JitConfig {
    files: BTreeMap<String, Vec<u8>>,
    base_url: String,
    client_id: String,
    proof: String,
}

#[derive(Deserialize)]
struct Settings {
    #[serde(rename = "ServerUrlV2")]
    server_url: String,
}

#[derive(Deserialize)]
struct Credentials {
    #[serde(rename = "Data")]
    data: CredentialData,
}

#[derive(Deserialize)]
struct CredentialData {
    #[serde(rename = "ClientId")]
    client_id: String,
}

/// Why GitHub does not go on with this runner.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    #[error("the runner no longer exists")]
    Gone,
    #[error("a session for this runner already exists")]
    Conflict,
    #[error("the runner's version is deprecated")]
    Deprecated,
    #[error("the job is somebody else's")]
    JobGone,
    #[error("GitHub cannot be reached")]
    Unreachable(#[source] anyhow::Error),
}

impl JitConfig {
    pub fn decode(text: &str) -> Result<Self> {
        let map = STANDARD.decode(text.trim()).context("the configuration is not base64")?;
        let map: BTreeMap<String, String> =
            serde_json::from_slice(&map).context("the configuration is no map of files")?;
        let mut files = BTreeMap::new();
        for (name, content) in map {
            let content = STANDARD.decode(content).with_context(|| format!("{name} is not base64"))?;
            files.insert(name, content);
        }
        let file = |name: &str| files.get(name).ok_or_else(|| anyhow!("the configuration has no {name}"));
        let settings: Settings = serde_json::from_slice(file(".runner")?).context(".runner")?;
        let credentials: Credentials =
            serde_json::from_slice(file(".credentials")?).context(".credentials")?;
        let key = std::str::from_utf8(file(".credentials_rsaparams")?).context("the key")?;
        Ok(Self {
            base_url: settings.server_url.trim_end_matches('/').to_owned(),
            client_id: credentials.data.client_id,
            proof: jit::proof(key),
            files,
        })
    }

    /// Writes the files into the runner's root, as the runner does.
    pub fn write_to(&self, root: &Path) -> Result<()> {
        for (name, content) in &self.files {
            let plain = Path::new(name).file_name().is_some_and(|file| file == name.as_str());
            anyhow::ensure!(plain, "`{name}` is no file of the runner's root");
            std::fs::write(root.join(name), content).with_context(|| format!("writing {name}"))?;
        }
        Ok(())
    }

    pub async fn open(&self, version: &str) -> Result<Session, Stop> {
        let opening = Opening {
            client_id: self.client_id.clone(),
            proof: self.proof.clone(),
            version: version.to_owned(),
        };
        let url = format!("{}/sessions", self.base_url);
        let answer = send("POST", &url, body(&opening)).await?;
        let opened: Opened = parsed(&answer)?;
        Ok(Session { url: format!("{}/{}/{}", self.base_url, opened.runner_id, opened.session_id) })
    }
}

/// The one session a runner has.
#[derive(Clone, Debug)]
pub struct Session {
    url: String,
}

impl Session {
    /// Waits for a message; none is a reason to ask again.
    pub async fn poll(&self) -> Result<Option<Message>, Stop> {
        let answer = send("GET", &format!("{}/messages", self.url), Vec::new()).await?;
        if answer.status == 202 { Ok(None) } else { parsed(&answer).map(Some) }
    }

    pub async fn acquire(&self, job: u64) -> Result<Acquired, Stop> {
        parsed(&self.on_job(job, "acquire", Vec::new()).await?)
    }

    pub async fn renew(&self, job: u64) -> Result<(), Stop> {
        self.on_job(job, "renew", Vec::new()).await.map(|_| ())
    }

    pub async fn complete(&self, job: u64, result: protocol::Result) -> Result<(), Stop> {
        self.on_job(job, "complete", body(&Finished { result })).await.map(|_| ())
    }

    pub async fn close(&self) -> Result<(), Stop> {
        send("DELETE", &self.url, Vec::new()).await.map(|_| ())
    }

    async fn on_job(&self, job: u64, verb: &str, body: Vec<u8>) -> Result<http::Response, Stop> {
        send("POST", &format!("{}/jobs/{job}/{verb}", self.url), body).await
    }
}

async fn send(method: &str, url: &str, body: Vec<u8>) -> Result<http::Response, Stop> {
    let headers = [("content-type", "application/json"), ("user-agent", "GitHubActionsRunner")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = http::send(method, url, &headers, body, PATIENCE).await.map_err(Stop::Unreachable)?;
    match answer.status {
        200..=299 => Ok(answer),
        403 => Err(Stop::Deprecated),
        401 | 404 => Err(Stop::Gone),
        409 => Err(Stop::Conflict),
        422 => Err(Stop::JobGone),
        status => Err(Stop::Unreachable(anyhow!("status {status}"))),
    }
}

fn parsed<T: DeserializeOwned>(answer: &http::Response) -> Result<T, Stop> {
    serde_json::from_slice(&answer.body).map_err(|error| Stop::Unreachable(error.into()))
}

fn body(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

impl std::fmt::Debug for JitConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JitConfig").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
