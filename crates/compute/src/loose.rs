//! Machines of ours, whether a group has them or not.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, Instance};
use control::PortError;
use model::id::InstanceId;
use model::time::Timestamp;

use crate::error::sort;

/// With it, and a filter, EC2 charges the larger of its two buckets; it takes 1000 at most.
const PAGE_SIZE: i32 = 1000;

/// So many `DescribeAutoScalingInstances` takes and gives at once.
const GROUPED_AT_ONCE: usize = 50;

/// What costs money: also what does not run, for its disk is paid for.
const COSTLY: [&str; 4] = ["pending", "running", "stopping", "stopped"];

const TERMINATE: &str = "TerminateInstances";

pub(crate) async fn machines(
    client: &aws_sdk_ec2::Client,
    installation: &str,
) -> Result<BTreeMap<InstanceId, Timestamp>, PortError> {
    let ours = Filter::builder().name("tag:quillon").values(installation).build();
    let states = COSTLY.map(str::to_owned).to_vec();
    let costly = Filter::builder().name("instance-state-name").set_values(Some(states)).build();
    let mut pages = client
        .describe_instances()
        .filters(ours)
        .filters(costly)
        .max_results(PAGE_SIZE)
        .into_paginator()
        .send();
    let mut found = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| sort("DescribeInstances", &error))?;
        let instances = page.reservations().iter().flat_map(|reservation| reservation.instances());
        found.extend(instances.filter_map(launched));
    }
    Ok(found)
}

/// One without a moment of its launch is not ours to judge.
fn launched(instance: &Instance) -> Option<(InstanceId, Timestamp)> {
    let at = instance.launch_time()?.to_millis().ok()?;
    Some((InstanceId::from(instance.instance_id()?), Timestamp(u64::try_from(at).ok()?)))
}

pub(crate) async fn grouped(
    client: &aws_sdk_autoscaling::Client,
    nodes: &[InstanceId],
) -> Result<BTreeSet<InstanceId>, PortError> {
    let mut grouped = BTreeSet::new();
    for nodes in nodes.chunks(GROUPED_AT_ONCE) {
        let answer = client
            .describe_auto_scaling_instances()
            .set_instance_ids(Some(nodes.iter().map(|id| id.0.clone()).collect()))
            .send()
            .await
            .map_err(|error| sort("DescribeAutoScalingInstances", &error))?;
        let members = answer.auto_scaling_instances().iter();
        grouped.extend(members.filter_map(|member| member.instance_id().map(InstanceId::from)));
    }
    Ok(grouped)
}

/// Whatever EC2 has against one of them, it ends none: then each is ended by itself, and the first refusal is told.
pub(crate) async fn scrap(client: &aws_sdk_ec2::Client, nodes: &[InstanceId]) -> Result<(), PortError> {
    let many = terminate(client, nodes).await;
    if nodes.len() < 2 || !matches!(many, Err(PortError::Refused { .. } | PortError::NotFound { .. })) {
        return is_gone_or(many);
    }
    let mut all = Ok(());
    for node in nodes {
        all = all.and(is_gone_or(terminate(client, std::slice::from_ref(node)).await));
    }
    all
}

async fn terminate(client: &aws_sdk_ec2::Client, nodes: &[InstanceId]) -> Result<(), PortError> {
    let ids = nodes.iter().map(|id| id.0.clone()).collect();
    let ended = client.terminate_instances().set_instance_ids(Some(ids)).send().await;
    ended.map(drop).map_err(|error| sort(TERMINATE, &error))
}

/// One that EC2 has forgotten is gone.
fn is_gone_or(ended: Result<(), PortError>) -> Result<(), PortError> {
    match ended {
        Err(PortError::NotFound { .. }) => Ok(()),
        other => other,
    }
}
