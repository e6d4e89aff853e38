//! Everything of ours that AWS lists.

use std::collections::BTreeMap;

use aws_sdk_autoscaling::types::{AutoScalingGroup, Instance, LaunchTemplateSpecification, LifecycleState};
use aws_sdk_ecs::types::{ContainerInstance, DesiredStatus};
use control::PortError;
use futures::future::try_join_all;
use futures::stream;
use futures::{StreamExt, TryStreamExt, try_join};
use model::Trust;
use model::id::{InstanceId, TaskId, Zone};
use model::observation::{Member, Registration, Survey};
use model::rules::PoolName;
use model::size::{CpuUnits, Mib, Size};

use crate::error::{call_error, sort};
use crate::settings::Settings;
use crate::task::task_id;

/// What each of the calls takes or gives at once, at most.
const PAGE: usize = 100;
const PAGE_SIZE: i32 = 100;

/// So many descriptions are asked for at once, of all clusters. ECS has a hundred reads for the whole account and Region,
/// everybody's, and gives twenty more a second: five thousand nodes are fifty descriptions beside as many lists, and fifty
/// at once would leave nobody else any.
const DESCRIPTIONS: usize = 4;

pub(crate) async fn survey(
    ecs: &aws_sdk_ecs::Client,
    autoscaling: &aws_sdk_autoscaling::Client,
    settings: &Settings,
) -> Result<Survey, PortError> {
    let clusters: Vec<&str> = settings.clusters.values().map(String::as_str).collect();
    let (groups, instances, tasks) = try_join!(
        groups(autoscaling, &settings.groups),
        container_instances(ecs, &clusters),
        try_join_all(settings.clusters.iter().map(|(trust, cluster)| tasks(ecs, *trust, cluster))),
    )?;
    Ok(Survey {
        held: groups.held,
        members: groups.members,
        registered: instances.iter().filter_map(registration).collect(),
        draining: instances.iter().filter_map(draining).collect(),
        tasks: tasks.into_iter().flatten().collect(),
    })
}

#[derive(Default)]
struct Groups {
    held: BTreeMap<PoolName, u32>,
    members: BTreeMap<InstanceId, Member>,
}

async fn groups(
    client: &aws_sdk_autoscaling::Client,
    groups: &BTreeMap<PoolName, String>,
) -> Result<Groups, PortError> {
    const OPERATION: &str = "DescribeAutoScalingGroups";
    let mut pools: BTreeMap<&str, &PoolName> =
        groups.iter().map(|(pool, group)| (group.as_str(), pool)).collect();
    let names: Vec<String> = pools.keys().map(|&group| group.to_owned()).collect();
    let mut found = Groups::default();
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
                let desired = group.desired_capacity().and_then(|n| u32::try_from(n).ok());
                found.held.insert(pool.clone(), desired.unwrap_or_default());
                let current = current_template(group);
                let instances = group.instances().iter();
                found.members.extend(instances.filter_map(|instance| member(instance, current, pool)));
            }
        }
    }
    // A group that is not listed would look like one that has lost all its nodes.
    match pools.into_keys().next() {
        None => Ok(found),
        Some(missing) => {
            Err(PortError::NotFound { source: call_error(OPERATION, format!("there is no group {missing}")) })
        }
    }
}

/// What the group's next machine is made of, where it says so by number: what `$Latest` and `$Default` are
/// only EC2 knows.
fn current_template(group: &AutoScalingGroup) -> Option<&LaunchTemplateSpecification> {
    let of_mixed = || group.mixed_instances_policy()?.launch_template()?.launch_template_specification();
    let template = of_mixed().or_else(|| group.launch_template())?;
    template.version().is_some_and(|version| version.parse::<u64>().is_ok()).then_some(template)
}

/// Machines on their way out are no members: nothing may be placed on them, and what runs there ends.
fn member(
    instance: &Instance,
    current: Option<&LaunchTemplateSpecification>,
    pool: &PoolName,
) -> Option<(InstanceId, Member)> {
    let is_member = matches!(
        instance.lifecycle_state()?,
        LifecycleState::Pending
            | LifecycleState::PendingWait
            | LifecycleState::PendingProceed
            | LifecycleState::InService
            | LifecycleState::EnteringStandby
            | LifecycleState::Standby
    );
    let is_other = |current: &LaunchTemplateSpecification| {
        instance.launch_template().is_none_or(|made_of| {
            (made_of.launch_template_id(), made_of.version())
                != (current.launch_template_id(), current.version())
        })
    };
    let member = Member {
        pool: pool.clone(),
        zone: Zone::from(instance.availability_zone()?),
        is_outdated: current.is_some_and(is_other),
    };
    is_member.then(|| instance.instance_id().map(|id| (InstanceId::from(id), member)))?
}

async fn container_instances(
    client: &aws_sdk_ecs::Client,
    clusters: &[&str],
) -> Result<Vec<ContainerInstance>, PortError> {
    let listed =
        try_join_all(clusters.iter().map(|cluster| container_instance_arns(client, cluster))).await?;
    let mut questions = Vec::new();
    for (cluster, arns) in clusters.iter().zip(&listed) {
        questions.extend(arns.chunks(PAGE).map(|arns| {
            let of_them = Some(arns.to_vec());
            client.describe_container_instances().cluster(*cluster).set_container_instances(of_them)
        }));
    }
    let described = stream::iter(questions).map(|question| question.send()).buffer_unordered(DESCRIPTIONS);
    let described: Vec<_> =
        described.try_collect().await.map_err(|error| sort("DescribeContainerInstances", &error))?;
    // Whoever was deregistered in between stands under the failures.
    Ok(described.into_iter().flat_map(|answer| answer.container_instances.unwrap_or_default()).collect())
}

async fn container_instance_arns(
    client: &aws_sdk_ecs::Client,
    cluster: &str,
) -> Result<Vec<String>, PortError> {
    let mut arns = Vec::new();
    let mut pages =
        client.list_container_instances().cluster(cluster).max_results(PAGE_SIZE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| sort("ListContainerInstances", &error))?;
        arns.extend(page.container_instance_arns.unwrap_or_default());
    }
    Ok(arns)
}

fn registration(instance: &ContainerInstance) -> Option<(InstanceId, Registration)> {
    let is_there = matches!(instance.status(), Some("ACTIVE" | "DRAINING"));
    let amount = |name| {
        let resource = instance.registered_resources().iter().find(|resource| resource.name() == Some(name));
        resource.and_then(|resource| u32::try_from(resource.integer_value()).ok())
    };
    let n_tasks = instance.running_tasks_count().saturating_add(instance.pending_tasks_count());
    let registration = Registration {
        handle: instance.container_instance_arn()?.to_owned(),
        size: Size { cpu: CpuUnits(amount("CPU")?), memory: Mib(amount("MEMORY")?) },
        is_connected: is_there && instance.agent_connected(),
        n_tasks: u32::try_from(n_tasks).unwrap_or_default(),
    };
    Some((InstanceId::from(instance.ec2_instance_id()?), registration))
}

fn draining(instance: &ContainerInstance) -> Option<InstanceId> {
    (instance.status() == Some("DRAINING")).then(|| instance.ec2_instance_id().map(InstanceId::from))?
}

/// A task leaves this list when it is told to stop.
async fn tasks(
    client: &aws_sdk_ecs::Client,
    trust: Trust,
    cluster: &str,
) -> Result<BTreeMap<TaskId, Trust>, PortError> {
    let mut tasks = BTreeMap::new();
    let mut pages = client
        .list_tasks()
        .cluster(cluster)
        .desired_status(DesiredStatus::Running)
        .max_results(PAGE_SIZE)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| sort("ListTasks", &error))?;
        tasks.extend(page.task_arns().iter().map(|arn| (task_id(arn), trust)));
    }
    Ok(tasks)
}
