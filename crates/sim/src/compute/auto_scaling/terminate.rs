//! A group ends a member.

use super::activity::{self, Status};
use super::group::stir;
use super::hook;
use super::member::Lifecycle;
use crate::compute::ec2;
use crate::compute::machine::Machine;
use crate::compute::output::EventKind;
use crate::compute::time::text_to_the_second;

/// Takes a member out; it waits for its hooks, then EC2 ends it. Answers the activity's id.
pub(super) fn begin(m: &mut Machine, name: &str, id: &str, cause: String) -> Option<String> {
    let group = m.auto_scaling.groups.get_mut(name)?;
    let member = group.members.iter().find(|it| it.instance_id == id)?;
    if member.lifecycle.is_leaving() {
        return Some(member.activity.clone());
    }
    let (zone, subnet, launching) = (member.zone.clone(), member.subnet.clone(), member.activity.clone());
    let was_pending = member.lifecycle != Lifecycle::InService;
    if was_pending {
        let message = Some("Instance terminated before it was in service".to_owned());
        activity::end(m, name, &launching, Status::Cancelled, message, EventKind::LaunchUnsuccessful, id);
    }
    let description = format!("Terminating EC2 instance: {id}");
    let activity = activity::begin(m, name, description, cause, &zone, &subnet);
    let is_waiting = hook::begin(m, name, id, hook::TERMINATING);
    let member = m.auto_scaling.groups.get_mut(name)?.member_mut(id)?;
    member.activity.clone_from(&activity);
    member.lifecycle = if is_waiting { Lifecycle::TerminatingWait } else { Lifecycle::Terminating };
    if !is_waiting {
        go(m, name, id);
    }
    Some(activity)
}

/// The hooks are through: EC2 shuts it down. One that is gone already only leaves the group.
pub(super) fn go(m: &mut Machine, name: &str, id: &str) {
    let group = m.auto_scaling.groups.get_mut(name);
    if let Some(member) = group.and_then(|group| group.member_mut(id)) {
        member.lifecycle = Lifecycle::Terminating;
    }
    let is_gone = m.ec2.instances.get(id).is_none_or(|it| it.state == ec2::State::Terminated);
    if is_gone {
        leave(m, name, id);
    } else {
        let reason =
            ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown");
        ec2::shut_down(m, id, reason);
    }
}

/// EC2 is through with it. A member nobody took out yet stays until the group notices.
pub(crate) fn instance_terminated(m: &mut Machine, id: &str) {
    let Some(name) = m.ec2.instances.get(id).and_then(|it| it.group.clone()) else { return };
    let group = m.auto_scaling.groups.get_mut(&name);
    let Some(member) = group.and_then(|group| group.member_mut(id)) else { return };
    if member.lifecycle == Lifecycle::Terminating {
        leave(m, &name, id);
    }
}

pub(super) fn cause_of_scale_in(m: &Machine, name: &str) -> String {
    let Some(group) = m.auto_scaling.groups.get(name) else { return String::new() };
    let at = text_to_the_second(m.now);
    let (from, to) = (group.n_present(), group.n_present() - 1);
    format!(
        "{}At {at} an instance was taken out of service in response to a difference between desired and actual \
         capacity, shrinking the capacity from {from} to {to}.",
        group.cause.as_deref().unwrap_or_default()
    )
}

fn leave(m: &mut Machine, name: &str, id: &str) {
    let Some(group) = m.auto_scaling.groups.get_mut(name) else { return };
    let Some(at) = group.members.iter().position(|it| it.instance_id == id) else { return };
    let member = group.members.remove(at);
    let is_last_of_deleted = group.is_being_deleted && group.members.is_empty();
    activity::end(m, name, &member.activity, Status::Successful, None, EventKind::TerminateSuccessful, id);
    if is_last_of_deleted {
        m.auto_scaling.groups.remove(name);
    } else {
        stir(m, name);
    }
}
