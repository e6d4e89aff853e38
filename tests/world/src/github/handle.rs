//! GitHub in a test's hand: what a test may order, look at and wait for.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use hyper_util::rt::TokioIo;
use sim::github::{
    AccountKind, ApiFault, ApiMishap, Delivery, GitHub, HookMatch, HookMishap, InstallationId, Job, JobId,
    JobOrder, Permissions, RepositoryId, RunId, Timestamp, Trigger, Visibility,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::config::GitHubConfig;
use super::credentials::Keys;
use super::journal::{Breach, Call, Journal};
use super::payload::Examples;
use super::shared::{Parts, Shared, State};
use super::{description, serve};

/// A GitHub that runs until this is dropped.
#[derive(Debug)]
pub struct GitHubHandle {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

impl GitHubHandle {
    pub async fn start(config: GitHubConfig) -> Result<Self> {
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}", config.listen))?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let app = (config.settings.app_id, config.app.public_key_pem.as_str());
        let further = config.registrars.iter().map(|(id, pem)| (*id, pem.as_str()));
        let keys = Keys::new(further.chain([app]), config.seed).context("an App's public key")?;
        let shared = Shared::new(Parts {
            base_url,
            description: description::load(&config.node_modules)?,
            examples: Examples::load(&config.node_modules)?,
            keys,
            seed: config.seed,
            state: State {
                machine: GitHub::new(config.seed, config.settings),
                journal: Journal::default(),
                webhook_secret: config.app.webhook_secret,
                hook_url: config.app.hook_url,
                check_runs: Vec::new(),
            },
        });
        let driver = tokio::spawn(Arc::clone(&shared).drive());
        let server = tokio::spawn(accept(Arc::clone(&shared), listener));
        Ok(Self { shared, tasks: vec![driver, server] })
    }

    /// What a client has instead of `https://api.github.com`.
    pub fn url(&self) -> &str {
        &self.shared.base_url
    }

    pub fn add_organization(&self, login: &str) {
        self.act(|github, _| github.add_account(login, AccountKind::Organization));
    }

    pub fn add_repository(&self, owner: &str, name: &str, visibility: Visibility) -> RepositoryId {
        self.act(|github, _| github.add_repository(owner, name, visibility, false))
    }

    pub fn install(&self, account: &str) -> InstallationId {
        self.act(|github, _| github.install(account, Permissions::of_the_app()))
    }

    /// Queues one job in a run of its own.
    pub fn queue_job(&self, repository: RepositoryId, labels: &[&str]) -> JobId {
        let (_, jobs) = self.start_run(repository, Trigger::push(), vec![JobOrder::new("build", labels)]);
        jobs[0]
    }

    pub fn start_run(
        &self,
        repository: RepositoryId,
        trigger: Trigger,
        orders: Vec<JobOrder>,
    ) -> (RunId, Vec<JobId>) {
        self.act(|github, now| github.start_run(repository, trigger, orders, now))
    }

    /// Anything else the machine can do.
    pub fn act<T>(&self, f: impl FnOnce(&mut GitHub, Timestamp) -> T) -> T {
        self.shared.act(|state, now| f(&mut state.machine, now))
    }

    pub fn read<T>(&self, f: impl FnOnce(&GitHub, Timestamp) -> T) -> T {
        self.shared.read(|state, now| f(&state.machine, now))
    }

    pub fn job(&self, id: JobId) -> Option<Job> {
        self.read(|github, _| github.jobs.get(&id).cloned())
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.read(|github, _| github.deliveries.values().cloned().collect())
    }

    /// The very bytes and headers a delivery has, to send them elsewhere or in another order.
    pub fn delivery_request(&self, delivery: &Delivery) -> (Vec<(String, String)>, Vec<u8>) {
        self.shared.read(|state, _| {
            let body = self.shared.examples.body(delivery, state, &self.shared.base_url);
            (super::hooks::headers(delivery, state, &body), body)
        })
    }

    /// Waits until `f` finds what it looks for, looking again whenever anything happened.
    pub async fn wait_for<T>(
        &self,
        what: &str,
        patience: Duration,
        mut f: impl FnMut(&GitHub) -> Option<T>,
    ) -> Result<T> {
        let mut changes = self.shared.changes();
        let found = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = self.read(|github, _| f(github)) {
                    return Ok(found);
                }
                changes.changed().await.context("GitHub is gone")?;
            }
        };
        tokio::time::timeout(patience, found)
            .await
            .map_err(|_| anyhow!("waited {patience:?} in vain for {what}"))?
    }

    /// Ages jobs, runners and deliveries. Credentials go by the clock that clients read, which this does not move.
    pub fn shift_clock(&self, by: Duration) {
        self.shared.shift_clock(by);
    }

    pub fn trouble_hooks(&self, which: HookMatch, mishap: HookMishap, times: Option<u32>) {
        self.act(|github, _| github.trouble_hooks(which, mishap, times));
    }

    pub fn trouble_api(&self, operation: Option<&str>, mishap: ApiMishap, times: Option<u32>) {
        let operation = operation.map(str::to_owned);
        self.act(|github, _| github.api_faults.push(ApiFault { operation, mishap, times }));
    }

    /// Ends every ordered trouble.
    pub fn calm(&self) {
        self.act(|github, _| {
            github.api_faults.clear();
            github.hook_faults.clear();
        });
    }

    pub fn set_hook_url(&self, url: &str) {
        self.shared.act(|state, _| state.hook_url = Some(url.to_owned()));
    }

    pub fn calls(&self) -> Vec<Call> {
        self.shared.read(|state, _| state.journal.calls.clone())
    }

    /// Calls that GitHub's description does not allow: a client's bug each.
    pub fn asked_wrong(&self) -> Vec<Breach> {
        self.shared.read(|state, _| state.journal.asked_wrong.clone())
    }

    /// Answers that GitHub's description does not allow: a bug of this world each.
    pub fn answered_wrong(&self) -> Vec<Breach> {
        self.shared.read(|state, _| state.journal.answered_wrong.clone())
    }

    /// The tokens and just-in-time configurations that were given out: each is its holder's secret.
    pub fn given(&self) -> Vec<String> {
        self.shared.read(|state, _| state.journal.given.clone())
    }

    pub fn check_runs(&self) -> Vec<serde_json::Value> {
        self.shared.read(|state, _| state.check_runs.clone())
    }
}

impl Drop for GitHubHandle {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn accept(shared: Arc<Shared>, listener: TcpListener) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Small answers must not wait for the client's acknowledgement.
        let _best_effort = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        let service = hyper::service::service_fn(move |request| serve::request(Arc::clone(&shared), request));
        connections.spawn(async move {
            let http = hyper::server::conn::http1::Builder::new();
            // A client that hangs up, or that was hung up on, is no news.
            let _ended = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
