//! Giving machines back.

use aws_sdk_autoscaling::error::ProvideErrorMetadata;
use aws_sdk_ecs::types::ContainerInstanceStatus;
use control::PortError;
use model::id::InstanceId;

use crate::error::sort;

/// ECS takes no more at once.
const DRAINED_AT_ONCE: usize = 10;
/// Nor Auto Scaling.
const ENDED_AT_ONCE: usize = 100;

/// Whoever was deregistered meanwhile, or drains already, is answered among the failures or as it is.
pub(crate) async fn drain(
    client: &aws_sdk_ecs::Client,
    cluster: &str,
    arns: &[String],
) -> Result<(), PortError> {
    for arns in arns.chunks(DRAINED_AT_ONCE) {
        client
            .update_container_instances_state()
            .cluster(cluster)
            .set_container_instances(Some(arns.to_vec()))
            .status(ContainerInstanceStatus::Draining)
            .send()
            .await
            .map_err(|error| sort("UpdateContainerInstancesState", &error))?;
    }
    Ok(())
}

pub(crate) async fn terminate(
    client: &aws_sdk_autoscaling::Client,
    group: &str,
    nodes: &[InstanceId],
) -> Result<(), PortError> {
    for nodes in nodes.chunks(ENDED_AT_ONCE) {
        let many = client
            .terminate_instance_in_auto_scaling_group()
            .auto_scaling_group_name(group)
            .set_instance_ids(Some(nodes.iter().map(|id| id.0.clone()).collect()))
            .should_decrement_desired_capacity(true)
            .send()
            .await;
        match many {
            Ok(_) => {}
            // One that is gone spoils it for all.
            Err(error) if error.code() == Some("ValidationError") => one_by_one(client, nodes).await?,
            Err(error) => return Err(sort(TERMINATE, &error)),
        }
    }
    Ok(())
}

const TERMINATE: &str = "TerminateInstanceInAutoScalingGroup";

/// All of them, whatever becomes of the others; the first error is told.
async fn one_by_one(client: &aws_sdk_autoscaling::Client, nodes: &[InstanceId]) -> Result<(), PortError> {
    let mut all = Ok(());
    for node in nodes {
        let ended = client
            .terminate_instance_in_auto_scaling_group()
            .instance_id(&node.0)
            .should_decrement_desired_capacity(true)
            .send()
            .await;
        match ended {
            Err(error) if !is_gone(error.message()) => all = all.and(Err(sort(TERMINATE, &error))),
            Ok(_) | Err(_) => {}
        }
    }
    all
}

/// "Instance Id not found - No managed instance found for instance ID: i-…"
fn is_gone(message: Option<&str>) -> bool {
    message.is_some_and(|text| text.to_ascii_lowercase().contains("not found"))
}

pub(crate) async fn hold(client: &aws_sdk_autoscaling::Client, group: &str, n: u32) -> Result<(), PortError> {
    client
        .set_desired_capacity()
        .auto_scaling_group_name(group)
        .desired_capacity(i32::try_from(n).unwrap_or(i32::MAX))
        .honor_cooldown(false)
        .send()
        .await
        .map_err(|error| sort("SetDesiredCapacity", &error))?;
    Ok(())
}
