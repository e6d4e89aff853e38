//! What the tests begin with.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use async_trait::async_trait;
use control::PortError;
use control::port::Secret;
use github::{GitHubForge, Settings};
use model::id::{InstallationId, JobId, LaunchId, RepositoryId, RunnerName};
use model::job::Repository;
use model::time::Timestamp;
use secrecy::SecretString;
use serde_json::json;

use crate::key;
use crate::server::{Asked, Reply, Server, reply};

/// When the tests begin: 2026-11-21T10:00:00Z.
pub(crate) const START_S: u64 = 1_795_255_200;

/// A clock that a test moves.
#[derive(Clone, Debug)]
pub(crate) struct Time(Arc<AtomicU64>);

impl Time {
    pub(crate) fn start() -> Self {
        Self(Arc::new(AtomicU64::new(START_S * 1000)))
    }

    pub(crate) fn pass_s(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

/// Reads a key, once it has failed as often as a test says.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) pem: String,
    /// What GitHub's owner has put in its place.
    pub(crate) successor: Option<String>,
    pub(crate) failures: Mutex<usize>,
    pub(crate) reads: AtomicUsize,
}

impl Default for Key {
    fn default() -> Self {
        Self {
            pem: key::private_pem(),
            successor: None,
            failures: Mutex::default(),
            reads: AtomicUsize::default(),
        }
    }
}

#[async_trait]
impl Secret for Key {
    async fn read(&self) -> Result<SecretString, PortError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return Err(PortError::Denied { source: "no such parameter".into() });
        }
        Ok(self.pem.clone().into())
    }

    async fn replaced(&self) -> Result<Option<SecretString>, PortError> {
        Ok(self.successor.clone().map(SecretString::from))
    }
}

pub(crate) fn forge(github: &Server, time: &Time) -> GitHubForge {
    forge_with(github, time, Arc::new(Key::default()))
}

pub(crate) fn forge_with(github: &Server, time: &Time, key: Arc<Key>) -> GitHubForge {
    let settings =
        Settings { api_url: format!("{}/api/v3/", github.url()), app_id: 123_456, runner_group_id: 7 };
    let clock = time.0.clone();
    let clock = Arc::new(move || Timestamp(clock.load(Ordering::Relaxed)));
    GitHubForge::new(&settings, key, clock).unwrap()
}

pub(crate) const TOKEN_CALL: &str = "POST /api/v3/app/installations/3456996/access_tokens";

/// An answer to whoever asks for a token; the others are for the test.
pub(crate) fn with_token(
    answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    move |asked| if asked.target.ends_with("/access_tokens") { token("ghs_first") } else { answer(asked) }
}

pub(crate) fn token(secret: &str) -> Reply {
    let answer =
        json!({"token": secret, "expires_at": "2026-11-21T11:00:00Z", "permissions": {"actions": "read"}});
    reply(201, answer.to_string())
}

pub(crate) fn organization() -> Repository {
    Repository {
        id: RepositoryId(186_853_002),
        installation: InstallationId(3_456_996),
        owner: "Codertocat".to_owned(),
        name: "Hello-World".to_owned(),
        is_organization: true,
        is_private: true,
    }
}

pub(crate) fn user() -> Repository {
    Repository { is_organization: false, ..organization() }
}

pub(crate) fn name() -> RunnerName {
    RunnerName { launch: LaunchId { job: JobId(289_782_451), n: 1 }, attempt: 1 }
}
