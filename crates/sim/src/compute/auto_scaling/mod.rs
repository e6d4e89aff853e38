//! Auto Scaling groups.

mod activity;
mod capacity;
mod describe;
mod detach;
mod group;
mod group_calls;
mod hook;
mod launch;
mod launch_instances;
mod launch_source;
mod member;
mod member_calls;
mod nothing;
mod process;
mod scheduled_action;
mod tag;
mod terminate;
mod warm_pool;

pub(crate) use capacity::react;
pub(crate) use detach::detach;
pub(crate) use group::Group;
pub(crate) use group_calls::mentioned;
pub(crate) use hook::hook_times_out;
pub(crate) use launch::instance_runs;
pub(crate) use scheduled_action::run_scheduled_action;
pub(crate) use terminate::instance_terminated;

use super::changing::Changing;
use super::machine::Machine;
use super::params::Params;
use super::refusal::{Answer, Refusal, Service, validation};
use std::collections::BTreeMap;

/// What Auto Scaling knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct AutoScaling {
    pub(crate) groups: BTreeMap<String, Group>,
}

pub(crate) fn call(m: &mut Machine, action: &str, params: &Params<'_>) -> Answer {
    if !action.starts_with("Describe") {
        check_free(m, params)?;
    }
    match action {
        "CreateAutoScalingGroup" => group_calls::create(m, params),
        "UpdateAutoScalingGroup" => group_calls::update(m, params),
        "DeleteAutoScalingGroup" => group_calls::delete(m, params),
        "DescribeAutoScalingGroups" => describe::groups(m, params),
        "DescribeAutoScalingInstances" => describe::instances(m, params),
        "DescribeScalingActivities" => activity::describe(m, params),
        "SetDesiredCapacity" => group_calls::set_desired_capacity(m, params),
        "LaunchInstances" => launch_instances::launch_instances(m, params),
        "TerminateInstanceInAutoScalingGroup" => member_calls::terminate(m, params),
        "SetInstanceProtection" => member_calls::set_protection(m, params),
        "SetInstanceHealth" => member_calls::set_health(m, params),
        "SuspendProcesses" => process::suspend(m, params),
        "ResumeProcesses" => process::resume(m, params),
        "EnableMetricsCollection" => process::enable_metrics(m, params),
        "DisableMetricsCollection" => process::disable_metrics(m, params),
        "PutWarmPool" => warm_pool::put(m, params),
        "DeleteWarmPool" => warm_pool::delete(m, params),
        "DescribeWarmPool" => warm_pool::describe(m, params),
        "PutLifecycleHook" => hook::put(m, params),
        "DeleteLifecycleHook" => hook::delete(m, params),
        "DescribeLifecycleHooks" => hook::describe(m, params),
        "CompleteLifecycleAction" => hook::complete(m, params),
        "RecordLifecycleActionHeartbeat" => hook::heartbeat(m, params),
        "PutScheduledUpdateGroupAction" => scheduled_action::put(m, params),
        "DeleteScheduledAction" => scheduled_action::delete(m, params),
        "DescribeScheduledActions" => scheduled_action::describe(m, params),
        "CreateOrUpdateTags" => tag::create_or_update(m, params),
        "DeleteTags" => tag::delete(m, params),
        "DescribeTags" => tag::describe(m, params),
        _ => nothing::call(m, action, params),
    }
}

/// Of a group that somebody else changes, nothing can be changed.
fn check_free(m: &Machine, params: &Params<'_>) -> Result<(), Refusal> {
    let ids = params.text("InstanceId").into_iter().chain(params.texts("InstanceIds"));
    let of_instances = ids.filter_map(|id| m.ec2.instances.get(id)?.group.as_deref());
    let of_tags = params.each("Tags").filter_map(|tag| tag.text("ResourceId"));
    let groups = params.text("AutoScalingGroupName").into_iter().chain(of_instances).chain(of_tags);
    groups.into_iter().try_for_each(|group| m.check_free(&Changing::Group(group.to_owned())))
}

fn limit_exceeded(message: &str) -> Refusal {
    Refusal::new("LimitExceeded", 400, message)
}

fn need_group<'m>(m: &'m Machine, params: &Params<'_>) -> Result<&'m Group, Refusal> {
    let name = params.need("AutoScalingGroupName")?;
    m.auto_scaling.groups.get(name).filter(|group| !group.is_being_deleted).ok_or_else(group_not_found)
}

fn need_group_mut<'m>(m: &'m mut Machine, params: &Params<'_>) -> Result<&'m mut Group, Refusal> {
    let name = params.need("AutoScalingGroupName")?;
    m.auto_scaling.groups.get_mut(name).filter(|group| !group.is_being_deleted).ok_or_else(group_not_found)
}

fn group_not_found() -> Refusal {
    validation("AutoScalingGroup name not found - null")
}

fn nothing_more() -> Answer {
    Ok(serde_json::Value::Null)
}

fn unsupported(action: &str) -> Refusal {
    Refusal::unknown_action(Service::AutoScaling, action)
}
