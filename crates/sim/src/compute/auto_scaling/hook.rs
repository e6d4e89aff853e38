//! Lifecycle hooks: an instance waits until somebody says go.

use super::member::Lifecycle;
use super::{launch, limit_exceeded, need_group, need_group_mut, terminate};
use crate::compute::machine::Machine;
use crate::compute::output::EventKind;
use crate::compute::params::{Params, put as set};
use crate::compute::refusal::{Answer, Refusal, validation};
use crate::compute::time::text_to_the_second;
use crate::compute::timers::Timer;
use crate::numbers::ec2::HOOKS;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const LAUNCHING: &str = "autoscaling:EC2_INSTANCE_LAUNCHING";
pub(super) const TERMINATING: &str = "autoscaling:EC2_INSTANCE_TERMINATING";

#[derive(Clone, Debug)]
pub(crate) struct Hook {
    transition: String,
    heartbeat_s: u64,
    abandons: bool,
    metadata: Option<String>,
    target: Option<String>,
    role: Option<String>,
}

/// A hook as a request gives it; what is left out stays as it was.
pub(super) fn read(params: &Params<'_>, old: Option<&Hook>) -> Result<(String, Hook), Refusal> {
    let name = params.need("LifecycleHookName")?.to_owned();
    let transition = params.text("LifecycleTransition").or(old.map(|it| it.transition.as_str()));
    let transition =
        transition.ok_or_else(|| validation("LifecycleTransition is required for a new hook."))?;
    if transition != LAUNCHING && transition != TERMINATING {
        return Err(validation(format!("Invalid LifecycleTransition: {transition}")));
    }
    let heartbeat = params.number("HeartbeatTimeout")?.and_then(|it| u64::try_from(it).ok());
    let heartbeat_s = heartbeat.or(old.map(|it| it.heartbeat_s)).unwrap_or(3600);
    if !(30..=7200).contains(&heartbeat_s) {
        return Err(validation("HeartbeatTimeout must be between 30 and 7200 seconds."));
    }
    let text = |name: &str| params.text(name).map(str::to_owned);
    let abandons = params.text("DefaultResult").map(|it| it == "ABANDON");
    let hook = Hook {
        transition: transition.to_owned(),
        heartbeat_s,
        abandons: abandons.or(old.map(|it| it.abandons)).unwrap_or(true),
        metadata: text("NotificationMetadata").or(old.and_then(|it| it.metadata.clone())),
        target: text("NotificationTargetARN").or(old.and_then(|it| it.target.clone())),
        role: text("RoleARN").or(old.and_then(|it| it.role.clone())),
    };
    Ok((name, hook))
}

pub(super) fn put(m: &mut Machine, params: &Params<'_>) -> Answer {
    let group = need_group_mut(m, params)?;
    let old = group.hooks.get(params.need("LifecycleHookName")?).cloned();
    let (name, hook) = read(params, old.as_ref())?;
    if old.is_none() && group.hooks.len() >= HOOKS {
        return Err(limit_exceeded(
            "The limit of lifecycle hooks for the AutoScalingGroup has been reached.",
        ));
    }
    group.hooks.insert(name, hook);
    Ok(json!({}))
}

pub(super) fn delete(m: &mut Machine, params: &Params<'_>) -> Answer {
    let name = params.need("LifecycleHookName")?;
    let removed = need_group_mut(m, params)?.hooks.remove(name);
    removed.map(|_| json!({})).ok_or_else(|| validation(format!("No Lifecycle Hook with name {name} found")))
}

pub(super) fn describe(m: &mut Machine, params: &Params<'_>) -> Answer {
    let asked = params.texts("LifecycleHookNames");
    let group = need_group(m, params)?;
    let wanted = group.hooks.iter().filter(|(name, _)| asked.is_empty() || asked.contains(&name.as_str()));
    let shown: Vec<Value> = wanted
        .map(|(name, hook)| {
            let mut shown = json!({
                "LifecycleHookName": name,
                "AutoScalingGroupName": group.name,
                "LifecycleTransition": hook.transition,
                "HeartbeatTimeout": hook.heartbeat_s,
                "GlobalTimeout": (hook.heartbeat_s * 100).min(172_800),
                "DefaultResult": if hook.abandons { "ABANDON" } else { "CONTINUE" },
            });
            if let Some(members) = shown.as_object_mut() {
                set(members, "NotificationMetadata", hook.metadata.as_deref());
                set(members, "NotificationTargetARN", hook.target.as_deref());
                set(members, "RoleARN", hook.role.as_deref());
            }
            shown
        })
        .collect();
    Ok(json!({ "LifecycleHooks": shown }))
}

/// Starts the actions of every hook on that transition; true if there is something to wait for.
pub(super) fn begin(m: &mut Machine, name: &str, id: &str, transition: &str) -> bool {
    let Some(group) = m.auto_scaling.groups.get(name) else { return false };
    let hooks: Vec<(String, Hook)> = group
        .hooks
        .iter()
        .filter(|(_, it)| it.transition == transition)
        .map(|(n, h)| (n.clone(), h.clone()))
        .collect();
    let arn = group.arn.clone();
    for (hook_name, hook) in &hooks {
        let token = m.ids.uuid("lifecycle action");
        let mut detail = json!({
            "LifecycleActionToken": token,
            "AutoScalingGroupName": name,
            "LifecycleHookName": hook_name,
            "EC2InstanceId": id,
            "LifecycleTransition": transition,
            "Origin": if transition == LAUNCHING { "EC2" } else { "AutoScalingGroup" },
            "Destination": if transition == LAUNCHING { "AutoScalingGroup" } else { "EC2" },
        });
        if let Some(metadata) = &hook.metadata {
            detail["NotificationMetadata"] = json!(metadata);
        }
        let is_launch = transition == LAUNCHING;
        let kind =
            if is_launch { EventKind::LaunchLifecycleAction } else { EventKind::TerminateLifecycleAction };
        m.emit(kind, vec![arn.clone()], detail);
        let times_out =
            Timer::HookTimesOut { group: name.to_owned(), instance_id: id.to_owned(), token: token.clone() };
        m.set(Duration::from_secs(hook.heartbeat_s), times_out);
        let group = m.auto_scaling.groups.get_mut(name);
        if let Some(member) = group.and_then(|group| group.member_mut(id)) {
            member.waits_for.insert((hook_name.clone(), token));
        }
    }
    !hooks.is_empty()
}

pub(super) fn complete(m: &mut Machine, params: &Params<'_>) -> Answer {
    let abandons = params.need("LifecycleActionResult")?.eq_ignore_ascii_case("ABANDON");
    let (name, id, hook, token) = action(m, params)?;
    resolve(m, &name, &id, &(hook, token), abandons);
    Ok(json!({}))
}

pub(super) fn heartbeat(m: &mut Machine, params: &Params<'_>) -> Answer {
    let (name, id, hook, token) = action(m, params)?;
    let group = m.auto_scaling.groups.get_mut(&name);
    let heartbeat_s = group.as_ref().and_then(|it| it.hooks.get(&hook)).map_or(3600, |it| it.heartbeat_s);
    // The old token's time-out finds nobody waiting for it any more.
    let renewed = m.ids.uuid("lifecycle action");
    let group = m.auto_scaling.groups.get_mut(&name);
    if let Some(member) = group.and_then(|group| group.member_mut(&id)) {
        member.waits_for.remove(&(hook.clone(), token));
        member.waits_for.insert((hook, renewed.clone()));
    }
    m.set(
        Duration::from_secs(heartbeat_s),
        Timer::HookTimesOut { group: name, instance_id: id, token: renewed },
    );
    Ok(json!({}))
}

pub(crate) fn hook_times_out(m: &mut Machine, name: &str, id: &str, token: &str) {
    let Some(group) = m.auto_scaling.groups.get(name) else { return };
    let Some(member) = group.members.iter().find(|it| it.instance_id == id) else { return };
    let Some(waits_for) = member.waits_for.iter().find(|(_, it)| it == token).cloned() else { return };
    let abandons = group.hooks.get(&waits_for.0).is_none_or(|hook| hook.abandons);
    resolve(m, name, id, &waits_for, abandons);
}

/// One action is over; with the last one, or at an ABANDON, the instance goes on.
fn resolve(m: &mut Machine, name: &str, id: &str, action: &(String, String), abandons: bool) {
    let group = m.auto_scaling.groups.get_mut(name);
    let Some(member) = group.and_then(|group| group.member_mut(id)) else { return };
    member.waits_for.remove(action);
    if abandons {
        member.waits_for.clear();
    }
    if !member.waits_for.is_empty() {
        return;
    }
    match member.lifecycle {
        Lifecycle::PendingWait if abandons => {
            let at = text_to_the_second(m.now);
            let cause =
                format!("At {at} an instance was taken out of service because its launch was abandoned.");
            terminate::begin(m, name, id, cause);
            super::group::stir(m, name);
        }
        Lifecycle::PendingWait => launch::enter_service(m, name, id),
        Lifecycle::TerminatingWait => terminate::go(m, name, id),
        Lifecycle::Pending | Lifecycle::InService | Lifecycle::Terminating => {}
    }
}

/// Group, instance, hook and token of the action a request speaks of.
fn action(m: &Machine, params: &Params<'_>) -> Result<(String, String, String, String), Refusal> {
    let hook = params.need("LifecycleHookName")?;
    let group = need_group(m, params)?;
    let (id, token) = (params.text("InstanceId"), params.text("LifecycleActionToken"));
    let is_meant = |of: &str, it: &(String, String)| {
        it.0 == hook && id.is_none_or(|id| id == of) && token.is_none_or(|token| token == it.1)
    };
    let mut waiting =
        group.members.iter().flat_map(|it| it.waits_for.iter().map(move |on| (&it.instance_id, on)));
    let found = waiting.find(|(of, it)| (id.is_some() || token.is_some()) && is_meant(of, it));
    let (id, (hook, token)) = found.ok_or_else(|| {
        validation(format!("No active Lifecycle Action found with instance ID {}", id.unwrap_or("null")))
    })?;
    Ok((group.name.clone(), id.clone(), hook.clone(), token.clone()))
}
