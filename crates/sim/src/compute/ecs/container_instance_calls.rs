//! The calls about container instances.

use super::container_instance::{self, Status, deregister as leave, facts, insert};
use super::query_language::Expression;
use super::shown::Shown;
use super::task_definition::Needs;
use super::{cluster, failure, health, last_part, members};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, invalid};
use crate::compute::time::epoch;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn register(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    let document = params.need("instanceIdentityDocument")?;
    let document: Value = serde_json::from_str(document)
        .map_err(|_| invalid("The instance identity document is not valid."))?;
    let text = |member: &str| document[member].as_str().unwrap_or_default().to_owned();
    let (id, kind) = (text("instanceId"), text("instanceType"));
    if let Some(arn) = params.text("containerInstanceArn") {
        return register_again(m, &cluster, arn, &kind);
    }
    if container_instance::is_full(m, &cluster) {
        let message = "The limit of container instances for the cluster has been reached.";
        return Err(Refusal::new("LimitExceededException", 400, message));
    }
    let attributes = params
        .each("attributes")
        .filter_map(|it| Some((it.text("name")?.to_owned(), it.text("value").map(str::to_owned))));
    let mut attributes: BTreeMap<String, Option<String>> = attributes.collect();
    let of_ecs = [
        ("ecs.ami-id", text("imageId")),
        ("ecs.availability-zone", text("availabilityZone")),
        ("ecs.cpu-architecture", text("architecture")),
        ("ecs.instance-type", kind.clone()),
        ("ecs.os-family", "LINUX".to_owned()),
        ("ecs.os-type", "linux".to_owned()),
    ];
    let instance = m.ec2.instances.get(&id);
    let place =
        instance.map(|it| [("ecs.subnet-id", it.subnet_id.clone()), ("ecs.vpc-id", it.vpc_id.clone())]);
    let of_ecs = of_ecs.into_iter().chain(place.into_iter().flatten());
    attributes.extend(of_ecs.map(|(name, value)| (name.to_owned(), Some(value))));
    let arn = insert(m, &cluster, &id, &kind, attributes, resources(params)?);
    if let Some(instance) = m.ecs.container_instances.get_mut(&arn) {
        instance.tags = params.list("tags").to_vec();
    }
    answer_one(m, &arn)
}

fn register_again(m: &mut Machine, cluster: &str, arn: &str, kind: &str) -> Answer {
    let arn = find(m, cluster, arn).ok_or_else(|| invalid("The container instance was not found."))?;
    let known = m.ecs.container_instances.get(&arn).map(|it| it.instance_type.clone());
    if known.as_deref() != Some(kind) {
        return Err(invalid("Container instance type changes are not supported."));
    }
    container_instance::set_agent_connected(m, &arn, true);
    answer_one(m, &arn)
}

pub(super) fn deregister(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    let asked = params.need("containerInstance")?;
    let arn = find(m, &cluster, asked).ok_or_else(|| {
        Refusal::new("InvalidParameterException", 400, "The referenced container instance was not found.")
    })?;
    let has_tasks = container_instance::tasks_on(m, &arn).next().is_some();
    if has_tasks && !params.flag("force")?.unwrap_or(false) {
        return Err(invalid("Found running tasks on the instance. Use force to deregister it all the same."));
    }
    // The API page says that tasks run on, orphaned; the page on events that they stop. ECS's record is
    // what callers see, so it says STOPPED.
    leave(m, &arn, "TerminationNotice", "The container instance was deregistered.");
    answer_one(m, &arn)
}

pub(super) fn describe(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    let asked = at_most(params.texts("containerInstances"), 100)?;
    let include = params.texts("include");
    let (include_tags, with_health) =
        (include.contains(&"TAGS"), include.contains(&"CONTAINER_INSTANCE_HEALTH"));
    let seen_at = m.now.saturating_sub(m.settings.timing.read_lag);
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for asked in asked {
        let arn = arn_of(m, &cluster, asked);
        let Some(seen) = m.ecs.seen_container_instances.at(&arn, seen_at) else {
            failures.push(failure(&arn, "MISSING"));
            continue;
        };
        let health = with_health.then(|| health::described(&seen.instance, m.now));
        let mut seen = seen.json(epoch);
        if let Some(health) = health {
            seen["healthStatus"] = health;
        }
        let tags = m.ecs.container_instances.get(&arn).map(|it| it.tags.clone()).unwrap_or_default();
        seen["tags"] = if include_tags { json!(tags) } else { json!([]) };
        found.push(seen);
    }
    Ok(members([("containerInstances", found.into()), ("failures", failures.into())]))
}

pub(super) fn list(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    let filter = params.text("filter").filter(|filter| !filter.is_empty()).map(Expression::parse).transpose();
    let filter = filter.map_err(|error| invalid(format!("Invalid filter expression: {error}.")))?;
    let status = params.text("status");
    if status.is_some_and(|it| {
        !["ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED"].contains(&it)
    }) {
        return Err(invalid("Container instance status should be one of [ACTIVE, DRAINING]"));
    }
    let seen_at = m.now.saturating_sub(m.settings.timing.read_lag);
    let seen = m.ecs.seen_container_instances.all_at(seen_at);
    let is_wanted = |arn: &str, seen: &Shown| {
        let instance = m.ecs.container_instances.get(arn).filter(|it| it.cluster == cluster);
        let is_listed = match status {
            Some(status) => seen.status() == status,
            None => seen.status() != Status::Inactive.text(),
        };
        is_listed
            && instance.is_some_and(|it| filter.as_ref().is_none_or(|filter| filter.holds(&facts(m, it))))
    };
    let arns = seen.filter(|(arn, seen)| is_wanted(arn, seen)).map(|(arn, _)| arn.to_owned()).collect();
    let (page, next) = params.page(arns, "maxResults", "nextToken", 100)?;
    Ok(json!({ "containerInstanceArns": page, "nextToken": next }))
}

pub(super) fn update_state(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    let asked = at_most(params.texts("containerInstances"), 10)?;
    let status = match params.need("status")? {
        "ACTIVE" => Status::Active,
        "DRAINING" => Status::Draining,
        _ => return Err(invalid("Container instance status should be one of [ACTIVE,DRAINING]")),
    };
    let (mut changed, mut failures) = (Vec::new(), Vec::new());
    for asked in asked {
        let Some(arn) = find(m, &cluster, asked) else {
            let arn = arn_of(m, &cluster, asked);
            let is_known = m.ecs.container_instances.contains_key(&arn);
            failures.push(failure(&arn, if is_known { "INACTIVE" } else { "MISSING" }));
            continue;
        };
        if let Some(instance) = m.ecs.container_instances.get_mut(&arn) {
            if instance.status == Status::Registering {
                return Err(invalid("The container instance is not ACTIVE."));
            }
            instance.status = status;
            container_instance::publish(m, &arn);
        }
        changed.extend(Shown::now(m, &arn).map(|it| it.json(epoch)));
    }
    if status == Status::Active {
        super::run_task::place_waiting(m, &cluster);
    }
    Ok(json!({ "containerInstances": changed, "failures": failures }))
}

/// The ARN of a registered container instance of the cluster, by ARN or id.
pub(super) fn find(m: &Machine, cluster: &str, arn_or_id: &str) -> Option<String> {
    let arn = arn_of(m, cluster, arn_or_id);
    m.ecs.container_instances.get(&arn).filter(|it| it.is_registered()).map(|it| it.arn.clone())
}

pub(super) fn arn_of(m: &Machine, cluster: &str, arn_or_id: &str) -> String {
    m.arn("ecs", &format!("container-instance/{cluster}/{}", last_part(arn_or_id)))
}

fn answer_one(m: &Machine, arn: &str) -> Answer {
    Ok(json!({ "containerInstance": Shown::now(m, arn).map(|it| it.json(epoch)) }))
}

fn at_most(items: Vec<&str>, limit: usize) -> Result<Vec<&str>, Refusal> {
    match items.len() {
        0 => Err(invalid("Container instances cannot be empty.")),
        n if n > limit => Err(invalid(format!("instanceIds can have at most {limit} items."))),
        _ => Ok(items),
    }
}

fn resources(params: &Params<'_>) -> Result<Needs, Refusal> {
    let mut needs = Needs::default();
    for resource in params.each("totalResources") {
        let number =
            || resource.number("integerValue").map(|n| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0));
        match resource.text("name").unwrap_or_default() {
            "CPU" => needs.cpu = number()?,
            "MEMORY" => needs.memory_mib = number()?,
            "PORTS" => {
                needs.ports.extend(resource.texts("stringSetValue").iter().map(|it| format!("tcp/{it}")))
            }
            "PORTS_UDP" => {
                needs.ports.extend(resource.texts("stringSetValue").iter().map(|it| format!("udp/{it}")));
            }
            "GPU" => needs.n_gpus = resource.texts("stringSetValue").len() as u64,
            _ => {}
        }
    }
    Ok(needs)
}
