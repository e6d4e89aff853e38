//! How a group gets from what it has to what it wants.

use super::activity::{self, Status};
use super::group::Group;
use super::launch::{self, Reason};
use super::member::{Lifecycle, Member};
use super::terminate::{self, cause_of_scale_in};
use crate::compute::ec2::Market;
use crate::compute::machine::Machine;
use crate::compute::output::EventKind;
use crate::compute::timers::Timer;
use std::cmp::Reverse;

/// One comparison: what died is replaced, then what is missing launched or what is too many ended.
pub(crate) fn react(m: &mut Machine, name: &str) {
    replace_unhealthy(m, name);
    let Some(group) = m.auto_scaling.groups.get(name) else { return };
    let (present, desired) = (group.n_present(), group.desired);
    let may_launch = group.runs("Launch") && !group.is_being_deleted;
    let may_terminate = group.runs("Terminate");
    if present < desired && may_launch {
        launch_missing(m, name, desired - present);
    } else if present > desired && may_terminate {
        scale_in(m, name, present - desired);
    } else if present == desired && may_launch && may_terminate {
        rebalance(m, name);
    }
}

fn launch_missing(m: &mut Machine, name: &str, n_missing: i64) {
    for _ in 0..n_missing {
        if !launch::launch_anywhere(m, name, &Reason::Difference) {
            retry_later(m, name);
            return;
        }
    }
}

/// After a day of nothing but failures AWS stops trying.
fn retry_later(m: &mut Machine, name: &str) {
    let (now, timing) = (m.now, m.settings.timing.clone());
    let Some(group) = m.auto_scaling.groups.get_mut(name) else { return };
    let since = *group.failing_since.get_or_insert(now);
    if now.saturating_sub(since) >= timing.launches_given_up {
        let reason =
            "AdministrativeSuspend: the group has been failing to launch instances for over 24 hours";
        group.suspended.insert("Launch".to_owned(), reason.to_owned());
        return;
    }
    m.set(timing.launch_retry, Timer::GroupReacts(name.to_owned()));
}

fn replace_unhealthy(m: &mut Machine, name: &str) {
    let Some(group) = m.auto_scaling.groups.get_mut(name) else { return };
    let instances = &m.ec2.instances;
    if group.runs("HealthCheck") {
        for member in group.members.iter_mut().filter(|it| !it.lifecycle.is_leaving()) {
            let is_alive = instances.get(&member.instance_id).is_some_and(|it| it.is_alive());
            member.is_healthy &= is_alive;
        }
    }
    if !group.runs("ReplaceUnhealthy") || !group.runs("Terminate") {
        return;
    }
    let unhealthy = group.present().filter(|member| !member.is_healthy);
    let unhealthy: Vec<String> = unhealthy.map(|member| member.instance_id.clone()).collect();
    for id in unhealthy {
        let at = crate::compute::time::text_to_the_second(m.now);
        let cause = format!(
            "At {at} an instance was taken out of service in response to an EC2 health check indicating it has been \
             terminated or stopped."
        );
        terminate::begin(m, name, &id, cause);
    }
}

/// Ends unprotected members of the fullest zone: of the market and the type that the group's policy wants less, then the
/// outdated, then whose billing hour ends next.
fn scale_in(m: &mut Machine, name: &str, n_surplus: i64) {
    for _ in 0..n_surplus {
        let Some(group) = m.auto_scaling.groups.get(name) else { return };
        // A rebalance launches first; what it replaces goes once the newcomer serves.
        if group.present().any(|member| member.balances) {
            return;
        }
        let Some(victim) = victim(m, group) else {
            tell_protected(m, name);
            return;
        };
        let cause = cause_of_scale_in(m, name);
        terminate::begin(m, name, &victim, cause);
    }
}

fn victim(m: &Machine, group: &Group) -> Option<String> {
    let candidates = || group.present().filter(|it| it.lifecycle == Lifecycle::InService && !it.is_protected);
    let mut zones = group.zones_by_members();
    zones.sort_by_key(|(n, _)| Reverse(*n));
    let (_, zone) = zones.into_iter().find(|(_, zone)| candidates().any(|it| it.zone == *zone))?;
    let market = group.launch.market_to_shrink(m, group);
    let current = group.launch.template(m).map_or(0, |template| template.version);
    // An hour of its bill is nearly over, as far as bills still go by the hour.
    let into_its_hour =
        |id: &str| m.ec2.instances.get(id).map(|it| m.now.saturating_sub(it.launched_at).as_secs() % 3600);
    let rank = |it: &Member| {
        let is_of_market = market.is_none_or(|market| (market == Market::Spot) == it.is_spot);
        let least_wanted = group.launch.least_wanted(m, it);
        let age = into_its_hour(&it.instance_id);
        (!is_of_market, least_wanted, it.template_version == current, Reverse(age), it.instance_id.clone())
    };
    let first = candidates().filter(|it| it.zone == zone).min_by_key(|it| rank(it));
    first.map(|member| member.instance_id.clone())
}

/// Desired has dropped and nobody dies; said once.
fn tell_protected(m: &mut Machine, name: &str) {
    let Some(group) = m.auto_scaling.groups.get_mut(name) else { return };
    let is_only_protection = group.present().any(|it| it.is_protected);
    if group.told_protected || !is_only_protection {
        return;
    }
    group.told_protected = true;
    let cause = cause_of_scale_in(m, name);
    let id = activity::begin(m, name, "Terminating EC2 instance".to_owned(), cause, "", "");
    let message =
        "Could not scale to desired capacity because all remaining instances are protected from scale in.";
    activity::end(
        m,
        name,
        &id,
        Status::Cancelled,
        Some(message.to_owned()),
        EventKind::TerminateUnsuccessful,
        "",
    );
}

/// Launches one in the emptiest zone if another has two more; the surplus goes from the fullest.
fn rebalance(m: &mut Machine, name: &str) {
    let Some(group) = m.auto_scaling.groups.get(name) else { return };
    let zones = group.zones_by_members();
    let (Some((fewest, emptiest)), Some((most, fullest))) = (zones.first(), zones.last()) else { return };
    let is_settled = group.present().all(|it| it.lifecycle == Lifecycle::InService && it.is_healthy);
    let can_go = group.present().any(|it| it.zone == *fullest && !it.is_protected);
    let limit = group.max + (group.max / 10).max(1);
    if !group.runs("AZRebalance") || most - fewest < 2 || !is_settled || !can_go || group.n_present() >= limit
    {
        return;
    }
    let zone = emptiest.clone();
    if !launch::launch_in(m, name, &zone, &Reason::Rebalance) {
        m.set(m.settings.timing.launch_retry, Timer::GroupReacts(name.to_owned()));
    }
}
