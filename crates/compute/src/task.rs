//! Starting the task of a launch, and stopping a task.

use std::collections::BTreeMap;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::error::ProvideErrorMetadata;
use aws_sdk_ecs::operation::run_task::builders::RunTaskFluentBuilder;
use aws_sdk_ecs::operation::run_task::{RunTaskError, RunTaskOutput};
use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, CapacityProviderStrategyItem, ContainerOverride, Failure,
    KeyValuePair, LaunchType, NetworkConfiguration, PlacementConstraint, PlacementConstraintType,
    PropagateTags, Tag, Task, TaskOverride,
};
use control::PortError;
use control::port::{Described, Started};
use model::Purchase;
use model::id::{InstanceId, TaskId};
use model::launch::Launch;
use model::time::Timestamp;
use sha2::{Digest, Sha256};
use wire::config::Serverless;

use crate::definition::{RUNNER, is_family_of};
use crate::error::{call_error, said, sort};

/// What `startedBy` begins with, before the launch.
const MARK: &str = "quillon/";

/// ECS takes no longer sentence.
const MAX_REASON: usize = 255;

/// What Fargate says when it has no place for anybody; the quota of vCPUs is as much a limit.
const NO_CAPACITY: &str = "Capacity is unavailable";

/// Where a task runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// On this node and no other.
    Node(&'a InstanceId),
    Fargate(&'a Serverless),
}

pub(crate) async fn run(
    client: &Client,
    cluster: &str,
    installation: &str,
    launch: &Launch,
    place: &Place<'_>,
) -> Result<Started, PortError> {
    let asked = placed(client.run_task(), place)?
        .cluster(cluster)
        .task_definition(&launch.revision.0)
        .count(1)
        .overrides(overrides(launch))
        .started_by(format!("{MARK}{}", launch.id))
        .client_token(token(cluster, launch))
        .tags(Tag::builder().key("quillon").value(installation).build())
        .propagate_tags(PropagateTags::None)
        .enable_execute_command(false)
        .send()
        .await;
    match asked {
        Ok(answer) => Ok(started(&answer)),
        Err(error) => match error.as_service_error() {
            Some(RunTaskError::ConflictException(conflict)) => {
                // The token has been used, with words that were ours when they were sent.
                let task = conflict.resource_ids().first().map(|arn| task_id(arn));
                Ok(task.map_or_else(|| Started::Refused(said(&error)), Started::Task))
            }
            Some(RunTaskError::InvalidParameterException(_)) if is_empty(error.message()) => {
                Ok(Started::Refused(said(&error)))
            }
            _ => Err(sort("RunTask", &error)),
        },
    }
}

/// What distinguishes this launch from others of its definition.
fn overrides(launch: &Launch) -> TaskOverride {
    let id = KeyValuePair::builder().name("QUILLON_LAUNCH").value(launch.id.to_string()).build();
    TaskOverride::builder()
        .cpu(launch.size.cpu.0.to_string())
        .memory(launch.size.memory.0.to_string())
        .container_overrides(ContainerOverride::builder().name(RUNNER).environment(id).build())
        .build()
}

fn placed(request: RunTaskFluentBuilder, place: &Place<'_>) -> Result<RunTaskFluentBuilder, PortError> {
    match place {
        Place::Node(node) => {
            let on_it = PlacementConstraint::builder()
                .r#type(PlacementConstraintType::MemberOf)
                .expression(format!("ec2InstanceId == {node}"));
            Ok(request.launch_type(LaunchType::Ec2).placement_constraints(on_it.build()))
        }
        Place::Fargate(pool) => {
            let provider = match pool.purchase {
                Purchase::Spot => "FARGATE_SPOT",
                Purchase::OnDemand => "FARGATE",
            };
            let unusable = |error: &dyn std::error::Error| PortError::Refused {
                source: call_error("RunTask", error.to_string()),
            };
            let strategy = CapacityProviderStrategyItem::builder().capacity_provider(provider).weight(1);
            let network = AwsVpcConfiguration::builder()
                .set_subnets(Some(pool.subnets.clone()))
                .set_security_groups(Some(pool.security_groups.clone()))
                .assign_public_ip(if pool.has_public_ip {
                    AssignPublicIp::Enabled
                } else {
                    AssignPublicIp::Disabled
                });
            let network = network.build().map_err(|error| unusable(&error))?;
            Ok(request
                .capacity_provider_strategy(strategy.build().map_err(|error| unusable(&error))?)
                .network_configuration(NetworkConfiguration::builder().awsvpc_configuration(network).build()))
        }
    }
}

pub(crate) async fn stop(client: &Client, cluster: &str, task: &TaskId, why: &str) -> Result<(), PortError> {
    let reason: String = why.chars().take(MAX_REASON).collect();
    match client.stop_task().cluster(cluster).task(&task.0).reason(reason).send().await {
        Ok(_) => Ok(()),
        Err(error) if error.message().is_some_and(|text| text.contains("was not found")) => Ok(()),
        Err(error) => Err(sort("StopTask", &error)),
    }
}

/// Those of these tasks that are ours and not stopping. What ECS does not know stands under its failures.
pub(crate) async fn describe(
    client: &Client,
    cluster: &str,
    installation: &str,
    tasks: &[TaskId],
) -> Result<BTreeMap<TaskId, Described>, PortError> {
    let named = tasks.iter().map(|task| task.0.clone()).collect();
    let answer = client.describe_tasks().cluster(cluster).set_tasks(Some(named)).send().await;
    let answer = answer.map_err(|error| sort("DescribeTasks", &error))?;
    let alive = answer.tasks().iter().filter(|task| task.desired_status() != Some("STOPPED"));
    let ours = alive.filter_map(|task| Some((task_id(task.task_arn()?), described(task, installation)?)));
    Ok(ours.collect())
}

/// Nothing of a task that somebody else has started, be it another installation in the same cluster: the
/// mark names the launch, and the definition's family the installation.
fn described(task: &Task, installation: &str) -> Option<Described> {
    let launch = task.started_by()?.strip_prefix(MARK)?.parse().ok()?;
    if !is_family_of(task.task_definition_arn()?, installation) {
        return None;
    }
    let began = task.created_at()?.to_millis().ok()?;
    Some(Described { launch, began: Timestamp(u64::try_from(began).ok()?) })
}

/// The last part of an ARN; the role session name of the task's credentials.
pub(crate) fn task_id(arn: &str) -> TaskId {
    TaskId(arn.rsplit('/').next().unwrap_or(arn).to_owned())
}

fn started(answer: &RunTaskOutput) -> Started {
    if let Some(arn) = answer.tasks().first().and_then(|task| task.task_arn()) {
        return Started::Task(task_id(arn));
    }
    let mut reasons: Vec<String> = Vec::new();
    for failure in answer.failures() {
        let reason = reason(failure);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() {
        // So are failures replayed that are older than an hour.
        reasons.push("ECS started nothing and gave no reason".to_owned());
    }
    let why = reasons.join("; ");
    if why.contains(NO_CAPACITY) { Started::NoCapacity(why) } else { Started::Refused(why) }
}

fn reason(failure: &Failure) -> String {
    let reason = failure.reason().unwrap_or("no reason");
    failure.detail().map_or_else(|| reason.to_owned(), |detail| format!("{reason} ({detail})"))
}

/// A cluster without any machine is told as a wrong parameter.
fn is_empty(message: Option<&str>) -> bool {
    message.is_some_and(|text| text.contains("No Container Instances were found"))
}

/// Made of what was committed: asked for again with other words, a launch is another. So is one that was
/// planned at another time: a job forgotten behind a gate is counted from one again.
fn token(cluster: &str, launch: &Launch) -> String {
    let Launch { id, pool, node, revision, size, at, .. } = launch;
    let planned = at.planned.0;
    let place = node.as_ref().map_or_else(|| pool.to_string(), ToString::to_string);
    let committed = format!("{cluster}|{place}|{revision}|{}|{}|{planned}", size.cpu.0, size.memory.0);
    format!("{id}-{}", hex::encode(&Sha256::digest(committed)[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_called_by_the_last_part_of_its_arn() {
        let arn =
            "arn:aws:ecs:eu-central-1:123456789012:task/quillon-trusted/0123456789abcdef0123456789abcdef";
        assert_eq!(task_id(arn).0, "0123456789abcdef0123456789abcdef");
        assert_eq!(task_id("0123").0, "0123");
    }
}
