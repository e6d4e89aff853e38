//! What the cases begin with.

use model::id::{InstanceId, JobId, LaunchId, OrderId, Revision, TaskId, Zone};
use model::label::{Kind, Release, Version};
use model::launch::{Launch, LaunchState, Times};
use model::node::Order;
use model::observation::{DefinitionKey, Survey};
use model::size::{CpuUnits, Mib, Size};
use model::time::Timestamp;
use model::{Arch, Carrier, Trust};

use super::{ORDINARY, Outside, TRUST, ZONES, pool};
use crate::port::{Compute, Ordered, Started};

pub(super) fn key(patch: u64) -> DefinitionKey {
    DefinitionKey {
        kind: Kind::Dagger,
        version: Some(Version::Release(release(patch))),
        arch: Arch::Arm64,
        carrier: Carrier::Nodes,
        has_gpu: false,
        has_dind: false,
    }
}

pub(super) fn release(patch: u64) -> Release {
    Release::new(0, 20, patch)
}

/// The `version` names the order: each case has its own.
pub(super) fn order(of: &str, version: u64, n: u32) -> Order {
    let id = OrderId { pool: pool(of), version };
    Order { id, zone: Zone::from(ZONES[0]), n, at: Timestamp(1_795_219_200_000) }
}

pub(super) async fn ordered(compute: &dyn Compute, order: &Order) -> Ordered {
    compute.order(order).await.expect("an order is answered")
}

pub(super) async fn survey(compute: &dyn Compute) -> Survey {
    compute.survey().await.expect("a survey is answered")
}

/// A node of its own, ordered and not yet up.
pub(super) async fn promised(compute: &dyn Compute, version: u64) -> InstanceId {
    let ordered = ordered(compute, &order(ORDINARY, version, 1)).await;
    ordered.instances.into_iter().next().expect("there is capacity for one")
}

/// A node of its own that takes tasks.
pub(super) async fn node(compute: &dyn Compute, outside: &dyn Outside, version: u64) -> InstanceId {
    let node = promised(compute, version).await;
    outside.boot(&node).await;
    node
}

pub(super) async fn revision(compute: &dyn Compute) -> Revision {
    let key = DefinitionKey { kind: Kind::Bare, version: None, ..key(0) };
    compute.definition(&key).await.expect("a definition without an engine needs no release")
}

/// A launch of 4 vCPU and 8 GiB; the job is the case's own.
pub(super) async fn launch(compute: &dyn Compute, job: u64, node: &InstanceId) -> Launch {
    Launch {
        id: LaunchId { job: JobId(job), n: 1 },
        job: Some(JobId(job)),
        pool: pool(ORDINARY),
        node: Some(node.clone()),
        trust: TRUST,
        size: size(4096, 8192),
        revision: revision(compute).await,
        labels: vec!["bare".to_owned()],
        scope: None,
        state: LaunchState::Planned,
        at: Times {
            planned: Timestamp(1_795_219_200_000),
            asked: None,
            claimed: None,
            busy: None,
            over: None,
        },
    }
}

pub(super) fn size(cpu: u32, memory: u32) -> Size {
    Size { cpu: CpuUnits(cpu), memory: Mib(memory) }
}

pub(super) async fn started(compute: &dyn Compute, launch: &Launch) -> TaskId {
    match compute.start(launch).await.expect("a start is answered") {
        Started::Task(task) => task,
        Started::Refused(why) | Started::NoCapacity(why) => panic!("there is room, and yet: {why}"),
    }
}

pub(super) async fn refused(compute: &dyn Compute, launch: &Launch) -> String {
    match compute.start(launch).await.expect("a start is answered") {
        Started::Refused(why) | Started::NoCapacity(why) => why,
        Started::Task(task) => panic!("there is nowhere to start it, and yet: {task}"),
    }
}

pub(super) async fn stopped(compute: &dyn Compute, task: &TaskId) {
    compute.stop(Trust::Trusted, task, "the case is over").await.expect("a stop is answered");
}
