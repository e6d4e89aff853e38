//! Everything of ours that AWS lists.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_autoscaling::types::{Instance, LifecycleState};
use aws_sdk_ecs::types::{ContainerInstance, DesiredStatus};
use control::PortError;
use futures::future::try_join_all;
use futures::try_join;
use model::id::{InstanceId, TaskId, Zone};
use model::observation::{Member, Survey};
use model::rules::PoolName;
use model::size::{CpuUnits, Mib, Size};

use crate::error::{call_error, sort};
use crate::settings::Settings;
use crate::task::task_id;

/// What each of the calls takes or gives at once, at most.
const PAGE: usize = 100;
const PAGE_SIZE: i32 = 100;

pub(crate) async fn survey(
    ecs: &aws_sdk_ecs::Client,
    autoscaling: &aws_sdk_autoscaling::Client,
    settings: &Settings,
) -> Result<Survey, PortError> {
    let clusters: Vec<&str> = settings.clusters.values().map(String::as_str).collect();
    let (members, instances, tasks) = try_join!(
        members(autoscaling, &settings.groups),
        try_join_all(clusters.iter().map(|cluster| container_instances(ecs, cluster))),
        try_join_all(clusters.iter().map(|cluster| tasks(ecs, cluster))),
    )?;
    let instances: Vec<ContainerInstance> = instances.into_iter().flatten().collect();
    Ok(Survey {
        members,
        registered: instances.iter().filter_map(usable).collect(),
        draining: instances.iter().filter_map(draining).collect(),
        tasks: tasks.into_iter().flatten().collect(),
    })
}

async fn members(
    client: &aws_sdk_autoscaling::Client,
    groups: &BTreeMap<PoolName, String>,
) -> Result<BTreeMap<InstanceId, Member>, PortError> {
    const OPERATION: &str = "DescribeAutoScalingGroups";
    let mut pools: BTreeMap<&str, &PoolName> =
        groups.iter().map(|(pool, group)| (group.as_str(), pool)).collect();
    let names: Vec<String> = pools.keys().map(|&group| group.to_owned()).collect();
    let mut members = BTreeMap::new();
    for names in names.chunks(PAGE) {
        let mut pages = client
            .describe_auto_scaling_groups()
            .set_auto_scaling_group_names(Some(names.to_vec()))
            .max_records(PAGE_SIZE)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| sort(OPERATION, &error))?;
            for group in page.auto_scaling_groups() {
                let Some(pool) = group.auto_scaling_group_name().and_then(|name| pools.remove(name)) else {
                    continue;
                };
                members.extend(group.instances().iter().filter_map(|instance| member(instance, pool)));
            }
        }
    }
    // A group that is not listed would look like one that has lost all its nodes.
    match pools.into_keys().next() {
        None => Ok(members),
        Some(missing) => {
            Err(PortError::NotFound { source: call_error(OPERATION, format!("there is no group {missing}")) })
        }
    }
}

/// Machines on their way out are no members: nothing may be placed on them, and what runs there ends.
fn member(instance: &Instance, pool: &PoolName) -> Option<(InstanceId, Member)> {
    let is_member = matches!(
        instance.lifecycle_state()?,
        LifecycleState::Pending
            | LifecycleState::PendingWait
            | LifecycleState::PendingProceed
            | LifecycleState::InService
            | LifecycleState::EnteringStandby
            | LifecycleState::Standby
    );
    let member = Member { pool: pool.clone(), zone: Zone::from(instance.availability_zone()?) };
    is_member.then(|| instance.instance_id().map(|id| (InstanceId::from(id), member)))?
}

async fn container_instances(
    client: &aws_sdk_ecs::Client,
    cluster: &str,
) -> Result<Vec<ContainerInstance>, PortError> {
    let mut arns = Vec::new();
    let mut pages =
        client.list_container_instances().cluster(cluster).max_results(PAGE_SIZE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| sort("ListContainerInstances", &error))?;
        arns.extend_from_slice(page.container_instance_arns());
    }
    let described = try_join_all(arns.chunks(PAGE).map(|arns| {
        client
            .describe_container_instances()
            .cluster(cluster)
            .set_container_instances(Some(arns.to_vec()))
            .send()
    }));
    let described = described.await.map_err(|error| sort("DescribeContainerInstances", &error))?;
    // Whoever was deregistered in between stands under the failures.
    Ok(described.into_iter().flat_map(|answer| answer.container_instances.unwrap_or_default()).collect())
}

fn usable(instance: &ContainerInstance) -> Option<(InstanceId, Size)> {
    let is_active = instance.status() == Some("ACTIVE");
    if !is_active || !instance.agent_connected() {
        return None;
    }
    let amount = |name| {
        let resource = instance.registered_resources().iter().find(|resource| resource.name() == Some(name));
        resource.and_then(|resource| u32::try_from(resource.integer_value()).ok())
    };
    let size = Size { cpu: CpuUnits(amount("CPU")?), memory: Mib(amount("MEMORY")?) };
    Some((InstanceId::from(instance.ec2_instance_id()?), size))
}

fn draining(instance: &ContainerInstance) -> Option<InstanceId> {
    (instance.status() == Some("DRAINING")).then(|| instance.ec2_instance_id().map(InstanceId::from))?
}

/// A task leaves this list when it is told to stop.
async fn tasks(client: &aws_sdk_ecs::Client, cluster: &str) -> Result<BTreeSet<TaskId>, PortError> {
    let mut tasks = BTreeSet::new();
    let mut pages = client
        .list_tasks()
        .cluster(cluster)
        .desired_status(DesiredStatus::Running)
        .max_results(PAGE_SIZE)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| sort("ListTasks", &error))?;
        tasks.extend(page.task_arns().iter().map(|arn| task_id(arn)));
    }
    Ok(tasks)
}
