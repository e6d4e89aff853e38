//! A host's trunk: one more network interface of it, through which many tasks have theirs.

use super::container_instance::{self, Status};
use super::run_task::place_waiting;
use crate::compute::catalogue::{self, InstanceType};
use crate::compute::machine::Machine;
use crate::compute::timers::Timer;

/// A host that has one says so.
pub(super) const ATTRIBUTE: &str = "ecs.awsvpc-trunk-id";

/// How many tasks' interfaces go through it, if a host of this type that registers now gets one.
pub(super) fn of(m: &Machine, instance_type: &str) -> Option<u64> {
    let is_on = m.ecs.account_settings.get("awsvpcTrunking").is_some_and(|value| value == "enabled");
    catalogue::instance_type(instance_type).filter(|_| is_on).and_then(InstanceType::n_trunked_interfaces)
}

/// Its trunk is there, or gone.
pub(crate) fn settled(m: &mut Machine, arn: &str) {
    let Some(instance) = m.ecs.container_instances.get_mut(arn) else { return };
    let cluster = instance.cluster.clone();
    match instance.status {
        Status::Registering => instance.status = Status::Active,
        Status::Deregistering => {
            instance.status = Status::Inactive;
            m.set(m.settings.timing.dead_are_shown, Timer::ContainerInstanceForgotten(arn.to_owned()));
        }
        Status::Active | Status::Draining | Status::Inactive => return,
    }
    container_instance::publish(m, arn);
    place_waiting(m, &cluster);
}
