//! What tools read of groups and no group here has: load balancers, refreshes, policies.

use super::{need_group, unsupported};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::Answer;
use serde_json::json;

pub(super) fn call(m: &mut Machine, action: &str, params: &Params<'_>) -> Answer {
    let list = match action {
        "DescribeInstanceRefreshes" => "InstanceRefreshes",
        "DescribeLoadBalancers" => "LoadBalancers",
        "DescribeLoadBalancerTargetGroups" => "LoadBalancerTargetGroups",
        "DescribeTrafficSources" => "TrafficSources",
        "DescribePolicies" => return Ok(json!({ "ScalingPolicies": [] })),
        "DescribeNotificationConfigurations" => return Ok(json!({ "NotificationConfigurations": [] })),
        "DescribeLaunchConfigurations" => return Ok(json!({ "LaunchConfigurations": [] })),
        _ => return Err(unsupported(action)),
    };
    need_group(m, params)?;
    Ok(json!({ list: [] }))
}
