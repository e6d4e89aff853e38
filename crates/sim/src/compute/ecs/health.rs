//! Whether a host's container runtime answers: the one check that hosts of ours have.

use super::container_instance::{self, ContainerInstance};
use super::life;
use crate::compute::machine::Machine;
use crate::compute::output::EventKind;
use crate::compute::time::{Stamp, Time, epoch, iso};
use serde_json::{Value, json};

/// Its container runtime fails, or answers again. ECS ends what runs on a host that is impaired.
pub(crate) fn set_impaired(m: &mut Machine, arn: &str, is_impaired: bool) {
    let now = m.now;
    let Some(instance) = m.ecs.container_instances.get_mut(arn) else { return };
    if instance.is_impaired == is_impaired || !instance.is_registered() {
        return;
    }
    (instance.is_impaired, instance.health_since) = (is_impaired, now);
    container_instance::show(m, arn);
    tell(m, arn);
    if is_impaired {
        let tasks: Vec<String> = container_instance::tasks_on(m, arn).map(|task| task.arn.clone()).collect();
        // Which reason ECS gives is not documented.
        tasks.iter().for_each(|task| life::stop(m, task, "InfrastructureHealth", None));
    }
}

fn tell(m: &mut Machine, arn: &str) {
    let Some(instance) = m.ecs.container_instances.get(arn) else { return };
    let detail = json!({
        "clusterArn": m.arn("ecs", &format!("cluster/{}", instance.cluster)),
        "containerInstanceArn": arn,
        "capacityProviderName": null,
        "ec2InstanceId": instance.ec2_instance_id,
        "overallStatus": status(instance),
        "healthChecks": [check(instance, m.now, iso)],
    });
    m.emit(EventKind::ContainerInstanceHealthChange, vec![arn.to_owned()], detail);
}

/// As `DescribeContainerInstances` answers whoever asks for it.
pub(super) fn described(instance: &ContainerInstance, now: Time) -> Value {
    json!({ "overallStatus": status(instance), "details": [check(instance, now, epoch)] })
}

fn check(instance: &ContainerInstance, now: Time, stamp: Stamp) -> Value {
    json!({
        "type": "CONTAINER_RUNTIME",
        "status": status(instance),
        "statusReason": null,
        "lastUpdated": stamp(now),
        "lastStatusChange": stamp(instance.health_since),
    })
}

fn status(instance: &ContainerInstance) -> &'static str {
    if instance.is_impaired { "IMPAIRED" } else { "OK" }
}
