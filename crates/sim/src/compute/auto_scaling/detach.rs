//! A machine leaves its group and goes on.

use super::group::stir;
use super::member::Lifecycle;
use crate::compute::machine::Machine;

/// The group has one less and is to have one less; EC2 keeps the tags that are not the group's.
pub(crate) fn detach(m: &mut Machine, id: &str) {
    let Some(instance) = m.ec2.instances.get_mut(id) else { return };
    let Some(name) = instance.group.clone() else { return };
    let Some(group) = m.auto_scaling.groups.get_mut(&name) else { return };
    let in_service =
        |member: &super::member::Member| member.instance_id == id && member.lifecycle == Lifecycle::InService;
    let Some(at) = group.members.iter().position(in_service) else { return };
    group.members.remove(at);
    group.desired = (group.desired - 1).max(group.min);
    instance.group = None;
    instance.tags.remove("aws:autoscaling:groupName");
    stir(m, &name);
}
