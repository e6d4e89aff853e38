//! EC2: instances by their ARN and tags; whatever only looks, by nothing.

use serde_json::Value;

use super::{Context, Resources, arn, texts};
use crate::side_door::Check;

pub(super) fn checks(action: &str, params: &Value, resources: &dyn Resources) -> Vec<Check> {
    let name = format!("ec2:{action}");
    let mut instances = texts(params, "InstanceId");
    instances.extend(texts(params, "InstanceIds"));
    if action.starts_with("Describe") || instances.is_empty() {
        return vec![Context::default().check(&name, "*")];
    }
    let checks = instances.into_iter().map(|instance| {
        let resource = arn("ec2", &format!("instance/{instance}"));
        Context::default().tagged("ec2", &resources.tags(&resource)).check(&name, resource)
    });
    checks.collect()
}
