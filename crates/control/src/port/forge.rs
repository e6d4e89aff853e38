//! Where jobs come from and runners are registered.

use std::fmt;

use async_trait::async_trait;
use model::Trust;
use model::delivery::Delivery;
use model::id::{DeliveryId, JobId, RegistrationId, RunId, RunnerName};
use model::job::Repository;
use model::observation::Answer;
use model::registration::{Registered, Scope};
use model::run::RunState;
use model::time::Timestamp;
use secrecy::SecretString;

use crate::error::PortError;

#[async_trait]
pub trait Forge: Send + Sync + fmt::Debug {
    /// Registers a runner with exactly these labels and gives the configuration it starts with. A
    /// registration of that name that is left from a lost answer is replaced.
    async fn register(
        &self,
        at: &Repository,
        name: RunnerName,
        labels: &[String],
    ) -> Result<JitConfig, PortError>;

    /// Removes a registration, unless its runner is at work.
    async fn remove(&self, at: &Scope, name: RunnerName) -> Result<Removed, PortError>;

    /// What has become of a job.
    async fn job(&self, at: &Repository, job: JobId) -> Result<Answer, PortError>;

    /// The runners that are registered there under names like ours: all of them but those
    /// that moved between two pages, or an error. Asked only while much more may be asked, for whoever claims goes first.
    async fn runners(&self, at: &Scope) -> Result<Vec<Registered>, PortError>;

    /// Removes what was listed, unless its runner is at work.
    async fn dismiss(&self, at: &Scope, runner: RegistrationId) -> Result<Removed, PortError>;

    /// A page of the attempts to tell us of jobs' events, the newest first.
    async fn deliveries(&self, page: Option<&str>) -> Result<DeliveryPage, PortError>;

    /// Attempts it once more.
    async fn redeliver(&self, delivery: DeliveryId) -> Result<(), PortError>;

    /// Shows a job's author, beside the commit, why it cannot run. Telling twice is telling once.
    async fn tell(&self, at: &Repository, notice: &Notice) -> Result<(), PortError>;

    /// Whether the code of a run is the repository's own.
    async fn trust(&self, at: &Repository, run: RunId) -> Result<Trust, PortError>;

    /// How far a run is.
    async fn run(&self, at: &Repository, run: RunId) -> Result<RunState, PortError>;

    /// Runs the failed jobs of a run, and what needs them, once more: another attempt of it. Asking while
    /// that runs is refused, so that asking twice is asking once.
    async fn rerun(&self, at: &Repository, run: RunId) -> Result<Reran, PortError>;
}

/// Single use, and whoever holds it is the runner.
#[derive(Clone, Debug)]
pub struct JitConfig(pub SecretString);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryPage {
    pub deliveries: Vec<Delivery>,
    /// When the last attempt of the page was made, be it of a kind that is not shown.
    pub oldest: Option<Timestamp>,
    /// Where older ones are.
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub job: JobId,
    pub commit: String,
    /// As its author has written them.
    pub labels: String,
    /// One sentence that says what to write instead.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// Removed now, or gone before.
    Gone,
    Busy,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reran {
    Started,
    /// It runs already, or cannot run again: the forge's sentence.
    Refused(String),
}
