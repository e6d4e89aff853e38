//! Showing groups and their instances.

use super::group::Group;
use super::group_calls;
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, validation};
use serde_json::{Value, json};

/// Names nobody knows are passed over.
pub(super) fn groups(m: &mut Machine, params: &Params<'_>) -> Answer {
    check_page_size(params, 100)?;
    let asked = params.texts("AutoScalingGroupNames");
    let with_instances = params.flag("IncludeInstances")?.unwrap_or(true);
    let all = m.auto_scaling.groups.values();
    let wanted = all.filter(|group| asked.is_empty() || asked.contains(&group.name.as_str()));
    let wanted = wanted.filter(|group| params.each("Filters").all(|filter| passes(group, &filter)));
    let shown: Vec<Value> = wanted.map(|group| group_calls::json(m, group, with_instances)).collect();
    let (page, next) = params.page(shown, "MaxRecords", "NextToken", 50)?;
    Ok(json!({ "AutoScalingGroups": page, "NextToken": next }))
}

pub(super) fn instances(m: &mut Machine, params: &Params<'_>) -> Answer {
    check_page_size(params, 50)?;
    let asked = params.texts("InstanceIds");
    let all =
        m.auto_scaling.groups.values().flat_map(|group| group.members.iter().map(move |it| (group, it)));
    let wanted = all.filter(|(_, it)| asked.is_empty() || asked.contains(&it.instance_id.as_str()));
    let shown = |(group, member): (&Group, &super::member::Member)| {
        let mut shown = member.json(m, group);
        shown["AutoScalingGroupName"] = json!(group.name);
        shown["HealthStatus"] = json!(if member.is_healthy { "HEALTHY" } else { "UNHEALTHY" });
        shown
    };
    let shown: Vec<Value> = wanted.map(shown).collect();
    let (page, next) = params.page(shown, "MaxRecords", "NextToken", 50)?;
    Ok(json!({ "AutoScalingInstances": page, "NextToken": next }))
}

pub(super) fn check_page_size(params: &Params<'_>, limit: i64) -> Result<(), Refusal> {
    match params.number("MaxRecords")? {
        Some(n) if !(1..=limit).contains(&n) => Err(validation(format!(
            "1 validation error detected: Value '{n}' at 'maxRecords' failed to satisfy constraint: Member must have \
             value less than or equal to {limit}"
        ))),
        Some(_) | None => Ok(()),
    }
}

fn passes(group: &Group, filter: &Params<'_>) -> bool {
    let wanted = filter.texts("Values");
    match filter.text("Name").unwrap_or_default() {
        "tag-key" => group.tags.keys().any(|key| wanted.contains(&key.as_str())),
        "tag-value" => group.tags.values().any(|tag| wanted.contains(&tag.value.as_str())),
        name => {
            let key = name.strip_prefix("tag:").unwrap_or_default();
            group.tags.get(key).is_some_and(|tag| wanted.contains(&tag.value.as_str()))
        }
    }
}
