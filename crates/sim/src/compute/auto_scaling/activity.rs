//! Scaling activities: what a group did and why.

use super::describe::check_page_size;
use super::group::Group;
use crate::compute::machine::Machine;
use crate::compute::output::EventKind;
use crate::compute::params::Params;
use crate::compute::refusal::Answer;
use crate::compute::time::{Time, text};
use crate::numbers::ec2::ACTIVITIES_TOLD;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(super) struct Activity {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) cause: String,
    pub(super) started_at: Time,
    pub(super) ended_at: Option<Time>,
    pub(super) status: Status,
    pub(super) message: Option<String>,
    pub(super) zone: String,
    pub(super) subnet: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    InProgress,
    Successful,
    Failed,
    Cancelled,
}

impl Status {
    fn text(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

impl Activity {
    pub(super) fn json(&self, group: &Group) -> Value {
        let details = json!({ "Subnet ID": self.subnet, "Availability Zone": self.zone });
        json!({
            "ActivityId": self.id,
            "AutoScalingGroupName": group.name,
            "AutoScalingGroupARN": group.arn,
            "Description": self.description,
            "Cause": self.cause,
            "StartTime": text(self.started_at),
            "EndTime": self.ended_at.map(text),
            "StatusCode": self.status.text(),
            "StatusMessage": self.message,
            "Progress": if self.ended_at.is_some() { 100 } else { 50 },
            "Details": details.to_string(),
        })
    }
}

/// Begins an activity; answers its id.
pub(super) fn begin(
    m: &mut Machine,
    group: &str,
    description: String,
    cause: String,
    zone: &str,
    subnet: &str,
) -> String {
    let id = m.ids.uuid("activity");
    let activity = Activity {
        id: id.clone(),
        description,
        cause,
        started_at: m.now,
        ended_at: None,
        status: Status::InProgress,
        message: None,
        zone: zone.to_owned(),
        subnet: subnet.to_owned(),
    };
    if let Some(group) = m.auto_scaling.groups.get_mut(group) {
        group.activities.push(activity);
    }
    id
}

/// Ends an activity and says so on the bus.
pub(super) fn end(
    m: &mut Machine,
    group: &str,
    id: &str,
    status: Status,
    message: Option<String>,
    kind: EventKind,
    instance_id: &str,
) {
    let now = m.now;
    let Some(of) = m.auto_scaling.groups.get_mut(group) else { return };
    let Some(activity) = of.activities.iter_mut().rev().find(|activity| activity.id == id) else { return };
    if activity.ended_at.is_some() {
        return;
    }
    activity.ended_at = Some(now);
    activity.status = status;
    activity.message = message;
    let activity = activity.clone();
    let is_leaving = matches!(kind, EventKind::TerminateSuccessful | EventKind::TerminateUnsuccessful);
    let (origin, destination) =
        if is_leaving { ("AutoScalingGroup", "EC2") } else { ("EC2", "AutoScalingGroup") };
    let detail = json!({
        // Documented: InProgress even when it is over and has succeeded.
        "StatusCode": if status == Status::Successful { "InProgress" } else { status.text() },
        "StatusMessage": activity.message.clone().unwrap_or_default(),
        "Description": activity.description,
        "Cause": activity.cause,
        "AutoScalingGroupName": group,
        "ActivityId": id,
        "RequestId": id,
        "EC2InstanceId": instance_id,
        "Details": { "Availability Zone": activity.zone, "Subnet ID": activity.subnet },
        "StartTime": text(activity.started_at),
        "EndTime": text(now),
        "Origin": origin,
        "Destination": destination,
    });
    let arn = of.arn.clone();
    let instance_arn = m.arn("ec2", &format!("instance/{instance_id}"));
    let resources = if instance_id.is_empty() { vec![arn] } else { vec![arn, instance_arn] };
    m.emit(kind, resources, detail);
}

/// Newest first, for six weeks; ids nobody knows are passed over.
pub(super) fn describe(m: &mut Machine, params: &Params<'_>) -> Answer {
    check_page_size(params, 100)?;
    let since = m.now.saturating_sub(ACTIVITIES_TOLD);
    let asked = params.texts("ActivityIds");
    let group = params.text("AutoScalingGroupName");
    let groups = m.auto_scaling.groups.values().filter(|it| group.is_none_or(|name| name == it.name));
    let all = groups.flat_map(|group| group.activities.iter().map(move |activity| (group, activity)));
    let all = all.filter(|(_, it)| it.ended_at.is_none_or(|at| at > since));
    let all = all.filter(|(_, it)| asked.is_empty() || asked.contains(&it.id.as_str()));
    let mut all: Vec<(usize, Time, Value)> =
        all.enumerate().map(|(i, (group, it))| (i, it.started_at, it.json(group))).collect();
    all.sort_by_key(|(i, started_at, _)| std::cmp::Reverse((*started_at, *i)));
    let all: Vec<Value> = all.into_iter().map(|(_, _, activity)| activity).collect();
    let (page, next) = params.page(all, "MaxRecords", "NextToken", 100)?;
    Ok(json!({ "Activities": page, "NextToken": next }))
}
