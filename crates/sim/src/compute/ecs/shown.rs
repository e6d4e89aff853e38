//! A container instance as it is shown to readers.

use super::container_instance::{AGENT_VERSION, ContainerInstance, tasks_on};
use super::task::TaskStatus;
use super::task_definition::Needs;
use crate::compute::machine::Machine;
use crate::compute::time::Stamp;
use model::shared::Shared;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A host as it was once. It is spelled out when somebody reads it, for most of what is shown nobody does.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(super) instance: Shared<ContainerInstance>,
    taken: Needs,
    n_running: usize,
    n_pending: usize,
}

impl Shown {
    /// The host as it is.
    pub(super) fn now(m: &Machine, arn: &str) -> Option<Self> {
        let instance = m.ecs.container_instances.get(arn)?.clone();
        let n_running = tasks_on(m, arn).filter(|task| task.status == TaskStatus::Running).count();
        let n_pending = tasks_on(m, arn).filter(|task| task.is_pending()).count();
        Some(Self { instance, taken: taken(m, arn), n_running, n_pending })
    }

    pub(super) fn status(&self) -> &'static str {
        self.instance.status.text()
    }

    pub(super) fn json(&self, stamp: Stamp) -> Value {
        let instance = &self.instance;
        let attributes = instance.attributes.iter().map(|(name, value)| match value {
            Some(value) => json!({ "name": name, "value": value }),
            None => json!({ "name": name }),
        });
        json!({
            "containerInstanceArn": instance.arn,
            "ec2InstanceId": instance.ec2_instance_id,
            "status": self.status(),
            "agentConnected": instance.agent_connected,
            "version": instance.version,
            "versionInfo": {
                "agentVersion": AGENT_VERSION, "agentHash": "8dfceca6", "dockerVersion": "DockerVersion: 25.0.16",
            },
            "registeredResources": resources(&instance.registered),
            "remainingResources": resources(&self.left()),
            "runningTasksCount": self.n_running,
            "pendingTasksCount": self.n_pending,
            "attributes": attributes.collect::<Vec<_>>(),
            "attachments": [],
            "registeredAt": stamp(instance.registered_at),
        })
    }

    fn left(&self) -> Needs {
        let registered = &self.instance.registered;
        Needs {
            cpu: registered.cpu.saturating_sub(self.taken.cpu),
            memory_mib: registered.memory_mib.saturating_sub(self.taken.memory_mib),
            n_gpus: registered.n_gpus.saturating_sub(self.taken.n_gpus),
            n_interfaces: registered.n_interfaces.saturating_sub(self.taken.n_interfaces),
            ports: registered.ports.union(&self.taken.ports).cloned().collect(),
        }
    }
}

/// What the tasks on a host have, in ECS's eyes.
pub(super) fn taken(m: &Machine, arn: &str) -> Needs {
    let mut taken = Needs::default();
    for task in tasks_on(m, arn) {
        taken.cpu += task.needs.cpu;
        taken.memory_mib += task.needs.memory_mib;
        taken.n_gpus += task.needs.n_gpus;
        taken.n_interfaces += task.needs.n_interfaces;
        taken.ports.extend(task.needs.ports.iter().cloned());
    }
    taken
}

fn resources(of: &Needs) -> Value {
    let number = |name: &str, value: u64| json!({ "name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value });
    let ports = |name: &str, protocol: &str| {
        let ports: BTreeSet<&str> = of.ports.iter().filter_map(|port| port.strip_prefix(protocol)).collect();
        json!({
            "name": name, "type": "STRINGSET", "doubleValue": 0.0, "longValue": 0, "integerValue": 0,
            "stringSetValue": ports,
        })
    };
    let mut all = vec![
        number("CPU", of.cpu),
        number("MEMORY", of.memory_mib),
        ports("PORTS", "tcp/"),
        ports("PORTS_UDP", "udp/"),
    ];
    if of.n_gpus > 0 {
        let gpus: Vec<String> = (0..of.n_gpus).map(|i| format!("GPU-{i}")).collect();
        all.push(json!({ "name": "GPU", "type": "STRINGSET", "stringSetValue": gpus }));
    }
    Value::Array(all)
}
