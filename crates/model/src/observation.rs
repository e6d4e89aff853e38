//! What one tick sees.

use std::collections::{BTreeMap, BTreeSet};

use crate::cordon::Warned;
use crate::delivery::{Deliveries, DeliveryMemory};
use crate::failing::Failing;
use crate::id::{
    InstallationId, InstanceId, JobId, LaunchId, OrderId, Revision, RunId, RunnerName, ScopeId, TaskId, Zone,
};
use crate::job::Job;
use crate::label::{Kind, Version};
use crate::launch::Launch;
use crate::node::{Node, Order, PoolMemory};
use crate::price::{Price, SpotPrices};
use crate::registration::{Roll, ScopeMemory};
use crate::rules::PoolName;
use crate::run::{LostRun, RunState};
use crate::shared::Shared;
use crate::size::Size;
use crate::time::Timestamp;
use crate::{Arch, Carrier, Trust};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    pub jobs: BTreeMap<JobId, Shared<Job>>,
    pub launches: BTreeMap<LaunchId, Shared<Launch>>,
    pub nodes: BTreeMap<InstanceId, Node>,
    pub orders: BTreeMap<OrderId, Order>,
    pub pools: BTreeMap<PoolName, PoolMemory>,
    /// What the waiting jobs need to be started, as far as it could be found out.
    pub definitions: BTreeMap<DefinitionKey, Definition>,
    /// What the forge says of jobs that were doubted.
    pub answers: BTreeMap<JobId, Answer>,
    /// How many runs the forge was asked about, whose code they are, by installation.
    pub runs_asked: BTreeMap<InstallationId, u32>,
    /// Task definitions that failed to start.
    pub failing: BTreeMap<Revision, Failing>,
    /// Runs that have lost jobs with their machines.
    pub runs: BTreeMap<RunId, LostRun>,
    /// What the forge says of those.
    pub fates: BTreeMap<RunId, Fate>,
    /// Tasks that are reported to have stopped.
    pub stopped: Vec<Stopped>,
    /// Machines that events warn of.
    pub warned: Vec<Warned>,
    /// What the provider lists; only a sweep has it.
    pub survey: Option<Survey>,
    /// What of that is ours and no launch has; only a sweep looks.
    pub strays: BTreeMap<TaskId, Stray>,
    /// Machines of ours that no group has, and when each was launched; only some sweeps look.
    pub loose: BTreeMap<InstanceId, Timestamp>,
    /// What spot machines cost, as it was last told.
    pub prices: Option<SpotPrices>,
    /// What they cost now; only a sweep asks, and only now and then.
    pub quoted: Option<BTreeMap<PoolName, BTreeMap<Zone, Price>>>,
    /// Where runners were registered lately.
    pub scopes: BTreeMap<ScopeId, ScopeMemory>,
    /// The runners that the forge lists; only a sweep has them, and only while the forge answers.
    pub roll: Option<Roll>,
    /// How far the forge's attempts to tell us were looked through.
    pub delivered: Option<DeliveryMemory>,
    /// Its attempts since; only a sweep has them, and only while the forge answers.
    pub deliveries: Option<Deliveries>,
}

/// What a task definition depends on, size aside: that is said with each launch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefinitionKey {
    pub kind: Kind,
    /// The engine's release; nothing where there is no engine.
    pub version: Option<Version>,
    pub arch: Arch,
    pub carrier: Carrier,
    pub has_gpu: bool,
    pub has_dind: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    Ready(Revision),
    /// There is no such release.
    Missing(String),
    /// It could not be found out now; the next tick tries again.
    Unknown(String),
}

/// The state of a job as the forge itself tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Queued,
    /// Behind an approval: it will be queued once more.
    Waiting,
    Running {
        runner: Option<RunnerName>,
    },
    Ended {
        conclusion: Option<String>,
        runner: Option<String>,
        has_run: bool,
        at: Option<Timestamp>,
    },
    /// It does not exist any more.
    Gone,
}

/// A task that has stopped, as an event or the provider's list tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub task: TaskId,
    /// From the task's own mark, so that a stop is understood before its start was written down.
    pub launch: Option<LaunchId>,
    pub cause: Cause,
    pub why: String,
}

/// Whose doing a stop was, as far as the provider tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The machine is gone, and the task with it.
    Machine,
    /// It ended by itself, or was told to.
    Other,
}

/// What the forge says of a run that has lost jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    pub run: RunState,
    /// The lost jobs, once the run has ended.
    pub jobs: BTreeMap<JobId, Answer>,
}

/// What the provider lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// How many members each pool's group is to have, as the provider understands it.
    pub held: BTreeMap<PoolName, u32>,
    /// The members of our groups, without those that are on their way out.
    pub members: BTreeMap<InstanceId, Member>,
    /// Machines whose agent has registered.
    pub registered: BTreeMap<InstanceId, Registration>,
    /// Machines that nothing is placed on any more, whoever has said so.
    pub draining: BTreeSet<InstanceId>,
    /// Tasks that are not stopping, by the tier that they are in.
    pub tasks: BTreeMap<TaskId, Trust>,
}

/// A task of ours that the provider lists and that no launch has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    pub trust: Trust,
    /// Which it was started for, as its own mark says.
    pub launch: LaunchId,
    /// By the provider's clock.
    pub began: Timestamp,
    /// Where a runner of that launch was registered, as far as anybody remembers.
    pub scope: Option<ScopeId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub pool: PoolName,
    pub zone: Zone,
    /// Made of another image or template than its pool's next machine would be.
    pub is_outdated: bool,
}

/// What the provider knows of a machine that takes tasks, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// What the provider calls it.
    pub handle: String,
    pub size: Size,
    /// Its agent is heard of.
    pub is_connected: bool,
    /// Tasks on it that are not stopping.
    pub n_tasks: u32,
}
