//! Token buckets per account and Region, as far as they are documented.

use super::refusal::Service;
use super::time::Time;
use crate::numbers::aws::ANSWER_TAKES;
use crate::numbers::bucket::{self, Bucket};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub(crate) struct Throttle(BTreeMap<&'static str, Level>);

#[derive(Clone, Copy, Debug)]
struct Level {
    tokens: f64,
    filled_at: Time,
}

impl Throttle {
    /// Takes what the request costs; nothing is taken if it may not pass.
    pub(crate) fn admit(&mut self, service: Service, action: &str, params: &Value, now: Time) -> bool {
        let costs = costs(service, action, params);
        for ((name, capacity, refill), cost) in &costs {
            let level = self.0.entry(name).or_insert(Level { tokens: *capacity, filled_at: now });
            let waited = if is_next_page(params) { ANSWER_TAKES } else { Time::ZERO };
            let gained = (now.saturating_sub(level.filled_at) + waited).as_secs_f64() * refill;
            *level = Level { tokens: (level.tokens + gained).min(*capacity), filled_at: now };
            if level.tokens < *cost {
                return false;
            }
        }
        for ((name, ..), cost) in &costs {
            if let Some(level) = self.0.get_mut(name) {
                level.tokens -= cost;
            }
        }
        true
    }
}

fn is_next_page(params: &Value) -> bool {
    ["nextToken", "NextToken"].iter().any(|token| params.get(token).is_some_and(Value::is_string))
}

fn costs(service: Service, action: &str, params: &Value) -> Vec<(Bucket, f64)> {
    match service {
        Service::Ecs if action == "RunTask" && is_on_fargate(params) => {
            vec![(ecs(action), 1.0), (bucket::FARGATE_RUN_TASK, 1.0)]
        }
        Service::Ecs => vec![(ecs(action), 1.0)],
        Service::AutoScaling if action.starts_with("Describe") => {
            vec![(bucket::AUTO_SCALING_READ, 1.0)]
        }
        Service::AutoScaling => vec![(bucket::AUTO_SCALING_WRITE, 1.0)],
        Service::Ec2 => ec2(action, params),
    }
}

fn is_on_fargate(params: &Value) -> bool {
    let provider = |it: &Value| it["capacityProvider"].as_str().is_some_and(|name| name.contains("FARGATE"));
    params["launchType"] == "FARGATE"
        || params["capacityProviderStrategy"].as_array().is_some_and(|these| these.iter().any(provider))
}

fn ecs(action: &str) -> Bucket {
    match action {
        "RunTask"
        | "StartTask"
        | "StopTask"
        | "ExecuteCommand"
        | "UpdateContainerInstancesState"
        | "PutAttributes"
        | "DeregisterContainerInstance" => bucket::CLUSTER_RESOURCE_MODIFY,
        "DescribeTasks" | "ListTasks" | "ListContainerInstances" | "DescribeContainerInstances" => {
            bucket::CLUSTER_RESOURCE_READ
        }
        "RegisterContainerInstance" => bucket::AGENT_MODIFY,
        "RegisterTaskDefinition" | "DeregisterTaskDefinition" | "DeleteTaskDefinitions" => {
            bucket::TASK_DEFINITION_MODIFY
        }
        "DescribeTaskDefinition" | "ListTaskDefinitions" | "ListTaskDefinitionFamilies" => {
            bucket::TASK_DEFINITION_READ
        }
        "CreateCapacityProvider"
        | "DeleteCapacityProvider"
        | "UpdateCapacityProvider"
        | "PutClusterCapacityProviders" => bucket::CAPACITY_PROVIDER_MODIFY,
        "DescribeCapacityProviders" => bucket::CAPACITY_PROVIDER_READ,
        "TagResource" | "UntagResource" => bucket::TAG_MODIFY,
        "CreateCluster" | "DeleteCluster" | "UpdateCluster" | "UpdateClusterSettings" => {
            bucket::CLUSTER_MODIFY
        }
        _ => bucket::CLUSTER_READ,
    }
}

fn ec2(action: &str, params: &Value) -> Vec<(Bucket, f64)> {
    let n_ids = params.get("InstanceId").and_then(Value::as_array).map_or(0, Vec::len);
    let is_narrow = n_ids > 0 || params.get("Filter").is_some() || params.get("MaxResults").is_some();
    match action {
        "DescribeInstances" if !is_narrow => vec![(bucket::EC2_DESCRIBE_ALL, 1.0)],
        "TerminateInstances" => vec![(bucket::EC2_TERMINATE, 1.0), (bucket::EC2_TERMINATED, n_ids as f64)],
        _ => vec![(bucket::EC2_DESCRIBE, 1.0)],
    }
}
