//! Container instances: machines with an agent.

use super::query_language::Facts;
use super::shown::Shown;
use super::task::{Task, TaskStatus};
use super::task_definition::Needs;
use super::{interface, life, trunk};
use crate::compute::catalogue::{self, InstanceType};
use crate::compute::ec2::Instance;
use crate::compute::machine::Machine;
use crate::compute::output::EventKind;
use crate::compute::time::{Time, iso};
use crate::compute::timers::Timer;
use model::shared::Shared;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const AGENT_VERSION: &str = "1.106.1";

/// Ports the agent keeps for SSH, Docker and itself.
pub(super) const RESERVED_PORTS: [&str; 5] = ["22", "2375", "2376", "51678", "51679"];

/// What an agent of the ECS AMI says it can do.
const CAPABILITIES: [&str; 9] = [
    "com.amazonaws.ecs.capability.docker-remote-api.1.18",
    "com.amazonaws.ecs.capability.ecr-auth",
    "com.amazonaws.ecs.capability.logging-driver.awslogs",
    "com.amazonaws.ecs.capability.logging-driver.json-file",
    "com.amazonaws.ecs.capability.privileged-container",
    "com.amazonaws.ecs.capability.task-iam-role",
    "com.amazonaws.ecs.capability.task-iam-role-network-host",
    "ecs.capability.execution-role-awslogs",
    interface::CAPABILITY,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Its trunk is on the way.
    Registering,
    Active,
    Draining,
    /// Its trunk is taken away.
    Deregistering,
    Inactive,
}

impl Status {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Registering => "REGISTERING",
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
            Self::Deregistering => "DEREGISTERING",
            Self::Inactive => "INACTIVE",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct ContainerInstance {
    pub(crate) arn: String,
    pub(crate) cluster: String,
    pub(crate) ec2_instance_id: String,
    pub(super) instance_type: String,
    pub(crate) status: Status,
    pub(crate) agent_connected: bool,
    pub(super) attributes: Shared<BTreeMap<String, Option<String>>>,
    pub(super) registered: Needs,
    pub(super) registered_at: Time,
    /// Its container runtime does not answer.
    pub(super) is_impaired: bool,
    pub(super) health_since: Time,
    pub(super) version: u64,
    pub(super) tags: Vec<Value>,
}

impl ContainerInstance {
    pub(super) fn is_registered(&self) -> bool {
        matches!(self.status, Status::Registering | Status::Active | Status::Draining)
    }

    pub(super) fn n_custom_attributes(&self) -> usize {
        let is_custom = |name: &&String| !name.starts_with("ecs.") && !name.starts_with("com.amazonaws.");
        self.attributes.keys().filter(is_custom).count()
    }
}

/// The tasks on a host that ECS counts: those not told to stop.
pub(super) fn tasks_on<'m>(m: &'m Machine, arn: &str) -> impl Iterator<Item = &'m Task> {
    ever_on(m, arn).filter(|task| !task.is_stopping())
}

/// Tasks on a host, those included that are about to stop.
pub(super) fn ever_on<'m>(m: &'m Machine, arn: &str) -> impl Iterator<Item = &'m Task> {
    m.ecs.on_host.get(arn).into_iter().flatten().filter_map(|task| m.ecs.tasks.get(task).map(|task| &**task))
}

pub(super) fn facts<'m>(m: &'m Machine, instance: &'m ContainerInstance) -> Facts<'m> {
    Facts {
        attributes: &instance.attributes,
        ec2_instance_id: &instance.ec2_instance_id,
        agent_connected: instance.agent_connected,
        agent_version: AGENT_VERSION,
        registered_at: instance.registered_at,
        tasks: Box::new(move || {
            let tasks = tasks_on(m, &instance.arn);
            tasks.map(|task| (task.status == TaskStatus::Running, task.group.as_str())).collect()
        }),
    }
}

/// Shows the host's new state to readers and on the bus.
pub(super) fn publish(m: &mut Machine, arn: &str) {
    let Some(instance) = m.ecs.container_instances.get_mut(arn) else { return };
    instance.version += 1;
    let cluster = instance.cluster.clone();
    let Some(shown) = show(m, arn) else { return };
    if !m.is_heard(EventKind::ContainerInstanceStateChange, None) {
        return;
    }
    let mut detail = shown.json(iso);
    if let Some(members) = detail.as_object_mut() {
        for of_answers in ["runningTasksCount", "pendingTasksCount", "attachments"] {
            members.remove(of_answers);
        }
        members.insert("clusterArn".to_owned(), json!(m.arn("ecs", &format!("cluster/{cluster}"))));
        members.insert("updatedAt".to_owned(), iso(m.now));
    }
    m.emit(EventKind::ContainerInstanceStateChange, vec![arn.to_owned()], detail);
}

/// Shows it to readers only: tasks on it that begin to run change its counts, and make no event.
pub(super) fn show(m: &mut Machine, arn: &str) -> Option<Shown> {
    let shown = Shown::now(m, arn)?;
    let lag = m.settings.timing.read_lag;
    m.ecs.seen_container_instances.publish(arn, m.now, lag, shown.clone());
    Some(shown)
}

/// The machine's own agent of a booted instance registers, if there is a cluster for it.
pub(super) fn own_agent_registers(m: &mut Machine, instance_id: &str) {
    let mut known = m.ecs.container_instances.values();
    let is_known = known.any(|it| it.ec2_instance_id == instance_id && it.is_registered());
    if m.agents_are_own() && !is_known {
        register_node(m, instance_id, None, BTreeMap::new());
    }
}

/// Registers a running instance in `cluster`, else in the one its launch template says; again is
/// no change. Answers the container instance's ARN.
pub(crate) fn register_node(
    m: &mut Machine,
    instance_id: &str,
    cluster: Option<&str>,
    attributes: BTreeMap<String, String>,
) -> Option<String> {
    let instance = m.ec2.instances.get(instance_id).filter(|it| it.is_running())?.clone();
    let cluster = cluster.map_or_else(|| m.cluster_of(&instance), str::to_owned);
    m.ecs.clusters.get(&cluster).filter(|it| it.is_active)?;
    let mut known = m.ecs.container_instances.values();
    if let Some(known) = known.find(|it| it.ec2_instance_id == instance_id && it.is_registered()) {
        let arn = known.arn.clone();
        set_agent_connected(m, &arn, true);
        return Some(arn);
    }
    if is_full(m, &cluster) {
        return None;
    }
    let shape = catalogue::instance_type(&instance.instance_type)?;
    let of_ecs = [
        ("ecs.ami-id", instance.image_id.as_str()),
        ("ecs.availability-zone", &instance.availability_zone),
        ("ecs.cpu-architecture", &shape.arch),
        ("ecs.instance-type", &shape.name),
        ("ecs.os-family", "LINUX"),
        ("ecs.os-type", "linux"),
        ("ecs.subnet-id", &instance.subnet_id),
        ("ecs.vpc-id", &instance.vpc_id),
    ];
    let mut all: BTreeMap<String, Option<String>> =
        CAPABILITIES.iter().map(|name| ((*name).to_owned(), None)).collect();
    all.extend(attributes.into_iter().map(|(name, value)| (name, Some(value))));
    all.extend(of_ecs.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))));
    let registered = Needs {
        cpu: shape.vcpu * 1024,
        // The kernel shows about 3 % less than the nominal size.
        memory_mib: (shape.memory_mib * 97 / 100).saturating_sub(m.settings.reserved_memory_mib),
        n_gpus: shape.n_gpus(),
        n_interfaces: 0,
        ports: RESERVED_PORTS.iter().map(|port| format!("tcp/{port}")).collect(),
    };
    Some(insert(m, &cluster, instance_id, &instance.instance_type, all, registered))
}

/// Whether a cluster has as many instances as it may.
pub(super) fn is_full(m: &Machine, cluster: &str) -> bool {
    let registered = m.ecs.container_instances.values().filter(|it| it.cluster == cluster);
    registered.filter(|it| it.is_registered()).count() >= m.settings.max_container_instances
}

pub(super) fn insert(
    m: &mut Machine,
    cluster: &str,
    ec2_instance_id: &str,
    instance_type: &str,
    mut attributes: BTreeMap<String, Option<String>>,
    mut registered: Needs,
) -> String {
    let id = m.ids.hex("container instance", 32);
    let arn = m.arn("ecs", &format!("container-instance/{cluster}/{id}"));
    let trunk = trunk::of(m, instance_type);
    let shape = catalogue::instance_type(instance_type);
    registered.n_interfaces = trunk.unwrap_or_else(|| shape.map_or(0, InstanceType::n_interfaces));
    if trunk.is_some() {
        attributes.insert(trunk::ATTRIBUTE.to_owned(), Some(format!("eni-0{}", &id[..16])));
    }
    let instance = ContainerInstance {
        arn: arn.clone(),
        cluster: cluster.to_owned(),
        ec2_instance_id: ec2_instance_id.to_owned(),
        instance_type: instance_type.to_owned(),
        status: if trunk.is_some() { Status::Registering } else { Status::Active },
        agent_connected: true,
        attributes: attributes.into(),
        registered,
        registered_at: m.now,
        is_impaired: false,
        health_since: m.now,
        version: 0,
        tags: Vec::new(),
    };
    m.ecs.container_instances.insert(arn.clone(), instance.into());
    publish(m, &arn);
    if trunk.is_some() {
        m.set(m.settings.timing.trunk_settles, Timer::TrunkSettled(arn.clone()));
    } else {
        super::run_task::place_waiting(m, cluster);
    }
    arn
}

pub(crate) fn set_agent_connected(m: &mut Machine, arn: &str, connected: bool) {
    let Some(instance) = m.ecs.container_instances.get_mut(arn) else { return };
    if instance.agent_connected == connected || !instance.is_registered() {
        return;
    }
    instance.agent_connected = connected;
    let cluster = instance.cluster.clone();
    publish(m, arn);
    if connected {
        super::run_task::place_waiting(m, &cluster);
    }
}

/// Its machine is gone. A host whose agent had dropped before is not noticed: it stays, as on AWS. One that is only
/// stopped stays too, without what ran on it.
pub(crate) fn host_lost(m: &mut Machine, instance_id: &str) {
    let is_stopped = m.ec2.instances.get(instance_id).is_some_and(Instance::is_stopped);
    let hosts = m.ecs.container_instances.values();
    let lost =
        hosts.filter(|it| it.ec2_instance_id == instance_id && it.is_registered() && it.agent_connected);
    let lost: Vec<String> = lost.map(|it| it.arn.clone()).collect();
    for arn in lost {
        if is_stopped {
            set_agent_connected(m, &arn, false);
            lose_all(m, &arn, "TerminationNotice", &format!("Host EC2 (instance {instance_id}) stopped."));
            continue;
        }
        deregister(m, &arn, "TerminationNotice", &format!("Host EC2 (instance {instance_id}) terminated."));
    }
}

/// The host leaves its cluster, and what ran on it is recorded as stopped.
pub(super) fn deregister(m: &mut Machine, arn: &str, stop_code: &'static str, reason: &str) {
    let Some(instance) = m.ecs.container_instances.get_mut(arn) else { return };
    let has_trunk = instance.attributes.contains_key(trunk::ATTRIBUTE);
    instance.status = if has_trunk { Status::Deregistering } else { Status::Inactive };
    instance.agent_connected = false;
    lose_all(m, arn, stop_code, reason);
    publish(m, arn);
    let timing = &m.settings.timing;
    if has_trunk {
        m.set(timing.trunk_settles, Timer::TrunkSettled(arn.to_owned()));
    } else {
        m.set(timing.dead_are_shown, Timer::ContainerInstanceForgotten(arn.to_owned()));
    }
}

fn lose_all(m: &mut Machine, arn: &str, stop_code: &'static str, reason: &str) {
    let tasks = ever_on(m, arn).filter(|task| !task.is_stopped());
    let tasks: Vec<String> = tasks.map(|task| task.arn.clone()).collect();
    tasks.iter().for_each(|task| life::lose(m, task, stop_code, reason));
}

pub(crate) fn container_instance_forgotten(m: &mut Machine, arn: &str) {
    if m.ecs.container_instances.get(arn).is_some_and(|it| it.status == Status::Inactive) {
        m.ecs.container_instances.remove(arn);
        m.ecs.seen_container_instances.forget(arn);
    }
}
