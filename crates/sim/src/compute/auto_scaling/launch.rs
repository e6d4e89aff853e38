//! A group launches an instance.

use super::activity::{self, Status};
use super::group::{Group, stir};
use super::hook;
use super::member::{Lifecycle, Member};
use crate::compute::ec2::{self, Launch, LaunchFailure, Market};
use crate::compute::machine::Machine;
use crate::compute::output::EventKind;
use crate::compute::time::text_to_the_second;
use std::collections::{BTreeMap, BTreeSet};

/// What brought the launch about.
#[derive(Clone, Debug)]
pub(super) enum Reason {
    Difference,
    Rebalance,
    /// `LaunchInstances` with its client token.
    Call(String),
}

/// In the emptiest zone, else in the next; false if there is no capacity in any.
pub(super) fn launch_anywhere(m: &mut Machine, name: &str, reason: &Reason) -> bool {
    let zones = m.auto_scaling.groups.get(name).map(Group::zones_by_members).unwrap_or_default();
    zones.into_iter().any(|(_, zone)| launch_in(m, name, &zone, reason))
}

pub(super) fn launch_in(m: &mut Machine, name: &str, zone: &str, reason: &Reason) -> bool {
    let places = m.auto_scaling.groups.get(name).map(|group| group.places.clone()).unwrap_or_default();
    let Some((zone, subnet)) = places.into_iter().find(|(of, _)| of == zone) else { return false };
    let market = next_market(m, name);
    match launch_one(m, name, &zone, &subnet, market, reason) {
        Ok(_) => true,
        Err(failures) => {
            fail(m, name, &zone, &subnet, market, reason, &failures);
            false
        }
    }
}

pub(super) fn next_market(m: &Machine, name: &str) -> Market {
    let Some(group) = m.auto_scaling.groups.get(name) else { return Market::OnDemand };
    let n_spot = group.present().filter(|member| member.is_spot).count() as u64;
    let n_on_demand = group.present().filter(|member| !member.is_spot).count() as u64;
    group.launch.market(m, n_on_demand, n_spot)
}

/// Launches one and makes it a member; the instance id, or a failure per type that was tried.
pub(super) fn launch_one(
    m: &mut Machine,
    name: &str,
    zone: &str,
    subnet: &str,
    market: Market,
    reason: &Reason,
) -> Result<String, Vec<LaunchFailure>> {
    let Some(group) = m.auto_scaling.groups.get(name).cloned() else { return Err(Vec::new()) };
    let template = group.launch.template(m).cloned().unwrap_or_default();
    let instance_types = group.launch.instance_types(m, market);
    let propagated = group.tags.iter().filter(|(_, tag)| tag.propagates);
    let tags: BTreeMap<String, String> =
        propagated.map(|(key, tag)| (key.clone(), tag.value.clone())).collect();
    let client_token = match reason {
        Reason::Call(token) => token.clone(),
        Reason::Difference | Reason::Rebalance => m.ids.uuid("fleet token"),
    };
    let launch = Launch {
        template: &template,
        instance_types: &instance_types,
        market,
        availability_zone: zone,
        subnet_id: subnet,
        group: name,
        tags,
        client_token: &client_token,
    };
    let id = ec2::launch(m, &launch)?;
    let cause = cause(m, &group, reason);
    let activity =
        activity::begin(m, name, format!("Launching a new EC2 instance: {id}"), cause, zone, subnet);
    let instance = m.ec2.instances.get(&id);
    let member = Member {
        instance_type: instance.map(|it| it.instance_type.clone()).unwrap_or_default(),
        image_id: instance.map(|it| it.image_id.clone()).unwrap_or_default(),
        instance_id: id.clone(),
        zone: zone.to_owned(),
        subnet: subnet.to_owned(),
        is_spot: market == Market::Spot,
        template_version: template.version,
        lifecycle: Lifecycle::Pending,
        balances: matches!(reason, Reason::Rebalance),
        is_healthy: true,
        is_protected: group.protects_new,
        activity,
        waits_for: BTreeSet::new(),
    };
    if let Some(group) = m.auto_scaling.groups.get_mut(name) {
        group.members.push(member);
        group.failing_since = None;
    }
    Ok(id)
}

/// EC2 runs it: it waits for its hooks, else it is in service.
pub(crate) fn instance_runs(m: &mut Machine, id: &str) {
    let Some(name) = m.ec2.instances.get(id).and_then(|it| it.group.clone()) else { return };
    let group = m.auto_scaling.groups.get_mut(&name);
    // One that was stopped and started again is in service already, or on its way out.
    if group.and_then(|group| group.member_mut(id)).is_none_or(|it| it.lifecycle != Lifecycle::Pending) {
        return;
    }
    let is_waiting = hook::begin(m, &name, id, hook::LAUNCHING);
    let group = m.auto_scaling.groups.get_mut(&name);
    let Some(member) = group.and_then(|group| group.member_mut(id)) else { return };
    if is_waiting {
        member.lifecycle = Lifecycle::PendingWait;
    } else {
        enter_service(m, &name, id);
    }
}

pub(super) fn enter_service(m: &mut Machine, name: &str, id: &str) {
    let group = m.auto_scaling.groups.get_mut(name);
    let Some(member) = group.and_then(|group| group.member_mut(id)) else { return };
    if member.lifecycle.is_leaving() {
        return;
    }
    member.lifecycle = Lifecycle::InService;
    member.balances = false;
    let activity = member.activity.clone();
    activity::end(m, name, &activity, Status::Successful, None, EventKind::LaunchSuccessful, id);
    // What was launched to balance the zones has its counterpart to end.
    stir(m, name);
}

fn fail(
    m: &mut Machine,
    name: &str,
    zone: &str,
    subnet: &str,
    market: Market,
    reason: &Reason,
    failures: &[LaunchFailure],
) {
    let Some(group) = m.auto_scaling.groups.get(name).cloned() else { return };
    let message = match (failures.first(), market) {
        (None, _) => "The launch template names no instance type".to_owned(),
        (Some(first), _) if first.code != "InsufficientInstanceCapacity" => first.message.clone(),
        (Some(_), Market::Spot) if group.launch.is_mixed() => {
            "Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request \
             configuration. Please adjust your request and try again"
                .to_owned()
        }
        (Some(first), Market::Spot) => {
            format!("Could not launch Spot Instances. {} - {}", first.code, first.message.trim_end_matches('.'))
        }
        (Some(first), Market::OnDemand) => first.message.trim_end_matches('.').to_owned(),
    };
    let cause = cause(m, &group, reason);
    let description = "Launching a new EC2 instance.  Status Reason: ".to_owned() + &message;
    let id = activity::begin(m, name, description, cause, zone, subnet);
    let message = Some(format!("{message}. Launching EC2 instance failed."));
    activity::end(m, name, &id, Status::Failed, message, EventKind::LaunchUnsuccessful, "");
}

fn cause(m: &Machine, group: &Group, reason: &Reason) -> String {
    let at = text_to_the_second(m.now);
    let (from, to) = (group.n_present(), group.n_present() + 1);
    match reason {
        Reason::Difference => format!(
            "{}At {at} an instance was started in response to a difference between desired and actual capacity, \
             increasing the capacity from {from} to {to}.",
            group.cause.as_deref().unwrap_or_default()
        ),
        Reason::Rebalance => format!(
            "At {at} instances were launched to balance instances in zones {} with other zones resulting in more than \
             desired number of instances in the group.",
            group.zones().join(" ")
        ),
        Reason::Call(_) => {
            format!("At {at} a user request launched instances, increasing the capacity from {from} to {to}.")
        }
    }
}
