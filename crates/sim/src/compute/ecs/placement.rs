//! Which host a task goes to, and why the others would not do.

use super::container_instance::{ContainerInstance, Status, facts, tasks_on};
use super::interface;
use super::shown::taken;
use super::task::{Constraint, Task};
use crate::compute::machine::Machine;
use serde_json::Value;
use std::collections::BTreeMap;

/// Container instances and the reason that each was passed over.
pub(super) type PassedOver = Vec<(String, &'static str)>;

/// The host for the task, by its constraints, its needs and the strategy; else why none would do.
pub(super) fn choose(m: &Machine, task: &Task, strategy: &[Value]) -> Result<String, PassedOver> {
    // Most requests name their host: unless it will not do, nobody asks about the others.
    let named = candidates(m, task).filter(|it| names(task, it) && objection(m, it, task).is_none());
    if let Some(instance) = named.min_by_key(|instance| rank(m, instance, strategy)) {
        return Ok(instance.arn.clone());
    }
    let (mut fitting, mut passed_over) = (Vec::new(), Vec::new());
    for instance in candidates(m, task) {
        match objection(m, instance, task) {
            None => fitting.push(instance),
            Some(reason) => passed_over.push((instance.arn.clone(), reason)),
        }
    }
    let best = fitting.into_iter().min_by_key(|instance| rank(m, instance, strategy));
    best.map(|instance| instance.arn.clone()).ok_or(passed_over)
}

/// The ACTIVE hosts among those offered to it.
pub(super) fn candidates<'m>(m: &'m Machine, task: &'m Task) -> impl Iterator<Item = &'m ContainerInstance> {
    offered(m, task).filter(|instance| instance.status == Status::Active)
}

/// The hosts of the task's cluster and, if it has one, of its capacity provider.
pub(super) fn offered<'m>(m: &'m Machine, task: &'m Task) -> impl Iterator<Item = &'m ContainerInstance> {
    let group = task.provider.as_ref().and_then(|name| m.ecs.providers.get(name)).map(|it| it.group());
    let hosts = m.ecs.container_instances.values().filter(|it| it.cluster == task.cluster);
    let of = |id: &str| m.ec2.instances.get(id).and_then(|instance| instance.group.as_deref());
    let is_offered = move |it: &&ContainerInstance| group.is_none() || of(&it.ec2_instance_id) == group;
    hosts.map(|it| &**it).filter(is_offered)
}

/// Whether the task is to go to this very host and no other.
fn names(task: &Task, instance: &ContainerInstance) -> bool {
    task.constraints.iter().any(|constraint| match constraint {
        Constraint::MemberOf(expression) => expression.names() == Some(&instance.ec2_instance_id),
        Constraint::DistinctInstance => false,
    })
}

/// Why the task cannot go there, in the words of the failures.
pub(super) fn objection(m: &Machine, instance: &ContainerInstance, task: &Task) -> Option<&'static str> {
    if !instance.agent_connected {
        return Some("AGENT");
    }
    let arch = instance.attributes.get("ecs.cpu-architecture").and_then(Option::as_deref);
    if task.arch.is_some() && task.arch != arch {
        return Some("ATTRIBUTE");
    }
    for constraint in &task.constraints {
        match constraint {
            Constraint::MemberOf(expression) if !expression.holds(&facts(m, instance)) => {
                return Some("MemberOf placement constraint unsatisfied.");
            }
            Constraint::DistinctInstance if tasks_on(m, &instance.arn).any(|it| it.group == task.group) => {
                return Some("DistinctInstance placement constraint unsatisfied.");
            }
            Constraint::MemberOf(_) | Constraint::DistinctInstance => {}
        }
    }
    if task.has_interface() {
        if !instance.attributes.contains_key(interface::CAPABILITY) {
            return Some("ATTRIBUTE");
        }
        if is_elsewhere(m, instance, task) {
            return Some("LOCATION");
        }
    }
    let (needs, has, taken) = (&task.needs, &instance.registered, taken(m, &instance.arn));
    if needs.cpu > has.cpu.saturating_sub(taken.cpu) {
        Some("RESOURCE:CPU")
    } else if needs.memory_mib > has.memory_mib.saturating_sub(taken.memory_mib) {
        Some("RESOURCE:MEMORY")
    } else if needs.ports.iter().any(|port| has.ports.contains(port) || taken.ports.contains(port)) {
        Some("RESOURCE:PORTS")
    } else if needs.n_interfaces > has.n_interfaces.saturating_sub(taken.n_interfaces) {
        Some("RESOURCE:ENI")
    } else if needs.n_gpus > has.n_gpus.saturating_sub(taken.n_gpus) {
        Some("RESOURCE:GPU")
    } else {
        None
    }
}

/// None of the task's subnets is in the host's zone. Those that nobody told of may be anywhere.
fn is_elsewhere(m: &Machine, instance: &ContainerInstance, task: &Task) -> bool {
    let zone = instance.attributes.get("ecs.availability-zone").and_then(Option::as_deref);
    let is_there = |subnet: &String| {
        m.subnets.get(subnet).is_none_or(|subnet| zone.is_none_or(|zone| subnet.availability_zone == zone))
    };
    !task.subnets.iter().any(is_there)
}

/// Lower is better, strategies in their order; without one, fewer tasks first.
fn rank(m: &Machine, instance: &ContainerInstance, strategy: &[Value]) -> Vec<u64> {
    let n_tasks = |of: &ContainerInstance| tasks_on(m, &of.arn).count() as u64;
    let mut rank: Vec<u64> = Vec::new();
    for item in strategy {
        let field = item["field"].as_str().unwrap_or_default();
        match item["type"].as_str().unwrap_or_default() {
            "binpack" if field.eq_ignore_ascii_case("cpu") => {
                rank.push(instance.registered.cpu.saturating_sub(taken(m, &instance.arn).cpu));
            }
            "binpack" => {
                let taken = taken(m, &instance.arn).memory_mib;
                rank.push(instance.registered.memory_mib.saturating_sub(taken));
            }
            "spread" if field.starts_with("attribute:") => {
                let name = field.trim_start_matches("attribute:");
                let mut n_by_value: BTreeMap<Option<&Option<String>>, u64> = BTreeMap::new();
                for other in m.ecs.container_instances.values().filter(|it| it.cluster == instance.cluster) {
                    *n_by_value.entry(other.attributes.get(name)).or_default() += n_tasks(other);
                }
                rank.push(n_by_value.get(&instance.attributes.get(name)).copied().unwrap_or(0));
            }
            "spread" => rank.push(n_tasks(instance)),
            _ => {}
        }
    }
    if strategy.is_empty() {
        rank.push(n_tasks(instance));
    }
    rank
}
