//! Tasks and how they are shown.

use super::query_language::Expression;
use super::task_definition::Needs;
use super::{container_instance, fargate};
use crate::compute::machine::Machine;
use crate::compute::output::EventKind;
use crate::compute::params::put;
use crate::compute::time::{Stamp, Time, epoch, iso};
use model::shared::Shared;
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TaskStatus {
    Provisioning,
    Pending,
    Activating,
    Running,
    Deactivating,
    Stopping,
    Deprovisioning,
    Stopped,
    Deleted,
}

impl TaskStatus {
    fn text(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Activating => "ACTIVATING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopping => "STOPPING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Stopped => "STOPPED",
            Self::Deleted => "DELETED",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(super) arn: String,
    pub(crate) cluster: String,
    pub(super) cluster_arn: String,
    pub(super) definition_arn: String,
    pub(super) definition: (String, u32),
    pub(super) group: String,
    pub(super) started_by: Option<String>,
    pub(super) launch_type: Option<&'static str>,
    pub(super) provider: Option<String>,
    /// The ARN of the container instance it was placed on.
    pub(crate) host: Option<String>,
    pub(super) availability_zone: Option<String>,
    pub(crate) status: TaskStatus,
    pub(super) containers: Vec<Container>,
    pub(super) overrides: Value,
    pub(super) needs: Needs,
    pub(super) constraints: Vec<Constraint>,
    /// Where its network interface is to be, if it has one of its own (`awsvpc`).
    pub(super) subnets: Vec<String>,
    pub(super) arch: Option<&'static str>,
    pub(super) stop_timeout: Time,
    /// Its agent has begun with it; before that it waits there for room.
    pub(super) is_begun: bool,
    pub(super) enable_execute_command: bool,
    pub(super) tags: Vec<Value>,
    pub(super) version: u64,
    pub(super) created_at: Time,
    pub(super) pull_started_at: Option<Time>,
    pub(super) pull_stopped_at: Option<Time>,
    pub(super) started_at: Option<Time>,
    pub(super) stopping_at: Option<Time>,
    pub(super) execution_stopped_at: Option<Time>,
    pub(super) stopped_at: Option<Time>,
    pub(crate) stop_code: Option<&'static str>,
    pub(super) stopped_reason: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Constraint {
    DistinctInstance,
    MemberOf(Expression),
}

#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) image: String,
    pub(super) is_essential: bool,
    pub(super) cpu: u64,
    pub(super) memory: Option<u64>,
    pub(super) memory_reservation: Option<u64>,
    pub(super) status: TaskStatus,
    pub(super) runtime_id: Option<String>,
    pub(super) exit_code: Option<i64>,
    pub(super) reason: Option<String>,
}

impl Task {
    /// Told to stop, or stopped: its resources are free in ECS's eyes.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping_at.is_some()
    }

    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self.status, TaskStatus::Stopped | TaskStatus::Deleted)
    }

    /// Its containers are gone; its network interface may be there yet.
    pub(super) fn is_over(&self) -> bool {
        self.is_stopped() || self.status == TaskStatus::Deprovisioning
    }

    pub(super) fn is_pending(&self) -> bool {
        matches!(self.status, TaskStatus::Provisioning | TaskStatus::Pending | TaskStatus::Activating)
    }

    /// It found no room so far.
    pub(super) fn waits_for_room(&self) -> bool {
        self.status == TaskStatus::Provisioning
            && self.host.is_none()
            && self.launch_type != Some(fargate::LAUNCH_TYPE)
            && !self.is_stopping()
    }

    /// It has a network interface of its own, which comes before its containers and goes after them.
    pub(super) fn has_interface(&self) -> bool {
        self.needs.n_interfaces > 0
    }

    pub(super) fn desired(&self) -> &'static str {
        if self.is_stopping() { "STOPPED" } else { "RUNNING" }
    }

    pub(super) fn id(&self) -> &str {
        super::last_part(&self.arn)
    }

    pub(super) fn json(&self, stamp: Stamp) -> Value {
        let mut task = json!({
            "taskArn": self.arn,
            "clusterArn": self.cluster_arn,
            "taskDefinitionArn": self.definition_arn,
            "group": self.group,
            "lastStatus": self.status.text(),
            "desiredStatus": self.desired(),
            "containers": self.containers.iter().map(|it| it.json(&self.arn)).collect::<Vec<_>>(),
            "overrides": self.overrides,
            "cpu": self.needs.cpu.to_string(),
            "memory": self.needs.memory_mib.to_string(),
            "attachments": [],
            "attributes": self.arch.map(|arch| json!([{ "name": "ecs.cpu-architecture", "value": arch }])),
            "enableExecuteCommand": self.enable_execute_command,
            "version": self.version,
            "createdAt": stamp(self.created_at),
        });
        let Some(members) = task.as_object_mut() else { return task };
        put(members, "containerInstanceArn", self.host.as_deref());
        put(members, "availabilityZone", self.availability_zone.as_deref());
        put(members, "launchType", self.launch_type);
        if self.launch_type == Some(fargate::LAUNCH_TYPE) {
            put(members, "platformVersion", Some("1.4.0"));
            put(members, "platformFamily", Some("Linux"));
        }
        put(members, "capacityProviderName", self.provider.as_deref());
        put(members, "startedBy", self.started_by.as_deref());
        put(members, "stopCode", self.stop_code);
        put(members, "stoppedReason", self.stopped_reason.as_deref());
        put(members, "pullStartedAt", self.pull_started_at.map(stamp));
        put(members, "pullStoppedAt", self.pull_stopped_at.map(stamp));
        put(members, "startedAt", self.started_at.map(stamp));
        put(members, "stoppingAt", self.stopping_at.map(stamp));
        put(members, "executionStoppedAt", self.execution_stopped_at.map(stamp));
        put(members, "stoppedAt", self.stopped_at.map(stamp));
        if self.is_begun {
            put(members, "connectivity", Some("CONNECTED"));
            put(members, "connectivityAt", self.pull_started_at.map(stamp));
        }
        task
    }

    /// As ECS answers it; events have no health.
    pub(super) fn described(&self) -> Value {
        let mut task = self.json(epoch);
        task["healthStatus"] = json!("UNKNOWN");
        for container in task["containers"].as_array_mut().into_iter().flatten() {
            container["healthStatus"] = json!("UNKNOWN");
        }
        task
    }
}

impl Container {
    fn json(&self, task_arn: &str) -> Value {
        let mut container = json!({
            "containerArn": self.arn,
            "taskArn": task_arn,
            "name": self.name,
            "image": self.image,
            "lastStatus": self.status.text(),
            "cpu": self.cpu.to_string(),
            "networkInterfaces": [],
        });
        let Some(members) = container.as_object_mut() else { return container };
        put(members, "memory", self.memory.map(|mib| mib.to_string()));
        put(members, "memoryReservation", self.memory_reservation.map(|mib| mib.to_string()));
        put(members, "runtimeId", self.runtime_id.as_deref());
        put(members, "exitCode", self.exit_code);
        put(members, "reason", self.reason.as_deref());
        if self.runtime_id.is_some() {
            put(members, "networkBindings", Some(json!([])));
        }
        container
    }
}

/// Shows the task's new state to readers and on the bus.
pub(super) fn publish(m: &mut Machine, arn: &str) {
    let Some(task) = show(m, arn) else { return };
    if m.is_heard(EventKind::TaskStateChange, Some(task.status.text())) {
        let mut detail = task.json(iso);
        detail["updatedAt"] = iso(m.now);
        m.emit(EventKind::TaskStateChange, vec![arn.to_owned()], detail);
    }
    if let Some(host) = &task.host {
        container_instance::show(m, host);
    }
}

/// Shows it to readers only.
pub(super) fn show(m: &mut Machine, arn: &str) -> Option<Shared<Task>> {
    let task = m.ecs.tasks.get_mut(arn)?;
    task.version += 1;
    let task = task.clone();
    m.ecs.seen_tasks.publish(arn, m.now, m.settings.timing.read_lag, task.clone());
    Some(task)
}
