//! Where jobs come from and runners are registered.

use std::fmt;

use async_trait::async_trait;
use model::Trust;
use model::id::{JobId, RunId, RunnerName};
use model::job::Repository;
use model::observation::Answer;
use model::run::RunState;
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
    async fn remove(&self, at: &Repository, name: RunnerName) -> Result<Removed, PortError>;

    /// What has become of a job.
    async fn job(&self, at: &Repository, job: JobId) -> Result<Answer, PortError>;

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
