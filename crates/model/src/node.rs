//! A machine that carries tasks, and an order of such machines.

use crate::cordon::Cordon;
use crate::id::{InstanceId, OrderId, Zone};
use crate::money::Spent;
use crate::rules::PoolName;
use crate::size::Size;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: InstanceId,
    pub pool: PoolName,
    pub zone: Zone,
    pub state: NodeState,
    /// Grows whenever something is placed on the node or its state changes: a decision made on an
    /// older version is refused.
    pub version: u64,
    /// What its agent registered; what the instance type promises until then.
    pub size: Size,
    /// What the launches on it have taken.
    pub used: Size,
    pub n_launches: u32,
    pub ordered_at: Timestamp,
    pub ready_at: Option<Timestamp>,
    /// When the last of its launches ended, or it became ready; it says something only while no launch is
    /// on it.
    pub idle_since: Option<Timestamp>,
    /// Since when a ready node's agent has not been heard of: nothing is placed on it meanwhile.
    pub lost_at: Option<Timestamp>,
    pub cordon: Option<Cordon>,
    /// How many tasks in a row ended on it before they took a job, and not by fault of their image.
    pub n_failed: u32,
}

impl Node {
    /// What is left for more launches.
    pub fn free(&self) -> Size {
        self.size.saturating_sub(self.used)
    }

    /// Whether a launch on it has ended: until then it is idle for as long as it is ready.
    pub fn has_carried(&self) -> bool {
        self.idle_since.is_some() && self.idle_since != self.ready_at
    }

    /// Whether launches may be placed on it.
    pub fn is_open(&self) -> bool {
        self.state == NodeState::Ready && self.lost_at.is_none() && self.cordon.is_none()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// The provider has promised the machine; its agent has not registered.
    Ordered,
    Ready,
    /// Takes no more launches, and is ended once there are none on it.
    Draining,
}

/// Nodes of one offering that were decided and may not have been asked for yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub zone: Zone,
    pub n: u32,
    pub at: Timestamp,
}

/// What the ledger remembers of a pool beside its nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolMemory {
    pub name: PoolName,
    /// Grows with every order and every placement without a node: two ticks that count the same
    /// cannot both add to it.
    pub version: u64,
    /// The launches that have no node, which is none in a pool of nodes.
    pub n_launches: u32,
    pub refusals: Vec<Refusal>,
    pub breakers: Vec<Breaker>,
    /// Only of a pool with a budget.
    pub spent: Option<Spent>,
}

impl PoolMemory {
    /// After the first thing that was decided for the pool.
    #[must_use]
    pub const fn first(name: PoolName) -> Self {
        Self { name, version: 1, n_launches: 0, refusals: Vec::new(), breakers: Vec::new(), spent: None }
    }
}

/// An offering that had no capacity, and until when it is not asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub zone: Zone,
    pub until: Timestamp,
    /// How often it was refused, one time after the other: the pause grows with it.
    pub n: u32,
    pub why: String,
}

/// An offering whose machines were taken back, and until when nothing is ordered from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    pub zone: Zone,
    /// How many, since the last pause.
    pub n: u32,
    /// When the last of them was.
    pub at: Timestamp,
    /// How many pauses there were, one soon after the other: each is longer.
    pub n_pauses: u32,
    pub until: Timestamp,
}
