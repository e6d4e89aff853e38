//! The calls that make, change and end groups.

use super::group::{Group, Tag, stir};
use super::launch_source::LaunchSource;
use super::{activity, hook, need_group, need_group_mut, nothing_more, terminate};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, validation};
use crate::compute::template::TemplateRef;
use crate::compute::time::text_to_the_second;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Members that come back from `Describe…` as they were given.
const GIVEN: [&str; 18] = [
    "DefaultCooldown",
    "LoadBalancerNames",
    "TargetGroupARNs",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "PlacementGroup",
    "TerminationPolicies",
    "CapacityRebalance",
    "ServiceLinkedRoleARN",
    "MaxInstanceLifetime",
    "Context",
    "DesiredCapacityType",
    "DefaultInstanceWarmup",
    "TrafficSources",
    "InstanceMaintenancePolicy",
    "AvailabilityZoneDistribution",
    "AvailabilityZoneImpairmentPolicy",
    "CapacityReservationSpecification",
];

/// Launch templates and subnets that a request to create or update a group names.
pub(crate) fn mentioned(params: &Params<'_>) -> (Vec<TemplateRef>, Vec<String>) {
    let subnets = params.text("VPCZoneIdentifier").unwrap_or_default().split(',').map(str::trim);
    let subnets = subnets.filter(|id| !id.is_empty()).map(str::to_owned).collect();
    (LaunchSource::named(params).template_refs(), subnets)
}

pub(super) fn create(m: &mut Machine, params: &Params<'_>) -> Answer {
    let name = params.need("AutoScalingGroupName")?;
    if m.auto_scaling.groups.contains_key(name) {
        let message = "AutoScalingGroup by this name already exists - A group with the name already exists";
        return Err(Refusal::new("AlreadyExists", 400, message));
    }
    let (min, max) = (params.need_number("MinSize")?, params.need_number("MaxSize")?);
    let desired = params.number("DesiredCapacity")?.unwrap_or(min);
    check_sizes(min, max, desired)?;
    let launch = LaunchSource::read(m, params)?.ok_or_else(|| {
        validation("Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.")
    })?;
    let places = places(m, params)?
        .ok_or_else(|| validation("At least one Availability Zone or VPC Subnet is required."))?;
    let id = m.ids.uuid("group");
    let mut given = params.only(&GIVEN);
    for (member, default) in [
        ("DefaultCooldown", json!("300")),
        ("HealthCheckType", json!("EC2")),
        ("HealthCheckGracePeriod", json!("0")),
        ("TerminationPolicies", json!(["Default"])),
        ("CapacityRebalance", json!("false")),
        ("AvailabilityZoneDistribution", json!({ "CapacityDistributionStrategy": "balanced-best-effort" })),
    ] {
        given.entry(member).or_insert(default);
    }
    let role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    let role = format!("arn:aws:iam::{}:{role}", m.settings.account);
    given.entry("ServiceLinkedRoleARN").or_insert(json!(role));
    let mut group = Group {
        name: name.to_owned(),
        arn: m.arn("autoscaling", &format!("autoScalingGroup:{id}:autoScalingGroupName/{name}")),
        created_at: m.now,
        min,
        max,
        desired: 0,
        places,
        vpc_zone_identifier: params.text("VPCZoneIdentifier").map(str::to_owned),
        launch,
        given,
        protects_new: params.flag("NewInstancesProtectedFromScaleIn")?.unwrap_or(false),
        suspended: BTreeMap::new(),
        warm_pool: None,
        metrics: Vec::new(),
        tags: tags(params)?,
        members: Vec::new(),
        activities: Vec::new(),
        hooks: BTreeMap::new(),
        scheduled_actions: BTreeMap::new(),
        launch_tokens: BTreeMap::new(),
        cause: None,
        failing_since: None,
        told_protected: false,
        is_being_deleted: false,
    };
    for specification in params.each("LifecycleHookSpecificationList") {
        let (name, hook) = hook::read(&specification, None)?;
        group.hooks.insert(name, hook);
    }
    group.set_desired(desired, m.now, "a user request created an AutoScalingGroup");
    m.auto_scaling.groups.insert(name.to_owned(), group);
    stir(m, name);
    nothing_more()
}

pub(super) fn update(m: &mut Machine, params: &Params<'_>) -> Answer {
    let group = need_group(m, params)?;
    let min = params.number("MinSize")?.unwrap_or(group.min);
    let max = params.number("MaxSize")?.unwrap_or(group.max);
    // Where only the bounds move, the desired capacity moves with them.
    let desired = params.number("DesiredCapacity")?.unwrap_or_else(|| group.desired.max(min).min(max));
    check_sizes(min, max, desired)?;
    let launch = LaunchSource::read(m, params)?;
    let places = places(m, params)?;
    let protects_new = params.flag("NewInstancesProtectedFromScaleIn")?;
    let now = m.now;
    let group = need_group_mut(m, params)?;
    if let Some(launch) = launch {
        group.launch = launch;
    }
    if let Some(places) = places {
        group.places = places;
        group.vpc_zone_identifier = params.text("VPCZoneIdentifier").map(str::to_owned);
    }
    group.protects_new = protects_new.unwrap_or(group.protects_new);
    group.given.extend(params.only(&GIVEN));
    (group.min, group.max) = (min, max);
    let why = format!(
        "a user request update of AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired}"
    );
    group.set_desired(desired, now, &why);
    let name = group.name.clone();
    stir(m, &name);
    nothing_more()
}

pub(super) fn delete(m: &mut Machine, params: &Params<'_>) -> Answer {
    let is_forced = params.flag("ForceDelete")?.unwrap_or(false);
    let group = need_group(m, params)?;
    if !is_forced && group.present().next().is_some() {
        let message = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance \
                       request(s) still in the group.";
        return Err(Refusal::new("ResourceInUse", 400, message));
    }
    if !is_forced && !group.members.is_empty() {
        let message = "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.";
        return Err(Refusal::new("ScalingActivityInProgress", 400, message));
    }
    let (name, members) = (group.name.clone(), group.members.clone());
    if members.is_empty() {
        m.auto_scaling.groups.remove(&name);
        return nothing_more();
    }
    need_group_mut(m, params)?.is_being_deleted = true;
    let at = text_to_the_second(m.now);
    for member in members {
        let cause = format!("At {at} a user request force deleted AutoScaling group.");
        terminate::begin(m, &name, &member.instance_id, cause);
    }
    nothing_more()
}

pub(super) fn set_desired_capacity(m: &mut Machine, params: &Params<'_>) -> Answer {
    let desired = params.need_number("DesiredCapacity")?;
    let honours_cooldown = params.flag("HonorCooldown")?.unwrap_or(false);
    let now = m.now;
    let group = need_group_mut(m, params)?;
    if desired > group.max {
        return Err(validation(format!(
            "New SetDesiredCapacity value {desired} is above max value {} for the AutoScalingGroup.",
            group.max
        )));
    }
    if desired < group.min {
        return Err(validation(format!(
            "New SetDesiredCapacity value {desired} is below min value {} for the AutoScalingGroup.",
            group.min
        )));
    }
    let in_progress = group.activities.iter().find(|it| it.status == activity::Status::InProgress);
    if let Some(activity) = in_progress.filter(|_| honours_cooldown) {
        let message = format!("Scaling activity {} is in progress and blocks this action.", activity.id);
        return Err(Refusal::new("ScalingActivityInProgress", 400, message));
    }
    group.set_desired(desired, now, "a user request explicitly set group desired capacity");
    let name = group.name.clone();
    stir(m, &name);
    nothing_more()
}

pub(super) fn json(m: &Machine, group: &Group, with_instances: bool) -> Value {
    let suspended = group.suspended.iter();
    let tags = group.tags.iter().map(|(key, tag)| super::tag::json(&group.name, key, tag));
    let mut answer = json!({
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "MinSize": group.min,
        "MaxSize": group.max,
        "DesiredCapacity": group.desired,
        "AvailabilityZones": group.zones(),
        "LoadBalancerNames": [],
        "TargetGroupARNs": [],
        "TrafficSources": [],
        "Instances": [],
        "CreatedTime": crate::compute::time::text(group.created_at),
        "SuspendedProcesses": suspended
            .map(|(process, reason)| json!({ "ProcessName": process, "SuspensionReason": reason }))
            .collect::<Vec<_>>(),
        "VPCZoneIdentifier": group.vpc_zone_identifier.as_deref().unwrap_or_default(),
        "EnabledMetrics": group
            .metrics
            .iter()
            .map(|metric| json!({ "Metric": metric, "Granularity": "1Minute" }))
            .collect::<Vec<_>>(),
        "Tags": tags.collect::<Vec<_>>(),
        "NewInstancesProtectedFromScaleIn": group.protects_new,
    });
    for (member, value) in &group.given {
        answer[member] = value.clone();
    }
    group.launch.put(m, &mut answer);
    if let Some(pool) = &group.warm_pool {
        answer["WarmPoolConfiguration"] = Value::Object(pool.clone());
        answer["WarmPoolSize"] = json!(0);
    }
    if with_instances {
        answer["Instances"] = group.members.iter().map(|member| member.json(m, group)).collect();
    }
    if group.is_being_deleted {
        answer["Status"] = json!("Delete in progress");
    }
    answer
}

fn check_sizes(min: i64, max: i64, desired: i64) -> Result<(), Refusal> {
    if min < 0 || max < 0 {
        return Err(validation("Min and max sizes must not be negative."));
    }
    if min > max {
        return Err(validation(format!(
            "Max bound, {max}, must be greater than or equal to min bound, {min}"
        )));
    }
    if desired < min {
        return Err(validation(format!("Desired capacity:{desired} must be above min:{min}")));
    }
    if desired > max {
        return Err(validation(format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
        )));
    }
    Ok(())
}

/// The zone and subnet pairs a request names; nothing if it names none.
fn places(m: &Machine, params: &Params<'_>) -> Result<Option<Vec<(String, String)>>, Refusal> {
    let (_, subnets) = mentioned(params);
    let zones = params.texts("AvailabilityZones");
    if let Some(zone) = zones.iter().find(|zone| !m.settings.zones.iter().any(|known| known == *zone)) {
        return Err(validation(format!("Invalid availability zones: [{zone}]")));
    }
    let mut places = Vec::new();
    for id in &subnets {
        let subnet = m.subnets.get(id);
        let subnet = subnet.ok_or_else(|| validation(format!("The subnet ID '{id}' does not exist")))?;
        places.push((subnet.availability_zone.clone(), subnet.id.clone()));
    }
    if subnets.is_empty() {
        // The default subnet of each zone.
        places.extend(zones.iter().map(|zone| ((*zone).to_owned(), format!("subnet-default-{zone}"))));
    }
    Ok((!places.is_empty()).then_some(places))
}

fn tags(params: &Params<'_>) -> Result<BTreeMap<String, Tag>, Refusal> {
    params.each("Tags").map(|tag| super::tag::read(&tag)).collect()
}
