//! The compute port on the model of ECS and Auto Scaling, asked in the adapter's own words.

mod definition;
mod loose;
mod order;
mod price;
mod refusal;
mod shrink;
mod survey;
mod task;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use control::PortError;
use control::port::{Compute, DefinitionError, Described, Ordered, Started};
use model::Trust;
use model::id::{InstanceId, Revision, TaskId, Zone};
use model::label::Release;
use model::launch::Launch;
use model::node::Order;
use model::observation::{DefinitionKey, Survey};
use model::price::Price;
use model::rules::PoolName;
use model::time::Timestamp;
use serde_json::Value;
use wire::config::Serverless;

use super::{CallFault, Calls, Clock};
use crate::compute::{Answer, Machine, Service};

pub(crate) use survey::registered_size;
pub(crate) use task::task_id;

/// What the configuration says of the provider's side.
#[derive(Clone, Debug)]
pub struct ComputeSettings {
    pub installation: String,
    /// The cluster of each tier.
    pub clusters: BTreeMap<Trust, String>,
    /// The group of each pool of nodes.
    pub groups: BTreeMap<PoolName, String>,
    /// What the nodes of each such pool may be.
    pub instance_types: BTreeMap<PoolName, Vec<String>>,
    /// Pools without one, and how their tasks are run.
    pub serverless: BTreeMap<PoolName, Serverless>,
}

#[derive(Debug)]
pub struct SimCompute {
    machine: Arc<Mutex<Machine>>,
    clock: Clock,
    settings: ComputeSettings,
    releases: Mutex<BTreeSet<Release>>,
    calls: Calls,
    /// Definitions that were found: each process asks but once.
    known: Mutex<BTreeMap<DefinitionKey, Revision>>,
    /// Machines that were ended by us.
    terminated: Mutex<BTreeSet<InstanceId>>,
}

impl SimCompute {
    pub fn new(machine: Arc<Mutex<Machine>>, clock: Clock, settings: ComputeSettings) -> Self {
        Self {
            machine,
            clock,
            settings,
            releases: Mutex::default(),
            calls: Calls::default(),
            known: Mutex::default(),
            terminated: Mutex::default(),
        }
    }

    /// The same, and every call is counted there.
    #[must_use]
    pub fn counting(self, calls: Calls) -> Self {
        Self { calls, ..self }
    }

    /// From now on the engine can be had in this release.
    pub fn publish(&self, release: Release) {
        self.releases.lock().unwrap_or_else(PoisonError::into_inner).insert(release);
    }

    /// From now on it is a process that has just begun, and knows no definition.
    pub fn forget(&self) {
        self.known().clear();
    }

    /// Whether it was we who ended a machine.
    pub fn has_terminated(&self, node: &str) -> bool {
        self.terminated.lock().unwrap_or_else(PoisonError::into_inner).contains(&InstanceId::from(node))
    }

    fn group(&self, pool: &PoolName) -> Result<&str, PortError> {
        let group = self.settings.groups.get(pool).map(String::as_str);
        group.ok_or_else(|| PortError::Refused { source: format!("no group for pool {pool}").into() })
    }

    fn call(&self, service: Service, action: &str, params: &Value) -> Answer {
        let fault = self.calls.take_fault(action);
        let answer = match fault.and_then(|fault| refusal::of_fault(fault, service)) {
            Some(refusal) => Err(refusal),
            None => self.machine().call(service, action, params, self.clock.of_compute()),
        };
        let is_refused = answer.as_ref().is_err_and(|refusal| refusal::is_throttled(&refusal.code));
        self.calls.add(action, 1, is_refused);
        if fault == Some(CallFault::Lost) { Err(refusal::lost()) } else { answer }
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cluster(&self, trust: Trust) -> Result<&str, PortError> {
        let cluster = self.settings.clusters.get(&trust).map(String::as_str);
        cluster.ok_or_else(|| PortError::Refused { source: format!("no cluster for {trust} jobs").into() })
    }
}

#[async_trait]
impl Compute for SimCompute {
    async fn definition(&self, key: &DefinitionKey) -> Result<Revision, DefinitionError> {
        self.find_or_register(key)
    }

    async fn order(&self, order: &Order) -> Result<Ordered, PortError> {
        self.launch_instances(order)
    }

    async fn start(&self, launch: &Launch) -> Result<Started, PortError> {
        let started = self.run_task(launch);
        if matches!(started, Err(PortError::Refused { .. } | PortError::NotFound { .. })) {
            // Its revision may be gone: it is looked up anew.
            self.known().retain(|_, known| *known != launch.revision);
        }
        started
    }

    async fn stop(&self, trust: Trust, task: &TaskId, why: &str) -> Result<(), PortError> {
        self.stop_task(trust, task, why)
    }

    async fn drain(&self, trust: Trust, handles: &[String]) -> Result<(), PortError> {
        self.set_draining(trust, handles)
    }

    async fn terminate(&self, pool: &PoolName, nodes: &[InstanceId]) -> Result<(), PortError> {
        self.terminate_members(pool, nodes)
    }

    async fn hold(&self, pool: &PoolName, n: u32) -> Result<(), PortError> {
        self.set_desired(pool, n)
    }

    async fn describe(
        &self,
        trust: Trust,
        tasks: &[TaskId],
    ) -> Result<BTreeMap<TaskId, Described>, PortError> {
        self.describe_tasks(trust, tasks)
    }

    async fn machines(&self) -> Result<BTreeMap<InstanceId, Timestamp>, PortError> {
        self.all_machines()
    }

    async fn grouped(&self, nodes: &[InstanceId]) -> Result<BTreeSet<InstanceId>, PortError> {
        self.in_a_group(nodes)
    }

    async fn scrap(&self, nodes: &[InstanceId]) -> Result<(), PortError> {
        self.terminate_instances(nodes)
    }

    async fn spot_prices(
        &self,
        pools: &[PoolName],
    ) -> Result<BTreeMap<PoolName, BTreeMap<Zone, Price>>, PortError> {
        self.prices_now(pools)
    }

    async fn survey(&self) -> Result<Survey, PortError> {
        self.look_around()
    }
}

/// A short mark of what was committed: asked for again with other words, a thing is another. FNV-1a.
fn mark(words: &str) -> String {
    let hash = words.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
