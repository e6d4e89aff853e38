//! Scheduled actions. Those of one moment are carried out; recurring ones are only kept.

use super::group::stir;
use super::{limit_exceeded, need_group, need_group_mut, nothing_more};
use crate::compute::machine::Machine;
use crate::compute::params::{Params, put as set};
use crate::compute::refusal::{Answer, Refusal, validation};
use crate::compute::time::{self, Time};
use crate::compute::timers::Timer;
use crate::numbers::ec2::SCHEDULED_ACTIONS;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(crate) struct ScheduledAction {
    arn: String,
    starts_at: Option<Time>,
    ends_at: Option<Time>,
    recurrence: Option<String>,
    time_zone: Option<String>,
    min: Option<i64>,
    max: Option<i64>,
    desired: Option<i64>,
}

/// Puts an action in the place of the one of that name.
pub(super) fn put(m: &mut Machine, params: &Params<'_>) -> Answer {
    let name = params.need("ScheduledActionName")?.to_owned();
    let known = need_group(m, params)?;
    let group = known.name.clone();
    let moment = |member: &str| match params.text(member).filter(|text| !text.is_empty()) {
        Some(text) => {
            time::parse(text).map(Some).ok_or_else(|| validation(format!("{member} is not a time")))
        }
        None => Ok(None),
    };
    let sizes = ["MinSize", "MaxSize", "DesiredCapacity"].map(|member| params.number(member));
    let [min, max, desired] = sizes;
    let (min, max, desired) = (min?, max?, desired?);
    if min.or(max).or(desired).is_none() {
        return Err(validation("At least one of MinSize, MaxSize or DesiredCapacity must be specified."));
    }
    let starts_at = moment("StartTime")?.or(moment("Time")?);
    let recurrence = params.text("Recurrence").filter(|it| !it.is_empty()).map(str::to_owned);
    if starts_at.is_some_and(|at| at <= m.now) {
        return Err(validation("Given start time is in the past"));
    }
    if starts_at.is_none() && recurrence.is_none() {
        return Err(validation("Either a start time or a recurrence must be specified."));
    }
    let is_other = |of: &str| *of != *name;
    let mut others = known.scheduled_actions.iter().filter(|(of, _)| is_other(of));
    if starts_at.is_some() && others.clone().any(|(_, other)| other.starts_at == starts_at) {
        let message = "Scheduled action with this scheduled start time already exists";
        return Err(Refusal::new("AlreadyExists", 400, message));
    }
    if others.by_ref().count() >= SCHEDULED_ACTIONS {
        return Err(limit_exceeded(
            "The limit of scheduled actions for the AutoScalingGroup has been reached.",
        ));
    }
    let id = m.ids.uuid("scheduled action");
    let resource =
        format!("scheduledUpdateGroupAction:{id}:autoScalingGroupName/{group}:scheduledActionName/{name}");
    let action = ScheduledAction {
        arn: m.arn("autoscaling", &resource),
        starts_at,
        ends_at: moment("EndTime")?,
        time_zone: params.text("TimeZone").map(str::to_owned),
        min,
        max,
        desired,
        recurrence,
    };
    if let (Some(at), None) = (action.starts_at, &action.recurrence) {
        m.timers.set(at, Timer::ScheduledAction { group, action: name.clone() });
    }
    need_group_mut(m, params)?.scheduled_actions.insert(name, action);
    nothing_more()
}

pub(super) fn delete(m: &mut Machine, params: &Params<'_>) -> Answer {
    let name = params.need("ScheduledActionName")?;
    let removed = need_group_mut(m, params)?.scheduled_actions.remove(name);
    removed.map(|_| Value::Null).ok_or_else(|| validation(format!("Scheduled action name not found: {name}")))
}

pub(super) fn describe(m: &mut Machine, params: &Params<'_>) -> Answer {
    let asked = params.texts("ScheduledActionNames");
    let group = params.text("AutoScalingGroupName");
    let groups = m.auto_scaling.groups.values().filter(|it| group.is_none_or(|name| name == it.name));
    let all = groups.flat_map(|group| group.scheduled_actions.iter().map(move |it| (&group.name, it)));
    let wanted = all.filter(|(_, (name, _))| asked.is_empty() || asked.contains(&name.as_str()));
    let shown: Vec<Value> = wanted.map(|(group, (name, action))| action.json(group, name)).collect();
    let (page, next) = params.page(shown, "MaxRecords", "NextToken", 50)?;
    Ok(json!({ "ScheduledUpdateGroupActions": page, "NextToken": next }))
}

/// Its moment has come. While the process is suspended, what is due is lost.
pub(crate) fn run_scheduled_action(m: &mut Machine, name: &str, action: &str) {
    let now = m.now;
    let Some(group) = m.auto_scaling.groups.get_mut(name) else { return };
    let is_due = |it: &ScheduledAction| it.recurrence.is_none() && it.starts_at.is_some_and(|at| at <= now);
    if !group.scheduled_actions.get(action).is_some_and(is_due) {
        return;
    }
    let Some(due) = group.scheduled_actions.remove(action) else { return };
    if !group.runs("ScheduledActions") {
        return;
    }
    group.min = due.min.unwrap_or(group.min);
    group.max = due.max.unwrap_or(group.max).max(group.min);
    let desired = due.desired.unwrap_or(group.desired).clamp(group.min, group.max);
    group.set_desired(desired, now, &format!("the scheduled action {action} executed,"));
    stir(m, name);
}

impl ScheduledAction {
    fn json(&self, group: &str, name: &str) -> Value {
        let mut shown = json!({
            "AutoScalingGroupName": group, "ScheduledActionName": name, "ScheduledActionARN": self.arn,
        });
        let Some(members) = shown.as_object_mut() else { return shown };
        set(members, "Time", self.starts_at.map(time::text));
        set(members, "StartTime", self.starts_at.map(time::text));
        set(members, "EndTime", self.ends_at.map(time::text));
        set(members, "Recurrence", self.recurrence.as_deref());
        set(members, "TimeZone", self.time_zone.as_deref());
        set(members, "MinSize", self.min);
        set(members, "MaxSize", self.max);
        set(members, "DesiredCapacity", self.desired);
        shown
    }
}
