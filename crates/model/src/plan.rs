//! What one tick decides. Nothing is left to choose for whoever carries it out.

mod table;

use std::collections::BTreeMap;

use crate::Trust;
use crate::cordon::Cordon;
use crate::delivery::DeliveryMemory;
use crate::failing::Failing;
use crate::id::{
    DeliveryId, InstanceId, JobId, LaunchId, RegistrationId, Revision, RunId, RunnerName, ScopeId, TaskId,
};
use crate::job::Ended;
use crate::launch::Launch;
use crate::money::Spent;
use crate::node::{Breaker, Node, Order, Refusal};
use crate::price::{Price, SpotPrices};
use crate::reason::Reason;
use crate::registration::Scope;
use crate::rules::PoolName;
use crate::run::LostRun;
use crate::size::Size;

pub use table::Step;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Plan {
    /// Doubts that the forge has settled.
    pub settle: BTreeMap<JobId, Settle>,
    /// Nodes that differ from what the provider lists.
    pub repair: BTreeMap<InstanceId, Repair>,
    /// Launches whose runner is at work, and which job it took, where that is known.
    pub busy: BTreeMap<LaunchId, Option<JobId>>,
    /// Nodes that take no more launches.
    pub cordon: BTreeMap<InstanceId, Cordon>,
    /// Runs as they stand once the ends below have cost them jobs.
    pub lose: BTreeMap<RunId, LostRun>,
    pub rerun: BTreeMap<RunId, Rerun>,
    /// What is to be remembered of offerings whose machines are taken back.
    pub breakers: BTreeMap<PoolName, Vec<Breaker>>,
    /// Task definitions that failed once more, or that are to be forgotten.
    pub failing: BTreeMap<Revision, Option<Failing>>,
    pub end: Vec<End>,
    /// Tasks that no launch has.
    pub stop: BTreeMap<TaskId, Stop>,
    /// Launches whose task goes on without its runner, and those of which that was said and is not so.
    pub over: BTreeMap<LaunchId, Over>,
    /// Launches whose task does not stop by itself: it is stopped first, for it asks nobody whether it is over.
    pub hung: Vec<End>,
    /// Registrations that nobody needs.
    pub dismiss: Vec<Dismiss>,
    pub assign: Vec<Assign>,
    /// By node, because a node's placements are one transaction.
    pub place: BTreeMap<InstanceId, Placement>,
    /// By pool, whose launches need no node.
    pub serverless: BTreeMap<PoolName, Placement>,
    pub order: Vec<NewOrder>,
    /// By pool, tasks that are started before there is a job for them.
    pub standby: BTreeMap<PoolName, Stand>,
    /// Where runners will be registered that were not for a while, written down before anything is placed.
    pub remember: Vec<Scope>,
    /// Where none were for long.
    pub forget: Vec<ScopeId>,
    /// Events that have not arrived.
    pub redeliver: Option<Redeliver>,
    /// Authors who have to know why a job cannot run.
    pub tell: Vec<Tell>,
    /// Nodes that are given back, each as long as it counts no launch.
    pub drain: BTreeMap<InstanceId, Drain>,
    /// Offerings to leave alone for a while, for what came of what they gave.
    pub refuse: BTreeMap<PoolName, Vec<Refusal>>,
    /// What pools with a budget have cost today.
    pub spend: BTreeMap<PoolName, Spent>,
    /// What spot machines cost, where that was asked just now.
    pub prices: Option<SpotPrices>,
    /// How many members the provider is to think that a pool has: as many as it has.
    pub hold: BTreeMap<PoolName, u32>,
    /// Nodes that drain, with nothing left on them.
    pub terminate: BTreeMap<InstanceId, Termination>,
    /// Machines that no group has, and why they are ended.
    pub scrap: BTreeMap<InstanceId, String>,
    /// Only where the reason differs from the one that is kept with the job.
    pub explain: BTreeMap<JobId, Reason>,
    /// More is to be done than one plan holds: look again at once.
    pub is_partial: bool,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settle {
    /// The forge says what the ledger says.
    Same,
    /// It waits: a doubt is dropped, and so is what a false event told.
    Queued,
    Running {
        runner: Option<RunnerName>,
    },
    /// It waits for an approval: forgotten until it is queued again.
    Forget,
    Ended(Box<Ended>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// A member of a group that the ledger does not know.
    Adopt(Box<Node>),
    /// Registered, and its announcement was lost.
    Ready(Size),
    /// Its agent is not heard of.
    Lost,
    /// Its agent is heard of again.
    Found,
    /// No member of its group any more.
    Gone,
}

/// A launch that is over, and the task to stop where one may still run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub launch: LaunchId,
    /// The job that waited for it, and waits on.
    pub fails: Option<JobId>,
    /// The job that ran on it, and is lost with its machine.
    pub loses: Option<JobId>,
    pub stop: Option<TaskId>,
    pub blame: Blame,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The tier that the task is in.
    pub trust: Trust,
    pub why: String,
}

/// What is noted of a launch whose job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Its runner is gone, and its task goes on.
    Noted,
    /// There is a runner after all, or a job.
    TakenBack,
}

/// A registration to be removed at the forge, unless its runner is at work by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dismiss {
    pub scope: Scope,
    /// As it was listed. One that was not listed is looked for by its name first: a list may lack what has
    /// moved between two of its pages.
    pub id: Option<RegistrationId>,
    pub name: RunnerName,
    /// Its launch, which is over as soon as nobody can give its runner a job any more.
    pub end: Option<End>,
}

/// Attempts to be repeated. The memory is kept only when all of them were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeliver {
    pub deliveries: Vec<DeliveryId>,
    pub then: DeliveryMemory,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tell {
    pub job: JobId,
    pub why: Reason,
}

/// Whose fault it is that a task ended before it took a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// It took one, or nobody is to blame.
    Nobody,
    /// Its node, as far as is known.
    Node,
    /// It fails wherever it is tried.
    Image,
}

/// What becomes of a run that has lost jobs with their machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rerun {
    /// Its failed jobs are to run again.
    Ask,
    /// Nothing is to be asked any more.
    Over(String),
    /// Nothing more is to be known of it.
    Forget,
}

/// A launch whose job no longer needs it serves another with the same labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assign {
    pub launch: LaunchId,
    pub job: JobId,
    /// The launch that the job had when this was decided: none, or one that serves it no longer.
    pub instead_of: Option<LaunchId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The version of the row that had the room: the node's, or the pool's.
    pub version: u64,
    pub launches: Vec<NewLaunch>,
}

/// What is decided twice is written once: each of these moves the pool's row on by one, from this version,
/// and counts on the version of its node's, where it has a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Of the pool's row, once this plan's orders and placements are written.
    pub version: u64,
    pub place: Vec<(Option<InstanceId>, Placement)>,
}

impl Stand {
    pub fn launches(&self) -> impl Iterator<Item = &Launch> {
        self.place.iter().flat_map(|(_, placement)| &placement.launches).map(|new| &new.launch)
    }

    pub fn n_launches(&self) -> usize {
        self.launches().count()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLaunch {
    pub launch: Launch,
    /// As with [`Assign`].
    pub instead_of: Option<LaunchId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    pub order: Order,
    /// Of one of its nodes, where the provider tells.
    pub price: Option<Price>,
    /// The jobs that it is meant for, for their timelines.
    pub jobs: Vec<JobId>,
    /// How many of its nodes are meant for no job: the pool is to keep them, or they are for its standby.
    pub n_kept: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// Of the node's row when this was decided.
    pub version: u64,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Termination {
    pub pool: PoolName,
    /// Where the provider may still place something on it: it is told not to first.
    pub handle: Option<String>,
}

/// What a tick did and what it is waiting for, for logs and metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Report {
    /// Rows of what is alive.
    pub n_open: usize,
    pub n_queued: usize,
    pub n_running: usize,
    /// Jobs that wait, by why.
    pub waiting: BTreeMap<&'static str, usize>,
    pub oldest_wait_ms: u64,
    pub nodes: BTreeMap<PoolName, usize>,
}
