//! Processes of a group that can be suspended, and its metrics.

use super::group::stir;
use super::{need_group_mut, nothing_more};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, validation};

const PROCESSES: [&str; 9] = [
    "AZRebalance",
    "AddToLoadBalancer",
    "AlarmNotification",
    "HealthCheck",
    "InstanceRefresh",
    "Launch",
    "ReplaceUnhealthy",
    "ScheduledActions",
    "Terminate",
];

const METRICS: [&str; 21] = [
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
    "GroupInServiceCapacity",
    "GroupPendingCapacity",
    "GroupStandbyCapacity",
    "GroupTerminatingCapacity",
    "GroupTotalCapacity",
    "WarmPoolDesiredCapacity",
    "WarmPoolWarmedCapacity",
    "WarmPoolPendingCapacity",
    "WarmPoolTerminatingCapacity",
    "WarmPoolTotalCapacity",
    "WarmPoolMinSize",
    "GroupAndWarmPoolDesiredCapacity",
    "GroupAndWarmPoolTotalCapacity",
];

pub(super) fn suspend(m: &mut Machine, params: &Params<'_>) -> Answer {
    let processes = named(params)?;
    let at = crate::compute::time::text_to_the_second(m.now);
    let group = need_group_mut(m, params)?;
    for process in processes {
        group.suspended.entry(process.to_owned()).or_insert_with(|| format!("User suspended at {at}"));
    }
    nothing_more()
}

pub(super) fn resume(m: &mut Machine, params: &Params<'_>) -> Answer {
    let processes = named(params)?;
    let group = need_group_mut(m, params)?;
    group.suspended.retain(|process, _| !processes.contains(&process.as_str()));
    group.failing_since = None;
    let name = group.name.clone();
    stir(m, &name);
    nothing_more()
}

pub(super) fn enable_metrics(m: &mut Machine, params: &Params<'_>) -> Answer {
    if params.need("Granularity")? != "1Minute" {
        return Err(validation("Granularity must be 1Minute"));
    }
    let asked = params.texts("Metrics");
    if let Some(unknown) = asked.iter().find(|metric| !METRICS.contains(metric)) {
        return Err(validation(format!("Invalid metric: {unknown}")));
    }
    let group = need_group_mut(m, params)?;
    let asked = if asked.is_empty() { METRICS.to_vec() } else { asked };
    group.metrics.extend(asked.iter().map(ToString::to_string));
    group.metrics.sort();
    group.metrics.dedup();
    nothing_more()
}

pub(super) fn disable_metrics(m: &mut Machine, params: &Params<'_>) -> Answer {
    let asked = params.texts("Metrics");
    let group = need_group_mut(m, params)?;
    group.metrics.retain(|metric| !asked.is_empty() && !asked.contains(&metric.as_str()));
    nothing_more()
}

/// The processes a request names; all of them if it names none.
fn named<'a>(params: &Params<'a>) -> Result<Vec<&'a str>, Refusal> {
    let named = params.texts("ScalingProcesses");
    match named.iter().find(|process| !PROCESSES.contains(process)) {
        Some(unknown) => Err(validation(format!("{unknown} is not a valid process type"))),
        None if named.is_empty() => Ok(PROCESSES.to_vec()),
        None => Ok(named),
    }
}
