//! Task definitions: what a task is made of and what it takes.

use crate::compute::time::{Stamp, Time};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub(crate) struct TaskDefinition {
    pub(super) family: String,
    pub(super) revision: u32,
    pub(super) arn: String,
    /// Everything as registered, units made plain.
    pub(super) given: Map<String, Value>,
    pub(super) registered_at: Time,
    pub(super) deregistered_at: Option<Time>,
    pub(super) is_being_deleted: bool,
    pub(super) tags: Vec<Value>,
}

/// What a task takes from its host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) cpu: u64,
    pub(crate) memory_mib: u64,
    pub(crate) n_gpus: u64,
    /// Network interfaces beside the host's own.
    pub(crate) n_interfaces: u64,
    /// Host ports, `udp/53` or `tcp/8080`.
    pub(crate) ports: BTreeSet<String>,
}

impl TaskDefinition {
    pub(super) fn status(&self) -> &'static str {
        match self.deregistered_at {
            _ if self.is_being_deleted => "DELETE_IN_PROGRESS",
            Some(_) => "INACTIVE",
            None => "ACTIVE",
        }
    }

    pub(super) fn is_active(&self) -> bool {
        self.deregistered_at.is_none()
    }

    pub(super) fn text(&self, member: &str) -> Option<&str> {
        self.given.get(member)?.as_str()
    }

    pub(super) fn list(&self, member: &str) -> &[Value] {
        self.given.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(super) fn containers(&self) -> &[Value] {
        self.list("containerDefinitions")
    }

    /// Architecture as the attribute `ecs.cpu-architecture` spells it, if the definition cares.
    pub(super) fn arch(&self) -> Option<&'static str> {
        match self.given.get("runtimePlatform")?.get("cpuArchitecture")?.as_str()? {
            "ARM64" => Some("arm64"),
            "X86_64" => Some("x86_64"),
            _ => None,
        }
    }

    /// Containers with the overrides applied: environment merged by name, the rest replaced.
    pub(super) fn resolved(&self, overrides: &Value) -> Vec<Value> {
        let overriding = overrides["containerOverrides"].as_array().map_or(&[][..], Vec::as_slice);
        let resolve = |container: &Value| {
            let members = overriding.iter().filter(|it| it["name"] == container["name"]);
            let mut container = container.clone();
            for (member, value) in members.filter_map(Value::as_object).flatten() {
                match member.as_str() {
                    "name" => {}
                    "environment" => merge_environment(&mut container, value),
                    _ => container[member.as_str()] = value.clone(),
                }
            }
            container
        };
        self.containers().iter().map(resolve).collect()
    }

    /// The task's own CPU, else its containers' together; memory likewise, soft limits before hard.
    pub(super) fn needs(&self, overrides: &Value) -> Needs {
        let containers = self.resolved(overrides);
        let of_task = |member: &str| {
            let text = overrides[member].as_str().or_else(|| self.text(member))?;
            text.parse::<u64>().ok()
        };
        let number = |value: &Value| value.as_u64();
        let cpu = || containers.iter().filter_map(|it| number(&it["cpu"])).sum();
        let memory = |it: &Value| number(&it["memoryReservation"]).or_else(|| number(&it["memory"]));
        Needs {
            cpu: of_task("cpu").unwrap_or_else(cpu),
            memory_mib: of_task("memory").unwrap_or_else(|| containers.iter().filter_map(memory).sum()),
            n_gpus: containers.iter().map(n_gpus).sum(),
            n_interfaces: u64::from(self.is_awsvpc()),
            ports: containers.iter().flat_map(host_ports).collect(),
        }
    }

    pub(super) fn json(&self, stamp: Stamp) -> Value {
        let mut answer = json!({
            "taskDefinitionArn": self.arn,
            "revision": self.revision,
            "status": self.status(),
            "volumes": [],
            "placementConstraints": [],
            "requiresAttributes": self.required_attributes(),
            "compatibilities": self.compatibilities(),
            "registeredAt": stamp(self.registered_at),
        });
        for (member, value) in &self.given {
            answer[member] = value.clone();
        }
        if let Some(at) = self.deregistered_at {
            answer["deregisteredAt"] = stamp(at);
        }
        answer
    }

    fn required_attributes(&self) -> Vec<Value> {
        let mut names = BTreeSet::from(["com.amazonaws.ecs.capability.docker-remote-api.1.18".to_owned()]);
        for container in self.containers() {
            if container["privileged"] == true {
                names.insert("com.amazonaws.ecs.capability.privileged-container".to_owned());
            }
            if let Some(driver) = container["logConfiguration"]["logDriver"].as_str() {
                names.insert(format!("com.amazonaws.ecs.capability.logging-driver.{driver}"));
            }
        }
        if self.given.contains_key("taskRoleArn") {
            names.insert("com.amazonaws.ecs.capability.task-iam-role".to_owned());
        }
        if self.given.contains_key("executionRoleArn") {
            names.insert("ecs.capability.execution-role-awslogs".to_owned());
        }
        names.iter().map(|name| json!({ "name": name })).collect()
    }

    pub(super) fn is_for_fargate(&self) -> bool {
        self.compatibilities().contains(&"FARGATE")
    }

    pub(super) fn is_awsvpc(&self) -> bool {
        self.text("networkMode") == Some("awsvpc")
    }

    fn compatibilities(&self) -> Vec<&'static str> {
        let is_awsvpc = self.is_awsvpc();
        if is_awsvpc && self.given.contains_key("cpu") && self.given.contains_key("memory") {
            vec!["EC2", "FARGATE"]
        } else if is_awsvpc {
            vec!["EC2"]
        } else {
            vec!["EXTERNAL", "EC2"]
        }
    }
}

/// `1 vCPU` is 1024 units, `2 GB` are 2048 MiB; plain numbers stay.
pub(super) fn plain_units(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let (number, factor) = match () {
        () if lower.ends_with("vcpu") => (lower.trim_end_matches("vcpu"), 1024.0),
        () if lower.ends_with("gb") => (lower.trim_end_matches("gb"), 1024.0),
        () => (lower.as_str(), 1.0),
    };
    let units = number.trim().parse::<f64>().ok()? * factor;
    (units >= 0.0 && units.fract() == 0.0).then(|| format!("{units:.0}"))
}

fn merge_environment(container: &mut Value, overriding: &Value) {
    let mut variables = container["environment"].as_array().cloned().unwrap_or_default();
    for variable in overriding.as_array().into_iter().flatten() {
        variables.retain(|old| old["name"] != variable["name"]);
        variables.push(variable.clone());
    }
    container["environment"] = Value::Array(variables);
}

fn n_gpus(container: &Value) -> u64 {
    let requirements = container["resourceRequirements"].as_array().into_iter().flatten();
    let gpus = requirements.filter(|it| it["type"] == "GPU");
    gpus.filter_map(|it| it["value"].as_str()?.parse::<u64>().ok()).sum()
}

fn host_ports(container: &Value) -> Vec<String> {
    let mappings = container["portMappings"].as_array().into_iter().flatten();
    let port = |mapping: &Value| {
        let port = mapping["hostPort"].as_u64().filter(|port| *port != 0)?;
        Some(format!("{}/{port}", mapping["protocol"].as_str().unwrap_or("tcp")))
    };
    mappings.filter_map(port).collect()
}
