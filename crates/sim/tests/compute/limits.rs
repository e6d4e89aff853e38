//! What a group may have of things, and how long it tells of them.

use crate::bench::Bench;
use serde_json::{Value, json};
use sim::compute::Service;

fn of_group(more: Value) -> Value {
    let mut params = json!({ "AutoScalingGroupName": "g" });
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

fn ready() -> Bench {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    bench
}

#[test]
fn a_group_has_fifty_hooks() {
    let mut bench = ready();
    let hook = |n: u32| {
        of_group(json!({
            "LifecycleHookName": format!("h{n}"), "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        }))
    };
    (0..50).for_each(|n| drop(bench.scaling("PutLifecycleHook", hook(n))));
    assert_eq!(bench.refused(Service::AutoScaling, "PutLifecycleHook", hook(50)).0, "LimitExceeded");
    bench.scaling("PutLifecycleHook", hook(7));
}

#[test]
fn a_group_has_125_scheduled_actions_each_at_a_time_of_its_own() {
    let mut bench = ready();
    let action = |n: u32, minute: u32| {
        let at = format!("2040-01-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
        of_group(json!({ "ScheduledActionName": format!("s{n}"), "StartTime": at, "MinSize": 1 }))
    };
    let put = "PutScheduledUpdateGroupAction";
    bench.scaling(put, action(0, 0));
    assert_eq!(bench.refused(Service::AutoScaling, put, action(1, 0)).0, "AlreadyExists");
    (1..125).for_each(|n| drop(bench.scaling(put, action(n, n))));
    assert_eq!(bench.refused(Service::AutoScaling, put, action(125, 125)).0, "LimitExceeded");
    bench.scaling(put, action(124, 124));
}

#[test]
fn activities_are_told_of_for_six_weeks_a_hundred_at_a_time() {
    let mut bench = ready();
    bench.scaling("SetDesiredCapacity", of_group(json!({ "DesiredCapacity": 1 })));
    bench.pass(0);
    let n = |bench: &mut Bench| {
        let answer = bench.scaling("DescribeScalingActivities", of_group(json!({})));
        answer["Activities"].as_array().unwrap().len()
    };
    bench.pass(42 * 86_400 - 1);
    assert_eq!(n(&mut bench), 1);
    bench.pass(1);
    assert_eq!(n(&mut bench), 0);
    let too_many = of_group(json!({ "MaxRecords": 101 }));
    assert_eq!(
        bench.refused(Service::AutoScaling, "DescribeScalingActivities", too_many).0,
        "ValidationError"
    );
}

#[test]
fn a_group_with_a_warm_pool_cannot_be_ordered_from() {
    let mut bench = ready();
    bench.scaling("PutWarmPool", of_group(json!({ "MinSize": 0, "MaxGroupPreparedCapacity": 0 })));
    let order = of_group(json!({ "RequestedCapacity": 1, "ClientToken": "t" }));
    let refused = bench.refused(Service::AutoScaling, "LaunchInstances", order.clone());
    assert_eq!(refused.0, "UnsupportedOperation");
    let pool = bench.scaling("DescribeWarmPool", of_group(json!({})));
    assert_eq!(pool["WarmPoolConfiguration"]["PoolState"], "Stopped");
    bench.scaling("DeleteWarmPool", of_group(json!({ "ForceDelete": true })));
    bench.scaling("LaunchInstances", order);
}
