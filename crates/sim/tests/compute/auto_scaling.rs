//! Groups: what is refused, what comes back, what moves what.

use crate::bench::{Bench, TEMPLATE};
use serde_json::{Value, json};
use sim::compute::{Service, Timing};
use std::time::Duration;

fn named(more: Value) -> Value {
    let mut params = json!({ "AutoScalingGroupName": "g" });
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

#[test]
fn everything_given_comes_back() {
    let mut bench = Bench::new();
    let mixed = json!({
        "LaunchTemplate": {
            "LaunchTemplateSpecification": { "LaunchTemplateId": TEMPLATE, "Version": "1" },
            "Overrides": [{ "InstanceType": "c7gd.4xlarge" }, { "InstanceType": "c8gd.4xlarge", "WeightedCapacity": "1" }],
        },
        "InstancesDistribution": { "OnDemandPercentageAboveBaseCapacity": "0", "SpotAllocationStrategy": "price-capacity-optimized" },
    });
    bench.scaling("CreateAutoScalingGroup", named(json!({
        "MinSize": "0", "MaxSize": "4", "MixedInstancesPolicy": mixed, "AvailabilityZones": ["eu-central-1a", "eu-central-1b"],
        "DefaultCooldown": "5", "HealthCheckGracePeriod": "7", "CapacityRebalance": "false", "MaxInstanceLifetime": "86400",
        "NewInstancesProtectedFromScaleIn": "true", "TerminationPolicies": ["OldestInstance"],
        "Tags": [{ "Key": "quillon", "Value": "q", "PropagateAtLaunch": "true" }],
    })));
    bench.scaling(
        "SuspendProcesses",
        named(json!({ "ScalingProcesses": ["AZRebalance", "ReplaceUnhealthy"] })),
    );
    bench.scaling(
        "EnableMetricsCollection",
        named(json!({ "Granularity": "1Minute", "Metrics": ["GroupMinSize"] })),
    );
    let group = bench.describe_group("g");
    let policy = &group["MixedInstancesPolicy"];
    assert_eq!(policy["LaunchTemplate"]["Overrides"], mixed["LaunchTemplate"]["Overrides"]);
    assert_eq!(policy["LaunchTemplate"]["LaunchTemplateSpecification"]["LaunchTemplateName"], "pool");
    assert_eq!(policy["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"], "0");
    assert_eq!(policy["InstancesDistribution"]["OnDemandAllocationStrategy"], "prioritized");
    assert_eq!(policy["InstancesDistribution"].get("SpotInstancePools"), None);
    let suspended: Vec<&Value> =
        group["SuspendedProcesses"].as_array().unwrap().iter().map(|it| &it["ProcessName"]).collect();
    assert_eq!(suspended, ["AZRebalance", "ReplaceUnhealthy"]);
    for (member, value) in [
        ("DefaultCooldown", json!("5")),
        ("HealthCheckGracePeriod", json!("7")),
        ("MaxInstanceLifetime", json!("86400")),
        ("NewInstancesProtectedFromScaleIn", json!(true)),
        ("TerminationPolicies", json!(["OldestInstance"])),
        ("HealthCheckType", json!("EC2")),
        ("AvailabilityZones", json!(["eu-central-1a", "eu-central-1b"])),
        ("EnabledMetrics", json!([{ "Metric": "GroupMinSize", "Granularity": "1Minute" }])),
    ] {
        assert_eq!(group[member], value, "{member}");
    }
}

#[test]
fn the_unknown_is_a_validation_error_but_describing_it_is_not() {
    let mut bench = Bench::new();
    for action in ["SetDesiredCapacity", "DeleteAutoScalingGroup", "SuspendProcesses", "PutLifecycleHook"] {
        let params = named(json!({ "DesiredCapacity": 1, "LifecycleHookName": "h" }));
        assert_eq!(bench.refused(Service::AutoScaling, action, params).0, "ValidationError", "{action}");
    }
    let unknown = json!({ "InstanceId": "i-0123456789abcdef0", "ShouldDecrementDesiredCapacity": true });
    assert_eq!(
        bench.refused(Service::AutoScaling, "TerminateInstanceInAutoScalingGroup", unknown).0,
        "ValidationError"
    );
    let answer = bench.scaling("DescribeAutoScalingGroups", json!({ "AutoScalingGroupNames": ["g"] }));
    assert_eq!(answer["AutoScalingGroups"], json!([]));
    let answer = bench.scaling("DescribeScalingActivities", json!({ "ActivityIds": ["none"] }));
    assert_eq!(answer["Activities"], json!([]));
}

#[test]
fn desired_capacity_stays_within_the_bounds() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "MinSize": 1, "MaxSize": 1 }));
    let (code, message) =
        bench.refused(Service::AutoScaling, "SetDesiredCapacity", named(json!({ "DesiredCapacity": 2 })));
    assert_eq!(code, "ValidationError");
    assert_eq!(message, "New SetDesiredCapacity value 2 is above max value 1 for the AutoScalingGroup.");
    assert_eq!(
        bench.refused(Service::AutoScaling, "SetDesiredCapacity", named(json!({ "DesiredCapacity": 0 }))).0,
        "ValidationError"
    );
}

#[test]
fn new_bounds_move_the_desired_capacity() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "DesiredCapacity": 2 }));
    bench.scaling("UpdateAutoScalingGroup", named(json!({ "MaxSize": 1 })));
    assert_eq!(bench.desired("g"), 1);
    bench.scaling("UpdateAutoScalingGroup", named(json!({ "MaxSize": 5, "MinSize": 3 })));
    assert_eq!(bench.desired("g"), 3);
}

#[test]
fn terminating_with_decrement_shrinks_the_group_even_a_protected_one() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "DesiredCapacity": 2, "NewInstancesProtectedFromScaleIn": true }));
    bench.pass(0);
    let ids = bench.members("g");
    let missing = bench.refused(
        Service::AutoScaling,
        "TerminateInstanceInAutoScalingGroup",
        json!({ "InstanceId": ids[0] }),
    );
    assert_eq!(missing.0, "ValidationError");
    let end = json!({ "InstanceId": ids[0], "ShouldDecrementDesiredCapacity": true });
    let answer = bench.scaling("TerminateInstanceInAutoScalingGroup", end);
    assert_eq!(answer["Activity"]["StatusCode"], "InProgress");
    bench.pass(0);
    assert_eq!((bench.desired("g"), bench.members("g")), (1, vec![ids[1].clone()]));
}

#[test]
fn terminating_without_decrement_replaces() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "DesiredCapacity": 1 }));
    bench.pass(0);
    let ids = bench.members("g");
    bench.scaling(
        "TerminateInstanceInAutoScalingGroup",
        json!({ "InstanceId": ids[0], "ShouldDecrementDesiredCapacity": "false" }),
    );
    bench.pass(0);
    assert_eq!((bench.desired("g"), bench.members("g").len()), (1, 1));
    assert_ne!(bench.members("g"), ids);
}

#[test]
fn nothing_is_decremented_below_the_minimum() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "MinSize": 1 }));
    bench.pass(0);
    let ids = bench.members("g");
    let end = json!({ "InstanceId": ids[0], "ShouldDecrementDesiredCapacity": true });
    let (code, message) = bench.refused(Service::AutoScaling, "TerminateInstanceInAutoScalingGroup", end);
    assert_eq!(code, "ValidationError");
    assert!(
        message.starts_with(
            "Currently, desiredSize equals minSize (1). Terminating instance without replacement"
        ),
        "{message}"
    );
}

#[test]
fn several_are_terminated_at_once_by_their_group() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "DesiredCapacity": 3 }));
    bench.pass(0);
    let ids = bench.members("g");
    let end = json!({ "InstanceIds": ids[..2], "AutoScalingGroupName": "g", "ShouldDecrementDesiredCapacity": true });
    let answer = bench.scaling("TerminateInstanceInAutoScalingGroup", end);
    assert_eq!(answer["Activities"].as_array().unwrap().len(), 2);
    bench.pass(0);
    assert_eq!((bench.desired("g"), bench.members("g")), (1, vec![ids[2].clone()]));
}

#[test]
fn protection_is_for_fifty_instances_in_service() {
    let mut bench = Bench::timed(Timing { instance_runs: Duration::from_secs(10), ..Timing::instant() });
    bench.group("g", json!({ "DesiredCapacity": 1 }));
    let ids = bench.members("g");
    let protect = |ids: &[String]| named(json!({ "InstanceIds": ids, "ProtectedFromScaleIn": true }));
    let (code, message) = bench.refused(Service::AutoScaling, "SetInstanceProtection", protect(&ids));
    assert_eq!(code, "ValidationError");
    assert_eq!(
        message,
        format!("The instance {} is not in InService or EnteringStandby or Standby.", ids[0])
    );
    bench.pass(10);
    bench.scaling("SetInstanceProtection", protect(&ids));
    assert_eq!(bench.describe_group("g")["Instances"][0]["ProtectedFromScaleIn"], true);
    assert_eq!(
        bench.refused(Service::AutoScaling, "SetInstanceProtection", protect(&vec![ids[0].clone(); 51])).0,
        "ValidationError"
    );
}

#[test]
fn an_activity_in_progress_blocks_who_honours_the_cooldown() {
    let mut bench = Bench::timed(Timing { instance_runs: Duration::from_secs(10), ..Timing::instant() });
    bench.group("g", json!({ "DesiredCapacity": 1 }));
    let set = |honours: bool| named(json!({ "DesiredCapacity": 2, "HonorCooldown": honours }));
    assert_eq!(
        bench.refused(Service::AutoScaling, "SetDesiredCapacity", set(true)).0,
        "ScalingActivityInProgress"
    );
    bench.scaling("SetDesiredCapacity", set(false));
}

#[test]
fn activities_come_newest_first_with_their_cause() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "DesiredCapacity": 1 }));
    bench.pass(60);
    bench.scaling("SetDesiredCapacity", named(json!({ "DesiredCapacity": 2 })));
    bench.pass(0);
    let answer = bench.scaling("DescribeScalingActivities", named(json!({})));
    let cause = answer["Activities"][0]["Cause"].as_str().unwrap();
    assert!(cause.contains("a user request explicitly set group desired capacity changing the desired capacity from 1 to 2.  At "), "{cause}");
    assert!(cause.ends_with("an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 1 to 2."), "{cause}");
    assert!(answer["Activities"][1]["Cause"].as_str().unwrap().contains("created an AutoScalingGroup"));
    let two_pages = bench.scaling("DescribeScalingActivities", named(json!({ "MaxRecords": 1 })));
    assert!(two_pages["NextToken"].is_string());
}

#[test]
fn a_group_with_instances_is_deleted_only_by_force() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "DesiredCapacity": 1 }));
    bench.pass(0);
    assert_eq!(
        bench.refused(Service::AutoScaling, "DeleteAutoScalingGroup", named(json!({}))).0,
        "ResourceInUse"
    );
    bench.scaling("DeleteAutoScalingGroup", named(json!({ "ForceDelete": "true" })));
    bench.pass(0);
    assert_eq!(bench.describe_group("g"), Value::Null);
}

#[test]
fn scheduled_actions_are_put_over_the_old_and_never_in_the_past() {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    let put = |more: Value| {
        let mut params = named(json!({ "ScheduledActionName": "s" }));
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    for wrong in
        [json!({ "StartTime": "2020-01-01T00:00:00Z", "MinSize": 1 }), json!({ "Recurrence": "0 7 * * *" })]
    {
        assert_eq!(
            bench.refused(Service::AutoScaling, "PutScheduledUpdateGroupAction", put(wrong)).0,
            "ValidationError"
        );
    }
    bench.scaling("PutScheduledUpdateGroupAction", put(json!({ "Recurrence": "0 7 * * *", "MinSize": 1 })));
    bench.scaling(
        "PutScheduledUpdateGroupAction",
        put(json!({ "StartTime": "2040-01-01T00:00:00Z", "MinSize": 2 })),
    );
    let answer = bench.scaling("DescribeScheduledActions", named(json!({})));
    assert_eq!(answer["ScheduledUpdateGroupActions"].as_array().unwrap().len(), 1);
    bench.pass(20 * 366 * 86_400);
    assert_eq!(bench.desired("g"), 2);
}

#[test]
fn scheduled_actions_due_while_suspended_are_lost() {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    let put = named(json!({ "ScheduledActionName": "s", "StartTime": "2040-01-01T00:00:00Z", "MinSize": 2 }));
    bench.scaling("PutScheduledUpdateGroupAction", put);
    bench.scaling("SuspendProcesses", named(json!({ "ScalingProcesses": ["ScheduledActions"] })));
    bench.pass(20 * 366 * 86_400);
    bench.scaling("ResumeProcesses", named(json!({ "ScalingProcesses": ["ScheduledActions"] })));
    bench.pass(60);
    assert_eq!(bench.desired("g"), 0);
}

#[test]
fn a_launch_hook_holds_the_instance_back() {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    let hook = json!({ "LifecycleHookName": "h", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": "30" });
    bench.scaling("PutLifecycleHook", named(hook));
    bench.scaling("SetDesiredCapacity", named(json!({ "DesiredCapacity": 1 })));
    bench.pass(0);
    let id = bench.members("g")[0].clone();
    let state = |bench: &mut Bench| bench.describe_group("g")["Instances"][0]["LifecycleState"].clone();
    assert_eq!(state(&mut bench), "Pending:Wait");
    let complete = json!({ "LifecycleHookName": "h", "InstanceId": id, "LifecycleActionResult": "CONTINUE" });
    bench.scaling("CompleteLifecycleAction", named(complete));
    assert_eq!(state(&mut bench), "InService");
    bench.scaling("SetDesiredCapacity", named(json!({ "DesiredCapacity": 2 })));
    bench.pass(30);
    assert!(!bench.members("g")[1..].is_empty(), "an abandoned launch is tried again");
}
