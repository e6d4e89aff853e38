//! The calls about task definitions.

use super::task_definition::{TaskDefinition, plain_units};
use super::{failure, fargate, last_part, tag};
use crate::compute::changing::Changing;
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, client, invalid};
use crate::compute::time::epoch;
use serde_json::{Map, Value, json};

const GIVEN: [&str; 16] = [
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "runtimePlatform",
];

pub(super) fn register(m: &mut Machine, params: &Params<'_>) -> Answer {
    let family = params.text("family").ok_or_else(|| client("Family should not be null or empty."))?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if family.is_empty() || family.len() > 255 || !family.chars().all(is_allowed) {
        return Err(client("Family contains invalid characters."));
    }
    let mut given = params.only(&GIVEN);
    given.extend(params.only(&["enableFaultInjection"]));
    check(params, &mut given)?;
    let tags = params.list("tags");
    tag::check(tags)?;
    m.check_free(&Changing::Family(family.to_owned()))?;

    let last = m.ecs.families.entry(family.to_owned()).or_default();
    *last += 1;
    let revision = *last;
    let definition = TaskDefinition {
        family: family.to_owned(),
        revision,
        arn: m.arn("ecs", &format!("task-definition/{family}:{revision}")),
        given,
        registered_at: m.now,
        deregistered_at: None,
        is_being_deleted: false,
        tags: tags.to_vec(),
    };
    let answer = json!({ "taskDefinition": definition.json(epoch), "tags": tags });
    m.ecs.definitions.insert((family.to_owned(), revision), definition);
    Ok(answer)
}

pub(super) fn deregister(m: &mut Machine, params: &Params<'_>) -> Answer {
    let name = params.need("taskDefinition")?;
    let key = key(name).ok_or_else(|| client("Unable to describe task definition: revision is missing."))?;
    let now = m.now;
    let definition = m.ecs.definitions.get_mut(&key);
    let definition = definition.ok_or_else(|| client("Unable to describe task definition."))?;
    if !definition.is_active() {
        return Err(client("The specified task definition is inactive. You can't deregister it again."));
    }
    definition.deregistered_at = Some(now);
    Ok(json!({ "taskDefinition": definition.json(epoch) }))
}

pub(super) fn describe(m: &mut Machine, params: &Params<'_>) -> Answer {
    let definition = find(m, params.need("taskDefinition")?);
    let definition = definition.ok_or_else(|| client("Unable to describe task definition."))?;
    let mut answer = json!({ "taskDefinition": definition.json(epoch) });
    if params.texts("include").contains(&"TAGS") {
        answer["tags"] = json!(definition.tags);
    }
    Ok(answer)
}

pub(super) fn list(m: &mut Machine, params: &Params<'_>) -> Answer {
    let prefix = params.text("familyPrefix");
    let status = params.text("status").unwrap_or("ACTIVE");
    let all = m.ecs.definitions.values().filter(|it| prefix.is_none_or(|family| it.family == family));
    let mut arns: Vec<String> = all.filter(|it| it.status() == status).map(|it| it.arn.clone()).collect();
    if params.text("sort") == Some("DESC") {
        arns.reverse();
    }
    let (page, next) = params.page(arns, "maxResults", "nextToken", 100)?;
    Ok(json!({ "taskDefinitionArns": page, "nextToken": next }))
}

pub(super) fn list_families(m: &mut Machine, params: &Params<'_>) -> Answer {
    let prefix = params.text("familyPrefix").unwrap_or_default();
    let status = params.text("status").unwrap_or("ACTIVE");
    let is_wanted = |family: &str| {
        let mut revisions = m.ecs.definitions.values().filter(|it| it.family == family);
        let is_active = revisions.any(TaskDefinition::is_active);
        family.starts_with(prefix) && (status == "ALL" || is_active == (status == "ACTIVE"))
    };
    let families = m.ecs.families.keys().filter(|family| is_wanted(family)).cloned().collect();
    let (page, next) = params.page(families, "maxResults", "nextToken", 100)?;
    Ok(json!({ "families": page, "nextToken": next }))
}

pub(super) fn delete(m: &mut Machine, params: &Params<'_>) -> Answer {
    let names = params.texts("taskDefinitions");
    if names.is_empty() || names.len() > 10 {
        return Err(invalid("taskDefinitions can have at most 10 items."));
    }
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for name in names {
        match key(name).and_then(|key| m.ecs.definitions.get_mut(&key)) {
            Some(definition) if definition.is_active() => failures.push(json!({
                "arn": definition.arn,
                "reason": "The specified task definition is still in ACTIVE status. Please deregister the target \
                           and try again.",
            })),
            Some(definition) => {
                definition.is_being_deleted = true;
                deleted.push(definition.json(epoch));
            }
            None => failures.push(failure(name, "The specified task definition does not exist.")),
        }
    }
    Ok(json!({ "taskDefinitions": deleted, "failures": failures }))
}

/// `family` is its latest ACTIVE revision, `family:3` and an ARN are that one.
pub(super) fn find<'m>(m: &'m Machine, name: &str) -> Option<&'m TaskDefinition> {
    if let Some(key) = key(name) {
        return m.ecs.definitions.get(&key);
    }
    let family = last_part(name);
    let revisions = m.ecs.definitions.values().filter(|it| it.family == family && it.is_active());
    revisions.max_by_key(|it| it.revision)
}

pub(crate) fn definition_arn(m: &Machine, name: &str) -> Option<String> {
    find(m, name).map(|definition| definition.arn.clone())
}

pub(crate) fn definition_roles(m: &Machine, name: &str) -> Vec<String> {
    let Some(definition) = find(m, name) else { return Vec::new() };
    let roles = ["taskRoleArn", "executionRoleArn"].into_iter().filter_map(|role| definition.text(role));
    roles.map(str::to_owned).collect()
}

fn key(name: &str) -> Option<(String, u32)> {
    let (family, revision) = last_part(name).rsplit_once(':')?;
    Some((family.to_owned(), revision.parse().ok()?))
}

fn check(params: &Params<'_>, given: &mut Map<String, Value>) -> Result<(), Refusal> {
    for member in ["cpu", "memory"] {
        if let Some(value) = given.get(member) {
            let plain = value.as_str().and_then(plain_units);
            let plain = plain.ok_or_else(|| client(format!("Invalid '{member}' setting for task.")))?;
            given.insert(member.to_owned(), Value::String(plain));
        }
    }
    let containers = params.list("containerDefinitions");
    if containers.is_empty() {
        return Err(client("Container list cannot be empty."));
    }
    if containers.len() > 10 {
        return Err(client("Task definition can have at most 10 containers."));
    }
    for (i, container) in params.each("containerDefinitions").enumerate() {
        let name = container.text("name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| client("Container.name should not be null or empty."))?;
        if container.text("image").is_none_or(str::is_empty) {
            return Err(client("Container.image should not be null or empty."));
        }
        if containers[..i].iter().any(|other| other["name"] == name) {
            return Err(client(format!("Container names must be unique: {name}")));
        }
        check_memory(name, &container, given.contains_key("memory"))?;
    }
    if containers.iter().all(|container| container["essential"] == false) {
        return Err(client("At least one container must be marked as essential."));
    }
    if params.each("placementConstraints").any(|it| it.text("type") == Some("distinctInstance")) {
        return Err(client(
            "Invalid 'type' setting for placement constraint: distinctInstance is not supported.",
        ));
    }
    if params.list("placementConstraints").len() > 10 {
        return Err(client("Too many placement constraints."));
    }
    if Value::Object(given.clone()).to_string().len() > 64 * 1024 {
        return Err(client("Actual length: the task definition is longer than 64 KiB."));
    }
    fargate::check_definition(given)?;
    fill_in(given);
    Ok(())
}

fn check_memory(name: &str, container: &Params<'_>, task_has_memory: bool) -> Result<(), Refusal> {
    let hard = container.number("memory")?;
    let soft = container.number("memoryReservation")?;
    if hard.is_none() && soft.is_none() && !task_has_memory {
        return Err(client(format!(
            "Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be specified."
        )));
    }
    if hard.is_some_and(|mib| mib < 6) {
        return Err(client(format!(
            "Invalid setting for container '{name}'. 'memory' must be at least 6 MiB."
        )));
    }
    if hard.zip(soft).is_some_and(|(hard, soft)| hard <= soft) {
        return Err(client(format!(
            "Invalid setting for container '{name}'. The 'memory' setting must be greater than 'memoryReservation'."
        )));
    }
    Ok(())
}

/// What ECS adds to a container it is told little about.
fn fill_in(given: &mut Map<String, Value>) {
    let containers = given.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        container.entry("cpu").or_insert(json!(0));
        container.entry("essential").or_insert(json!(true));
        for list in ["environment", "mountPoints", "portMappings", "systemControls", "volumesFrom"] {
            container.entry(list).or_insert(json!([]));
        }
        for mapping in container["portMappings"].as_array_mut().into_iter().flatten() {
            if let Some(mapping) = mapping.as_object_mut() {
                mapping.entry("protocol").or_insert(json!("tcp"));
                mapping.entry("hostPort").or_insert(json!(0));
            }
        }
    }
}
