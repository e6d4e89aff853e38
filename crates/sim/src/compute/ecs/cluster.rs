//! Clusters.

use super::container_instance::{Status, own_agent_registers};
use super::task::TaskStatus;
use super::{capacity_provider, failure, last_part, tag};
use crate::compute::changing::Changing;
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, invalid};
use serde_json::{Map, Value, json};

#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) is_active: bool,
    /// `configuration` and `serviceConnectDefaults`, as given.
    pub(super) given: Map<String, Value>,
    pub(super) settings: Vec<Value>,
    pub(super) capacity_providers: Vec<String>,
    pub(super) default_strategy: Vec<Value>,
    pub(super) tags: Vec<Value>,
}

/// The name of the cluster a request speaks of: `default` if it does not say.
pub(super) fn name_in(m: &Machine, params: &Params<'_>) -> Result<String, Refusal> {
    let name = last_part(params.text("cluster").filter(|name| !name.is_empty()).unwrap_or("default"));
    match m.ecs.clusters.get(name) {
        Some(cluster) if cluster.is_active => Ok(name.to_owned()),
        Some(_) => Err(not_found("The referenced cluster was inactive.")),
        None => Err(not_found("Cluster not found.")),
    }
}

pub(super) fn create(m: &mut Machine, params: &Params<'_>) -> Answer {
    let name = params.text("clusterName").filter(|name| !name.is_empty()).unwrap_or("default");
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.len() > 255 || !name.chars().all(is_allowed) {
        return Err(invalid("Invalid characters found in cluster name."));
    }
    tag::check(params.list("tags"))?;
    // Creating what is there answers with what is there.
    if m.ecs.clusters.get(name).is_none_or(|cluster| !cluster.is_active) {
        let mut settings = params.list("settings").to_vec();
        if settings.is_empty() {
            settings.push(json!({ "name": "containerInsights", "value": "disabled" }));
        }
        let cluster = Cluster {
            name: name.to_owned(),
            arn: m.arn("ecs", &format!("cluster/{name}")),
            is_active: true,
            given: params.only(&["configuration", "serviceConnectDefaults"]),
            settings,
            capacity_providers: params.texts("capacityProviders").iter().map(ToString::to_string).collect(),
            default_strategy: params.list("defaultCapacityProviderStrategy").to_vec(),
            tags: params.list("tags").to_vec(),
        };
        capacity_provider::check_known(m, &cluster.capacity_providers)?;
        m.ecs.clusters.insert(name.to_owned(), cluster);
        // Agents that found no cluster so far keep asking.
        let booted = m.ec2.instances.values().filter(|it| it.is_running() && it.is_booted);
        let booted: Vec<String> = booted.map(|it| it.id.clone()).collect();
        booted.iter().for_each(|id| own_agent_registers(m, id));
    }
    Ok(json!({ "cluster": json(m, name, &["TAGS", "SETTINGS", "CONFIGURATIONS"]) }))
}

pub(super) fn delete(m: &mut Machine, params: &Params<'_>) -> Answer {
    params.need("cluster")?;
    let name = name_in(m, params)?;
    m.check_free(&Changing::Cluster(name.clone()))?;
    let mut instances = m.ecs.container_instances.values().filter(|ci| ci.cluster == name);
    if instances.any(|ci| ci.status != Status::Inactive) {
        return Err(Refusal::new(
            "ClusterContainsContainerInstancesException",
            400,
            "The Cluster cannot be deleted while Container Instances are active or draining.",
        ));
    }
    let mut tasks = m.ecs.tasks.values().filter(|task| task.cluster == name);
    if tasks.any(|task| !task.is_stopped()) {
        return Err(Refusal::new(
            "ClusterContainsTasksException",
            400,
            "The Cluster cannot be deleted while Tasks are active.",
        ));
    }
    if let Some(cluster) = m.ecs.clusters.get_mut(&name) {
        cluster.is_active = false;
        cluster.capacity_providers.clear();
    }
    Ok(json!({ "cluster": json(m, &name, &[]) }))
}

pub(super) fn describe(m: &mut Machine, params: &Params<'_>) -> Answer {
    let asked = match params.texts("clusters") {
        asked if asked.is_empty() => vec!["default"],
        asked => asked,
    };
    if asked.len() > 100 {
        return Err(invalid("clusters can have at most 100 items."));
    }
    let include = params.texts("include");
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for asked in asked {
        let name = last_part(asked);
        if m.ecs.clusters.contains_key(name) {
            clusters.push(json(m, name, &include));
        } else {
            failures.push(failure(&m.arn("ecs", &format!("cluster/{name}")), "MISSING"));
        }
    }
    Ok(json!({ "clusters": clusters, "failures": failures }))
}

pub(super) fn list(m: &mut Machine, params: &Params<'_>) -> Answer {
    let active = m.ecs.clusters.values().filter(|cluster| cluster.is_active);
    let arns: Vec<String> = active.map(|cluster| cluster.arn.clone()).collect();
    let (page, next) = params.page(arns, "maxResults", "nextToken", 100)?;
    Ok(json!({ "clusterArns": page, "nextToken": next }))
}

pub(super) fn update(m: &mut Machine, params: &Params<'_>) -> Answer {
    params.need("cluster")?;
    let name = name_in(m, params)?;
    if let Some(cluster) = m.ecs.clusters.get_mut(&name) {
        cluster.given.extend(params.only(&["configuration", "serviceConnectDefaults"]));
        set_settings(cluster, params.list("settings"));
    }
    Ok(json!({ "cluster": json(m, &name, &["TAGS", "SETTINGS", "CONFIGURATIONS"]) }))
}

pub(super) fn update_settings(m: &mut Machine, params: &Params<'_>) -> Answer {
    params.need("cluster")?;
    let name = name_in(m, params)?;
    m.check_free(&Changing::Cluster(name.clone()))?;
    if let Some(cluster) = m.ecs.clusters.get_mut(&name) {
        set_settings(cluster, params.list("settings"));
    }
    Ok(json!({ "cluster": json(m, &name, &["TAGS", "SETTINGS", "CONFIGURATIONS"]) }))
}

pub(super) fn json(m: &Machine, name: &str, include: &[&str]) -> Value {
    let Some(cluster) = m.ecs.clusters.get(name) else { return Value::Null };
    let registered = m.ecs.container_instances.values().filter(|ci| ci.cluster == name);
    let tasks = || m.ecs.tasks.values().filter(|task| task.cluster == name && !task.is_stopping());
    let mut answer = json!({
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": if cluster.is_active { "ACTIVE" } else { "INACTIVE" },
        "registeredContainerInstancesCount":
            registered.filter(|it| matches!(it.status, Status::Active | Status::Draining)).count(),
        "runningTasksCount": tasks().filter(|task| task.status == TaskStatus::Running).count(),
        "pendingTasksCount": tasks().filter(|task| task.is_pending()).count(),
        "activeServicesCount": 0,
        "statistics": [],
        "tags": if include.contains(&"TAGS") { cluster.tags.as_slice() } else { &[] },
        "settings": if include.contains(&"SETTINGS") { cluster.settings.as_slice() } else { &[] },
        "capacityProviders": cluster.capacity_providers,
        "defaultCapacityProviderStrategy": cluster.default_strategy,
    });
    if include.contains(&"CONFIGURATIONS") {
        for (member, value) in &cluster.given {
            answer[member] = value.clone();
        }
    }
    if let Some(defaults) = cluster.given.get("serviceConnectDefaults") {
        answer["serviceConnectDefaults"] = defaults.clone();
    }
    if include.contains(&"ATTACHMENTS") && !cluster.capacity_providers.is_empty() {
        let is_changing = m.is_changing(&Changing::Cluster(name.to_owned()));
        let status = if is_changing { "UPDATE_IN_PROGRESS" } else { "UPDATE_COMPLETE" };
        answer["attachmentsStatus"] = json!(status);
        answer["attachments"] = json!([]);
    }
    answer
}

fn set_settings(cluster: &mut Cluster, settings: &[Value]) {
    for setting in settings {
        cluster.settings.retain(|old| old["name"] != setting["name"]);
        cluster.settings.push(setting.clone());
    }
}

fn not_found(message: &str) -> Refusal {
    Refusal::new("ClusterNotFoundException", 400, message)
}
