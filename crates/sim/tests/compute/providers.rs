//! Tasks that wait for a capacity provider, and what they are told in the end.

use crate::bench::Bench;
use serde_json::{Value, json};
use sim::compute::Service;

/// A cluster whose tasks wait for hosts of group `hosts`.
fn ready() -> Bench {
    let mut bench = Bench::new();
    bench.definition("pair");
    bench.group("hosts", json!({}));
    let arn = bench.describe_group("hosts")["AutoScalingGroupARN"].clone();
    let provider = json!({ "autoScalingGroupArn": arn, "managedScaling": { "status": "ENABLED" } });
    bench.ecs("CreateCapacityProvider", json!({ "name": "p", "autoScalingGroupProvider": provider }));
    let strategy = json!([{ "capacityProvider": "p", "weight": 1 }]);
    let put =
        json!({ "cluster": "one", "capacityProviders": ["p"], "defaultCapacityProviderStrategy": strategy });
    bench.ecs("PutClusterCapacityProviders", put);
    bench
}

fn run(count: u32) -> Value {
    json!({ "cluster": "one", "taskDefinition": "pair", "count": count })
}

/// What a task is told that found no room for so long that it is given up.
fn given_up(bench: &mut Bench) -> Value {
    let task = bench.ecs("RunTask", run(1))["tasks"][0]["taskArn"].as_str().unwrap().to_owned();
    bench.pass(15 * 60);
    bench.task(&task)["stoppedReason"].clone()
}

#[test]
fn a_provider_without_hosts_is_empty_and_one_that_drains_has_none_active() {
    let mut bench = ready();
    assert_eq!(given_up(&mut bench), "TaskFailedToStart: EMPTY CAPACITY PROVIDER");
    bench.scaling("SetDesiredCapacity", json!({ "AutoScalingGroupName": "hosts", "DesiredCapacity": 1 }));
    bench.pass(0);
    let id = bench.members("hosts")[0].clone();
    let arn = bench.host_arn(&id);
    let drain = json!({ "cluster": "one", "containerInstances": [arn], "status": "DRAINING" });
    bench.ecs("UpdateContainerInstancesState", drain);
    assert_eq!(given_up(&mut bench), "TaskFailedToStart: NO ACTIVE INSTANCES");
}

#[test]
fn five_hundred_may_wait_and_a_count_is_met_as_far_as_that() {
    let mut bench = ready();
    bench.ecs("RegisterTaskDefinition", crate::fargate::definition(json!({})));
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-1"] } });
    let elsewhere = json!({
        "cluster": "one", "taskDefinition": "alone", "launchType": "FARGATE", "networkConfiguration": network,
    });
    bench.ecs("RunTask", elsewhere);
    (0..49).for_each(|_| drop(bench.ecs("RunTask", run(10))));
    bench.ecs("RunTask", run(5));
    let answer = bench.ecs("RunTask", run(10));
    assert_eq!(answer["tasks"].as_array().unwrap().len(), 5);
    let exceeded = "Tasks provisioning capacity limit exceeded.";
    assert_eq!(answer["failures"], json!([{ "reason": exceeded }]));
    let refused = bench.refused(Service::Ecs, "RunTask", run(10));
    assert_eq!((refused.0.as_str(), refused.1.as_str()), ("ClientException", exceeded));
}
