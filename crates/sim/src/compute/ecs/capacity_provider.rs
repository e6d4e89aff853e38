//! Capacity providers, as far as Terraform and the placement of tasks need them.

use super::{cluster, failure, last_part, tag};
use crate::compute::changing::Changing;
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, client, invalid};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const OF_AWS: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];

#[derive(Clone, Debug)]
pub(crate) struct CapacityProvider {
    name: String,
    arn: String,
    is_active: bool,
    /// `autoScalingGroupProvider` with its defaults filled in.
    group_provider: Value,
    pub(super) tags: Vec<Value>,
}

impl CapacityProvider {
    /// The Auto Scaling group whose instances it offers.
    pub(super) fn group(&self) -> &str {
        last_part(self.group_provider["autoScalingGroupArn"].as_str().unwrap_or_default())
    }

    /// Only then tasks that do not fit wait in PROVISIONING.
    pub(super) fn is_scaling(&self) -> bool {
        self.group_provider["managedScaling"]["status"] == "ENABLED"
    }

    pub(super) fn is_called(&self, name_or_arn: &str) -> bool {
        self.arn == name_or_arn || self.name == last_part(name_or_arn)
    }

    fn json(&self, include: &[&str]) -> Value {
        json!({
            "capacityProviderArn": self.arn,
            "name": self.name,
            "status": if self.is_active { "ACTIVE" } else { "INACTIVE" },
            "updateStatus": if self.is_active { "UPDATE_COMPLETE" } else { "DELETE_COMPLETE" },
            "autoScalingGroupProvider": self.group_provider,
            "tags": if include.contains(&"TAGS") { self.tags.as_slice() } else { &[] },
        })
    }
}

pub(super) fn check_known(m: &Machine, names: &[String]) -> Result<(), Refusal> {
    let is_known = |name: &str| {
        OF_AWS.contains(&name) || m.ecs.providers.values().any(|it| it.is_active && it.is_called(name))
    };
    match names.iter().find(|name| !is_known(name)) {
        Some(name) => Err(invalid(format!("The specified capacity provider {name} was not found."))),
        None if names.len() > 20 => {
            Err(invalid("A cluster can have at most 20 capacity providers associated with it."))
        }
        None => Ok(()),
    }
}

pub(super) fn create(m: &mut Machine, params: &Params<'_>) -> Answer {
    let name = params.need("name")?;
    let lower = name.to_ascii_lowercase();
    if ["aws", "ecs", "fargate"].iter().any(|taken| lower.starts_with(taken)) {
        return Err(invalid(
            "The specified capacity provider name is invalid. It begins with a reserved word.",
        ));
    }
    if m.ecs.providers.get(name).is_some_and(|old| old.is_active) {
        return Err(client(format!("A capacity provider with the name {name} already exists.")));
    }
    tag::check(params.list("tags"))?;
    let given = params.raw("autoScalingGroupProvider");
    let given = given.ok_or_else(|| client("The autoScalingGroupProvider is required."))?;
    let mut group_provider = with_defaults(given);
    let group = last_part(given["autoScalingGroupArn"].as_str().unwrap_or_default());
    let group = m.auto_scaling.groups.get(group).ok_or_else(|| {
        client("The specified Auto Scaling group does not exist. Specify a valid Auto Scaling group and try again.")
    })?;
    group_provider["autoScalingGroupArn"] = json!(group.arn);
    if group_provider["managedTerminationProtection"] == "ENABLED" && !group.protects_new_instances() {
        return Err(client(
            "The managed termination protection setting for the capacity provider is invalid. To enable managed \
             termination protection for a capacity provider, the Auto Scaling group must have instance protection \
             from scale in enabled.",
        ));
    }
    let provider = CapacityProvider {
        name: name.to_owned(),
        arn: m.arn("ecs", &format!("capacity-provider/{name}")),
        is_active: true,
        group_provider,
        tags: params.list("tags").to_vec(),
    };
    let answer = provider.json(&["TAGS"]);
    m.ecs.providers.insert(name.to_owned(), provider);
    Ok(json!({ "capacityProvider": answer }))
}

pub(super) fn update(m: &mut Machine, params: &Params<'_>) -> Answer {
    let name = last_part(params.need("name")?);
    let changes = params.raw("autoScalingGroupProvider").cloned().unwrap_or(Value::Null);
    let provider = m.ecs.providers.get_mut(name).filter(|it| it.is_active).ok_or_else(|| unknown(name))?;
    let mut merged = provider.group_provider.clone();
    for (member, value) in changes.as_object().into_iter().flatten() {
        merged[member] = value.clone();
    }
    provider.group_provider = with_defaults(&merged);
    Ok(json!({ "capacityProvider": provider.json(&["TAGS"]) }))
}

pub(super) fn delete(m: &mut Machine, params: &Params<'_>) -> Answer {
    let name = last_part(params.need("capacityProvider")?);
    let is_used = m.ecs.clusters.values().any(|cluster| {
        cluster.is_active && cluster.capacity_providers.iter().any(|used| last_part(used) == name)
    });
    if is_used {
        return Err(Refusal::new(
            "ResourceInUseException",
            400,
            "The capacity provider cannot be deleted because it is associated with a cluster. Remove the capacity \
             provider from the cluster and try again.",
        ));
    }
    let provider = m.ecs.providers.get_mut(name).ok_or_else(|| unknown(name))?;
    provider.is_active = false;
    Ok(json!({ "capacityProvider": provider.json(&[]) }))
}

pub(super) fn describe(m: &mut Machine, params: &Params<'_>) -> Answer {
    let include = params.texts("include");
    let asked = params.texts("capacityProviders");
    let mut failures = Vec::new();
    let mut found: Vec<Value> = Vec::new();
    for name in OF_AWS.iter().filter(|name| asked.is_empty() || asked.contains(name)) {
        let arn = m.arn("ecs", &format!("capacity-provider/{name}"));
        found.push(json!({ "capacityProviderArn": arn, "name": name, "status": "ACTIVE", "tags": [] }));
    }
    if asked.is_empty() {
        found.extend(m.ecs.providers.values().filter(|it| it.is_active).map(|it| it.json(&include)));
    }
    for name in asked.iter().filter(|name| !OF_AWS.contains(name)) {
        match m.ecs.providers.values().find(|it| it.is_called(name)) {
            Some(provider) => found.push(provider.json(&include)),
            None => failures.push(failure(name, "MISSING")),
        }
    }
    let (page, next) = params.page(found, "maxResults", "nextToken", 10)?;
    Ok(json!({ "capacityProviders": page, "failures": failures, "nextToken": next }))
}

pub(super) fn put_on_cluster(m: &mut Machine, params: &Params<'_>) -> Answer {
    params.need("cluster")?;
    for required in ["capacityProviders", "defaultCapacityProviderStrategy"] {
        params.raw(required).ok_or_else(|| invalid(format!("{required} is required.")))?;
    }
    let name = cluster::name_in(m, params)?;
    m.check_free(&Changing::Cluster(name.clone()))?;
    let providers: Vec<String> = params.texts("capacityProviders").iter().map(ToString::to_string).collect();
    check_known(m, &providers)?;
    let strategy = params.list("defaultCapacityProviderStrategy");
    let is_listed = |item: &Value| {
        let named = item["capacityProvider"].as_str().unwrap_or_default();
        providers.iter().any(|provider| last_part(provider) == last_part(named))
    };
    if !strategy.iter().all(is_listed) {
        return Err(not_associated());
    }
    let mut tasks = m.ecs.tasks.values().filter(|task| task.cluster == name && !task.is_stopped());
    let is_dropped = |used: &str| !providers.iter().any(|provider| last_part(provider) == used);
    if tasks.any(|task| task.provider.as_deref().is_some_and(is_dropped)) {
        return Err(Refusal::new(
            "ResourceInUseException",
            400,
            "The specified capacity provider is in use and cannot be removed.",
        ));
    }
    if let Some(cluster) = m.ecs.clusters.get_mut(&name) {
        let is_other = attached(&cluster.capacity_providers) != attached(&providers);
        cluster.capacity_providers = providers;
        cluster.default_strategy = strategy.to_vec();
        if is_other {
            let until = m.now + m.settings.timing.cluster_updates;
            m.changed_by_another(Changing::Cluster(name.clone()), until);
        }
    }
    Ok(json!({ "cluster": cluster::json(m, &name, &["TAGS", "SETTINGS", "ATTACHMENTS"]) }))
}

/// Those for which ECS has something to set up: Fargate's are there.
fn attached(providers: &[String]) -> BTreeSet<&str> {
    providers.iter().map(|it| last_part(it)).filter(|name| !OF_AWS.contains(name)).collect()
}

pub(super) fn not_associated() -> Refusal {
    invalid(
        "The specified capacity provider strategy cannot contain a capacity provider that is not associated with \
         the cluster. Associate the capacity provider with the cluster and try again.",
    )
}

fn unknown(name: &str) -> Refusal {
    client(format!("The specified capacity provider {name} does not exist."))
}

fn with_defaults(given: &Value) -> Value {
    let scaling = &given["managedScaling"];
    let or = |member: &str, default: Value| scaling.get(member).cloned().unwrap_or(default);
    let status = or("status", json!("DISABLED"));
    json!({
        "autoScalingGroupArn": given["autoScalingGroupArn"],
        "managedScaling": {
            "status": status,
            "targetCapacity": or("targetCapacity", json!(100)),
            "minimumScalingStepSize": or("minimumScalingStepSize", json!(1)),
            "maximumScalingStepSize": or("maximumScalingStepSize", json!(10_000)),
            "instanceWarmupPeriod": or("instanceWarmupPeriod", json!(300)),
        },
        "managedTerminationProtection":
            given.get("managedTerminationProtection").cloned().unwrap_or(json!("DISABLED")),
        "managedDraining": given.get("managedDraining").cloned().unwrap_or(json!("ENABLED")),
    })
}
