//! What `RunTask` and `StartTask` ask for, checked.

use super::capacity_provider::not_associated;
use super::query_language::Expression;
use super::task::{Constraint, Container, Task, TaskStatus};
use super::task_definition::{TaskDefinition, plain_units};
use super::{cluster, fargate, last_part, tag, task_definition_calls};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Refusal, client, invalid};
use serde_json::{Value, json};
use std::time::Duration;

/// A request that could be carried out: the task it would make, not placed yet.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) cluster: String,
    pub(super) task: Task,
    pub(super) strategy: Vec<Value>,
    /// What does not fit waits in PROVISIONING.
    pub(super) may_wait: bool,
}

pub(super) fn read(m: &Machine, params: &Params<'_>, started_by_limit: usize) -> Result<Request, Refusal> {
    let name = params.text("taskDefinition").ok_or_else(|| client("Task definition cannot be empty."))?;
    let started_by = params.text("startedBy");
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    if started_by.is_some_and(|it| it.len() > started_by_limit || !it.chars().all(is_allowed)) {
        return Err(invalid(format!(
            "startedBy can have at most {started_by_limit} characters: letters, numbers, -, / and _."
        )));
    }
    tag::check(params.list("tags"))?;
    if params.text("propagateTags") == Some("SERVICE") {
        return Err(invalid("The value of propagateTags must be TASK_DEFINITION or NONE for a task."));
    }
    let cluster = cluster::name_in(m, params)?;
    let definition =
        task_definition_calls::find(m, name).ok_or_else(|| client("TaskDefinition not found."))?;
    let lingers = |at: Duration| m.now.saturating_sub(at) < m.settings.timing.revision_lingers;
    if definition.is_being_deleted || definition.deregistered_at.is_some_and(|at| !lingers(at)) {
        return Err(client("TaskDefinition is inactive"));
    }
    let overrides = overrides(params, definition)?;
    let constraints = constraints(params, definition)?;
    let (launch_type, provider) = launch(m, params, &cluster)?;
    if launch_type == Some(fargate::LAUNCH_TYPE) {
        fargate::check_request(params, definition, &overrides)?;
    }
    let subnets = subnets(params, definition)?;
    let may_wait =
        provider.as_ref().and_then(|name| m.ecs.providers.get(name)).is_some_and(|it| it.is_scaling());
    let mut task = task(m, &cluster, definition, overrides);
    task.group = params.text("group").map_or_else(|| format!("family:{}", definition.family), str::to_owned);
    task.started_by = started_by.map(str::to_owned);
    task.constraints = constraints;
    task.subnets = subnets;
    task.launch_type = launch_type;
    task.provider = provider;
    task.enable_execute_command = params.flag("enableExecuteCommand")?.unwrap_or(false);
    task.tags = tags(params, definition);
    Ok(Request { cluster, task, strategy: params.list("placementStrategy").to_vec(), may_wait })
}

fn overrides(params: &Params<'_>, definition: &TaskDefinition) -> Result<Value, Refusal> {
    let mut overrides = params.raw("overrides").cloned().unwrap_or_else(|| json!({}));
    if overrides.to_string().chars().count() > 8192 {
        return Err(invalid("Overrides length must be at most 8192"));
    }
    for container in params.inner("overrides").each("containerOverrides") {
        let name = container.text("name").unwrap_or_default();
        if !definition.containers().iter().any(|it| it["name"] == name) {
            return Err(invalid(format!(
                "Override for container named {name} is not a container in the TaskDefinition."
            )));
        }
    }
    for member in ["cpu", "memory"] {
        if let Some(value) = params.inner("overrides").text(member) {
            let plain = plain_units(value);
            overrides[member] = json!(plain.ok_or_else(|| invalid(format!("Invalid '{member}' override.")))?);
        }
    }
    for list in ["containerOverrides", "inferenceAcceleratorOverrides"] {
        if overrides.get(list).is_none() {
            overrides[list] = json!([]);
        }
    }
    Ok(overrides)
}

fn constraints(params: &Params<'_>, definition: &TaskDefinition) -> Result<Vec<Constraint>, Refusal> {
    let given = params.list("placementConstraints").iter().chain(definition.list("placementConstraints"));
    let given: Vec<&Value> = given.collect();
    if given.len() > 10 {
        return Err(invalid("The number of placement constraints must not exceed 10."));
    }
    if params.list("placementStrategy").len() > 5 {
        return Err(invalid("The number of placement strategies must not exceed 5."));
    }
    let read = |constraint: &&Value| {
        let expression = constraint["expression"].as_str().filter(|it| !it.is_empty());
        match (constraint["type"].as_str().unwrap_or_default(), expression) {
            ("distinctInstance", None) => Ok(Constraint::DistinctInstance),
            ("distinctInstance", Some(_)) => {
                Err(invalid("A distinctInstance constraint cannot have an expression."))
            }
            ("memberOf", Some(expression)) => Expression::parse(expression)
                .map(Constraint::MemberOf)
                .map_err(|error| invalid(format!("Invalid expression in placement constraint: {error}."))),
            ("memberOf", None) => Err(invalid("A memberOf constraint needs an expression.")),
            (other, _) => Err(invalid(format!("Invalid placement constraint type: {other}"))),
        }
    };
    given.iter().map(read).collect()
}

/// The subnets that a request names.
pub(crate) fn mentioned(params: &Params<'_>) -> Vec<String> {
    let network = params.inner("networkConfiguration").inner("awsvpcConfiguration");
    network.texts("subnets").into_iter().map(str::to_owned).collect()
}

/// Where the network interface of an `awsvpc` task is to be; others have none.
fn subnets(params: &Params<'_>, definition: &TaskDefinition) -> Result<Vec<String>, Refusal> {
    if !definition.is_awsvpc() {
        return Ok(Vec::new());
    }
    let subnets = mentioned(params);
    if subnets.is_empty() {
        return Err(invalid(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ));
    }
    let network = params.inner("networkConfiguration").inner("awsvpcConfiguration");
    if subnets.len() > 16 || network.list("securityGroups").len() > 5 {
        return Err(invalid("A network configuration can have at most 16 subnets and 5 security groups."));
    }
    Ok(subnets)
}

/// Launch type or capacity provider: what the request says, else what the cluster defaults to.
fn launch(
    m: &Machine,
    params: &Params<'_>,
    cluster: &str,
) -> Result<(Option<&'static str>, Option<String>), Refusal> {
    let strategy = params.list("capacityProviderStrategy");
    let launch_type = params.text("launchType");
    if launch_type.is_some() && !strategy.is_empty() {
        return Err(invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ));
    }
    match launch_type {
        Some("EC2") => return Ok((Some("EC2"), None)),
        Some("FARGATE") => return Ok((Some("FARGATE"), None)),
        Some("EXTERNAL") => return Ok((Some("EXTERNAL"), None)),
        Some(_) => return Err(invalid("Launch type should be one of [EC2,FARGATE,EXTERNAL]")),
        None => {}
    }
    let of_cluster = m.ecs.clusters.get(cluster);
    let default = of_cluster.map_or(&[][..], |it| it.default_strategy.as_slice());
    let strategy = if strategy.is_empty() { default } else { strategy };
    if strategy.is_empty() {
        return Ok((Some("EC2"), None));
    }
    let associated = of_cluster.map_or(&[][..], |it| it.capacity_providers.as_slice());
    let name_of = |item: &Value| last_part(item["capacityProvider"].as_str().unwrap_or_default()).to_owned();
    if !strategy.iter().all(|item| associated.iter().any(|it| last_part(it) == name_of(item))) {
        return Err(not_associated());
    }
    let weight = |item: &&Value| (item["base"].as_u64().unwrap_or(0), item["weight"].as_u64().unwrap_or(0));
    let name = strategy.iter().rev().max_by_key(weight).map(name_of).unwrap_or_default();
    let launch_type = if name.starts_with("FARGATE") { Some("FARGATE") } else { Some("EC2") };
    Ok((launch_type, Some(name)))
}

fn tags(params: &Params<'_>, definition: &TaskDefinition) -> Vec<Value> {
    let mut tags = params.list("tags").to_vec();
    if params.text("propagateTags") == Some("TASK_DEFINITION") {
        let is_new = |tag: &&Value| !params.list("tags").iter().any(|own| own["key"] == tag["key"]);
        tags.extend(definition.tags.iter().filter(is_new).cloned());
    }
    tags
}

fn task(m: &Machine, cluster: &str, definition: &TaskDefinition, overrides: Value) -> Task {
    let containers = definition.resolved(&overrides);
    let timeout = |it: &Value| it["stopTimeout"].as_u64().unwrap_or(30);
    Task {
        arn: String::new(),
        cluster: cluster.to_owned(),
        cluster_arn: m.arn("ecs", &format!("cluster/{cluster}")),
        definition_arn: definition.arn.clone(),
        definition: (definition.family.clone(), definition.revision),
        group: String::new(),
        started_by: None,
        launch_type: None,
        provider: None,
        host: None,
        availability_zone: None,
        status: TaskStatus::Provisioning,
        needs: definition.needs(&overrides),
        stop_timeout: Duration::from_secs(containers.iter().map(timeout).max().unwrap_or(30)),
        containers: containers.iter().map(container).collect(),
        overrides,
        constraints: Vec::new(),
        subnets: Vec::new(),
        arch: definition.arch(),
        is_begun: false,
        enable_execute_command: false,
        tags: Vec::new(),
        version: 0,
        created_at: m.now,
        pull_started_at: None,
        pull_stopped_at: None,
        started_at: None,
        stopping_at: None,
        execution_stopped_at: None,
        stopped_at: None,
        stop_code: None,
        stopped_reason: None,
    }
}

fn container(definition: &Value) -> Container {
    let text = |member: &str| definition[member].as_str().unwrap_or_default().to_owned();
    Container {
        arn: String::new(),
        name: text("name"),
        image: text("image"),
        is_essential: definition["essential"] != false,
        cpu: definition["cpu"].as_u64().unwrap_or(0),
        memory: definition["memory"].as_u64(),
        memory_reservation: definition["memoryReservation"].as_u64(),
        status: TaskStatus::Pending,
        runtime_id: None,
        exit_code: None,
        reason: None,
    }
}
