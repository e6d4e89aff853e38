//! Auto Scaling: groups by their ARN and tags; whatever only looks, by nothing.

use serde_json::Value;

use super::{Context, Resources, arn, request_tags, text, texts};
use crate::side_door::Check;

pub(super) fn checks(action: &str, params: &Value, resources: &dyn Resources) -> Vec<Check> {
    let name = format!("autoscaling:{action}");
    if action.starts_with("Describe") {
        return vec![Context::default().check(&name, "*")];
    }
    let groups = groups(params, resources);
    if groups.is_empty() {
        return vec![Context::default().check(&name, "*")];
    }
    let tags = request_tags(&params["Tags"], "Key", "Value");
    let checks = groups.into_iter().map(|group| {
        // A group that is still to be made has no id yet.
        let any = || arn("autoscaling", &format!("autoScalingGroup:*:autoScalingGroupName/{group}"));
        let resource = resources.group(&group).unwrap_or_else(any);
        let context = Context::default().tagged("autoscaling", &resources.tags(&resource)).requesting(&tags);
        context.check(&name, resource)
    });
    checks.collect()
}

/// The groups a call is about: named, by their instances, or by the tags it sets on them.
fn groups(params: &Value, resources: &dyn Resources) -> Vec<String> {
    if let Some(group) = text(params, "AutoScalingGroupName") {
        return vec![group.to_owned()];
    }
    let instances = texts(params, "InstanceIds").into_iter().chain(text(params, "InstanceId"));
    let of_instances = instances.filter_map(|instance| resources.group_of(instance));
    let tags = params["Tags"].as_array().into_iter().flatten();
    let of_tags = tags.filter_map(|tag| tag["ResourceId"].as_str().map(str::to_owned));
    let mut groups: Vec<String> = of_instances.chain(of_tags).collect();
    groups.sort();
    groups.dedup();
    groups
}
