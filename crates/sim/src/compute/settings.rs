//! What one world differs from another in: its place, its speed, its strictness.

use super::output::EventKind;
use crate::numbers::{ec2, ecs};
use std::time::Duration;

/// Where the model stands and how it behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    pub region: String,
    pub account: String,
    /// The zones of the Region, as `eu-central-1a`.
    pub zones: Vec<String>,
    /// Decides every id.
    pub seed: u64,
    pub timing: Timing,
    pub agents: Agents,
    /// Who plays the machines of Fargate.
    pub fargate: Agents,
    /// EventBridge's rules: no events are made but those that one of them wants; without rules, all are.
    pub bus: Option<Vec<BusRule>>,
    /// Off, every request is answered; on, the documented buckets hold.
    pub throttling: bool,
    /// What the agent keeps of a machine's memory for itself (`ECS_RESERVED_MEMORY`).
    pub reserved_memory_mib: u64,
    /// The account's quota of Spot instances, in instances.
    pub max_spot_instances: usize,
    /// Instances that may be registered with one cluster.
    pub max_container_instances: usize,
    /// The account's quota of vCPUs on Fargate and, apart from it, on Fargate Spot.
    pub max_fargate_vcpus: u64,
}

impl Default for Settings {
    fn default() -> Self {
        let region = "eu-central-1".to_owned();
        Self {
            zones: ["a", "b", "c"].map(|zone| format!("{region}{zone}")).to_vec(),
            region,
            account: "123456789012".to_owned(),
            seed: 1,
            timing: Timing::default(),
            agents: Agents::Own,
            fargate: Agents::Own,
            bus: None,
            throttling: false,
            reserved_memory_mib: 0,
            max_spot_instances: usize::MAX,
            max_container_instances: ecs::CONTAINER_INSTANCES,
            max_fargate_vcpus: u64::MAX,
        }
    }
}

/// One kind of events that somebody wants, of tasks perhaps only those with this `lastStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusRule {
    pub kind: EventKind,
    pub task_status: Option<&'static str>,
}

/// Who plays the ECS agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agents {
    /// The machine: nodes register and tasks start and stop by themselves.
    Own,
    /// Somebody outside, told by outputs and answering through the machine's inputs.
    Outside,
}

/// How long things take: `numbers` says who promises it, or has seen it.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Reads show what was true this long ago.
    pub read_lag: Duration,
    /// From a changed desired capacity to the launch.
    pub group_reacts: Duration,
    /// From an instance that died to its replacement.
    pub health_check: Duration,
    /// A launch that failed is tried again.
    pub launch_retry: Duration,
    /// After so long of nothing but failed launches, AWS suspends the group's launches itself.
    pub launches_given_up: Duration,
    /// From pending to running.
    pub instance_runs: Duration,
    /// From running to a registered agent.
    pub agent_registers: Duration,
    /// From shutting-down to ECS's notice of it.
    pub host_loss_noticed: Duration,
    /// From shutting-down to terminated.
    pub instance_terminates: Duration,
    /// Pull of an image that the host has cached.
    pub task_pulls: Duration,
    /// From the pulled image to RUNNING.
    pub task_starts: Duration,
    /// From PROVISIONING to PENDING on Fargate.
    pub fargate_provisions: Duration,
    /// Fargate caches nothing.
    pub fargate_pulls: Duration,
    /// From the placement of a task with a network interface of its own to PENDING, on a host of ours.
    pub interface_attaches: Duration,
    /// From the last container's exit to STOPPED, where there is such an interface.
    pub interface_detaches: Duration,
    /// From REGISTERING to ACTIVE, and from DEREGISTERING to INACTIVE, where hosts have a trunk.
    pub trunk_settles: Duration,
    /// Capacity providers of one's own are put on a cluster, or taken off it.
    pub cluster_updates: Duration,
    /// From SIGTERM to the last container's exit; never longer than the longest `stopTimeout`.
    pub task_stops: Duration,
    /// A task that finds no room in PROVISIONING is given up.
    pub provisioning_given_up: Duration,
    /// Between the warning and the reclaim of a Spot instance.
    pub spot_warning: Duration,
    /// A deregistered revision may still be run.
    pub revision_lingers: Duration,
    /// STOPPED tasks, terminated instances and INACTIVE hosts are shown.
    pub dead_are_shown: Duration,
    /// A task that is no more STOPPED but DELETED.
    pub deleted_are_shown: Duration,
    /// The longest life of a `RunTask` token.
    pub token_lives: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            read_lag: ecs::READ_LAG,
            group_reacts: ec2::GROUP_REACTS,
            health_check: ec2::HEALTH_CHECK,
            launch_retry: ec2::LAUNCH_RETRY,
            launches_given_up: ec2::LAUNCHES_GIVEN_UP,
            instance_runs: ec2::RUNS_AFTER,
            agent_registers: ec2::AGENT_REGISTERS,
            host_loss_noticed: ecs::HOST_LOSS_NOTICED,
            instance_terminates: ec2::TERMINATES,
            task_pulls: ecs::PULLS,
            task_starts: ecs::STARTS,
            task_stops: ecs::STOPS,
            interface_attaches: ecs::INTERFACE_ATTACHES,
            interface_detaches: ecs::INTERFACE_DETACHES,
            trunk_settles: ecs::TRUNK_SETTLES,
            cluster_updates: ecs::CLUSTER_UPDATES,
            fargate_provisions: ecs::FARGATE_PROVISIONS,
            fargate_pulls: ecs::FARGATE_PULLS,
            provisioning_given_up: ecs::PROVISIONING_GIVEN_UP,
            spot_warning: ec2::SPOT_WARNING,
            revision_lingers: ecs::REVISION_LINGERS,
            dead_are_shown: ecs::DEAD_ARE_SHOWN,
            deleted_are_shown: ecs::DELETED_ARE_SHOWN,
            token_lives: ecs::TOKEN_LIVES,
        }
    }
}

impl Timing {
    /// Everything that is work takes no time; what AWS promises in minutes and hours stays.
    pub fn instant() -> Self {
        let zero = Duration::ZERO;
        Self {
            read_lag: zero,
            group_reacts: zero,
            health_check: zero,
            instance_runs: zero,
            agent_registers: zero,
            host_loss_noticed: zero,
            instance_terminates: zero,
            task_pulls: zero,
            task_starts: zero,
            task_stops: zero,
            interface_attaches: zero,
            interface_detaches: zero,
            cluster_updates: zero,
            trunk_settles: zero,
            fargate_provisions: zero,
            fargate_pulls: zero,
            ..Self::default()
        }
    }
}
