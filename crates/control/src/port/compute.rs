//! Machines and the containers on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use async_trait::async_trait;
use model::Trust;
use model::id::{InstanceId, LaunchId, Revision, TaskId, Zone};
use model::launch::Launch;
use model::node::Order;
use model::observation::{DefinitionKey, Survey};
use model::price::Price;
use model::rules::PoolName;
use model::time::Timestamp;

use crate::error::PortError;

#[async_trait]
pub trait Compute: Send + Sync + fmt::Debug {
    /// The task definition for this key, made if there is none. Its images are fixed by digest then:
    /// tags move.
    async fn definition(&self, key: &DefinitionKey) -> Result<Revision, DefinitionError>;

    /// Orders nodes of one offering. Asking twice for one order orders once. What was refused comes
    /// back beside what was launched.
    async fn order(&self, order: &Order) -> Result<Ordered, PortError>;

    /// Starts the task of a launch, on its node if it has one. Asking twice for one launch starts one task.
    async fn start(&self, launch: &Launch) -> Result<Started, PortError>;

    /// Stops a task. One that has stopped, or that nobody knows, is stopped.
    async fn stop(&self, trust: Trust, task: &TaskId, why: &str) -> Result<(), PortError>;

    /// Has the provider place nothing more on these machines, which it named so in its survey. What runs on
    /// them goes on. Said again, or of one that is gone, it is so.
    async fn drain(&self, trust: Trust, handles: &[String]) -> Result<(), PortError>;

    /// Ends machines of a pool, which then is to have so many fewer. One that is gone, or on its way, is
    /// ended. Whoever calls this knows that nothing runs on them.
    async fn terminate(&self, pool: &PoolName, nodes: &[InstanceId]) -> Result<(), PortError>;

    /// Has the provider believe that a pool is to have so many members. Ends none.
    async fn hold(&self, pool: &PoolName, n: u32) -> Result<(), PortError>;

    /// Those of these tasks of a tier that this installation has started and that are not stopping. A hundred
    /// at most, and one at least.
    async fn describe(
        &self,
        trust: Trust,
        tasks: &[TaskId],
    ) -> Result<BTreeMap<TaskId, Described>, PortError>;

    /// The machines of this installation that cost money, whoever has them, and when each was launched.
    async fn machines(&self) -> Result<BTreeMap<InstanceId, Timestamp>, PortError>;

    /// Those of these machines that some group has, anybody's, also on their way in or out. Fifty at most, and
    /// one at least.
    async fn grouped(&self, nodes: &[InstanceId]) -> Result<BTreeSet<InstanceId>, PortError>;

    /// Ends machines that no group has. One that is gone, or on its way, is ended. Whoever calls this knows that
    /// nothing runs on them.
    async fn scrap(&self, nodes: &[InstanceId]) -> Result<(), PortError>;

    /// What a node of each of these pools costs now on spot, by zone: as much as of the cheapest of its instance types.
    /// A pool or zone of which the provider tells nothing is left out.
    async fn spot_prices(
        &self,
        pools: &[PoolName],
    ) -> Result<BTreeMap<PoolName, BTreeMap<Zone, Price>>, PortError>;

    /// What the provider lists of all that is ours.
    async fn survey(&self) -> Result<Survey, PortError>;
}

#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// There is no such release; the sentence says what was looked for, and where.
    #[error("{0}")]
    Missing(String),
    #[error(transparent)]
    Port(#[from] PortError),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    pub instances: Vec<InstanceId>,
    /// Why the rest was refused: the provider's code and sentence.
    pub refused: Option<String>,
}

/// What a task says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The launch that it was started for.
    pub launch: LaunchId,
    pub began: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    Task(TaskId),
    /// The provider will not start it there: its reason.
    Refused(String),
    /// It has no place for tasks of this pool now, whoever asks.
    NoCapacity(String),
}
