//! One process of a function, in the environment that Lambda gives it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::clock;
use super::document;
use super::runtime_api::{Answered, RuntimeApi};

/// No answer takes as long as this.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Of the kernel's clock as it is told to programs: the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Killed and reaped when it is dropped.
#[derive(Debug)]
pub(super) struct Function {
    process: Child,
    api: RuntimeApi,
    log: File,
    pub(super) started_at: Instant,
}

impl Function {
    pub(super) async fn start(binary: &Path, name: &str, aws: SocketAddr) -> Result<Self> {
        let api = RuntimeApi::start().await?;
        let log = tempfile::tempfile().context("making a file for the log")?;
        let mut command = Command::new(binary);
        command.env_clear().envs(environment(name, api.address(), aws));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log.try_clone()?);
        let started_at = clock::now();
        let process = command.spawn().with_context(|| format!("starting {}", binary.display()))?;
        Ok(Self { process, api, log, started_at })
    }

    /// Gives an event to it. What it logged is told if it does not answer.
    pub(super) async fn invoke(&mut self, event: String) -> Result<Answered> {
        let answered = Self::answer(&mut self.api, &mut self.process, event).await;
        answered.map_err(|error| error.context(self.logged()))
    }

    async fn answer(api: &mut RuntimeApi, process: &mut Child, event: String) -> Result<Answered> {
        let answer = api.invoke(event);
        let mut answer = std::pin::pin!(answer);
        for _ in 0..PATIENCE.as_millis() / LOOK_EVERY.as_millis() {
            match tokio::time::timeout(LOOK_EVERY, &mut answer).await {
                Ok(answered) => return answered,
                Err(_) => {
                    if let Some(status) = process.try_wait()? {
                        bail!("the function ended with {status}");
                    }
                }
            }
        }
        bail!("no answer within {} s", PATIENCE.as_secs())
    }

    /// The time that all its threads, finished ones included, have had on a processor.
    pub(super) fn cpu_ms(&self) -> Result<f64> {
        let stat = self.told("stat")?;
        // The name, in brackets, may hold anything. User and system time are the 14th and 15th field.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let times: Vec<f64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        Ok(times.iter().sum::<f64>() * 1_000.0 / TICKS_PER_SECOND)
    }

    /// The most memory that it ever held, in millions of bytes.
    pub(super) fn peak_rss_mb(&self) -> Result<f64> {
        let status = self.told("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        Ok(kib.context("the kernel does not tell the peak of its memory")? * 1_024.0 / 1e6)
    }

    fn told(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.process.id());
        fs::read_to_string(&path).with_context(|| format!("reading {path}"))
    }

    pub(super) fn logged(&mut self) -> String {
        let mut text = String::new();
        let read = self.log.rewind().and_then(|()| self.log.read_to_string(&mut text));
        let from = text.len().saturating_sub(4_000);
        match read {
            Ok(_) => format!("it logged: {}", text.get(from..).unwrap_or(&text)),
            Err(error) => format!("its log cannot be read: {error}"),
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // It may have ended already; either way nothing of it is left.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn environment(name: &str, api: SocketAddr, aws: SocketAddr) -> BTreeMap<&'static str, String> {
    let function = format!("quillon-{name}");
    let group = format!("/aws/lambda/{function}");
    [
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
        // As long as those that Lambda gives.
        ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE".repeat(40)),
        ("AWS_REGION", document::REGION.to_owned()),
        ("AWS_DEFAULT_REGION", document::REGION.to_owned()),
        ("AWS_ENDPOINT_URL", format!("http://{aws}")),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef".to_owned()),
        ("AWS_LAMBDA_RUNTIME_API", api.to_string()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
        ("LAMBDA_TASK_ROOT", "/var/task".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin".to_owned()),
        ("QUILLON_CONFIG", format!("s3://{}/{}", document::BUCKET, document::KEY)),
        ("QUILLON_FUNCTION", name.to_owned()),
        ("QUILLON_LOG", "info".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
    ]
    .into()
}
