//! Token buckets per account and Region, as far as they are documented.

use super::refusal::Service;
use super::time::Time;
use serde_json::Value;
use std::collections::BTreeMap;

/// A page is asked for when the one before it has come: so much later, however fast the network is.
const ANSWER_TAKES: Time = Time::from_millis(20);

/// A bucket's name, how much it holds and what it gains a second.
type Bucket = (&'static str, f64, f64);

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
            vec![(ecs(action), 1.0), (("ecs run task on fargate", 20.0, 20.0), 1.0)]
        }
        Service::Ecs => vec![(ecs(action), 1.0)],
        Service::AutoScaling if action.starts_with("Describe") => {
            vec![(("autoscaling read", 100.0, 20.0), 1.0)]
        }
        Service::AutoScaling => vec![(("autoscaling write", 20.0, 5.0), 1.0)],
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
        | "DeregisterContainerInstance" => ("ecs cluster resource modify", 100.0, 40.0),
        "DescribeTasks" | "ListTasks" | "ListContainerInstances" | "DescribeContainerInstances" => {
            ("ecs cluster resource read", 100.0, 20.0)
        }
        "RegisterContainerInstance" => ("ecs agent modify", 200.0, 120.0),
        "RegisterTaskDefinition" | "DeregisterTaskDefinition" | "DeleteTaskDefinitions" => {
            ("ecs task definition modify", 20.0, 1.0)
        }
        "DescribeTaskDefinition" | "ListTaskDefinitions" | "ListTaskDefinitionFamilies" => {
            ("ecs task definition read", 50.0, 20.0)
        }
        "CreateCapacityProvider"
        | "DeleteCapacityProvider"
        | "UpdateCapacityProvider"
        | "PutClusterCapacityProviders" => ("ecs capacity provider modify", 10.0, 1.0),
        "DescribeCapacityProviders" => ("ecs capacity provider read", 50.0, 20.0),
        "TagResource" | "UntagResource" => ("ecs tag modify", 20.0, 10.0),
        "CreateCluster" | "DeleteCluster" | "UpdateCluster" | "UpdateClusterSettings" => {
            ("ecs cluster modify", 20.0, 1.0)
        }
        _ => ("ecs cluster read", 50.0, 20.0),
    }
}

fn ec2(action: &str, params: &Value) -> Vec<(Bucket, f64)> {
    let n_ids = params.get("InstanceId").and_then(Value::as_array).map_or(0, Vec::len);
    let is_narrow = n_ids > 0 || params.get("Filter").is_some() || params.get("MaxResults").is_some();
    match action {
        "DescribeInstances" if !is_narrow => vec![(("ec2 describe all instances", 50.0, 10.0), 1.0)],
        "TerminateInstances" => vec![
            (("ec2 terminate requests", 100.0, 5.0), 1.0),
            (("ec2 terminate instances", 1000.0, 20.0), n_ids as f64),
        ],
        _ => vec![(("ec2 describe", 100.0, 20.0), 1.0)],
    }
}
