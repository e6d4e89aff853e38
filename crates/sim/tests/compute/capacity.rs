//! Capacity: ordered, short, reclaimed, balanced, protected.

use crate::bench::{Bench, TEMPLATE};
use serde_json::{Value, json};
use sim::compute::{EventKind, Market, Service, Shortage, Timing};
use std::time::Duration;

fn order(more: Value) -> Value {
    let mut params = json!({ "AutoScalingGroupName": "g", "RequestedCapacity": 2, "ClientToken": "t" });
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

fn set_desired(bench: &mut Bench, n: u32) {
    bench.scaling("SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": n }));
    bench.pass(0);
}

fn spot_policy() -> Value {
    json!({
        "LaunchTemplate": {
            "LaunchTemplateSpecification": { "LaunchTemplateId": TEMPLATE, "Version": "1" },
            "Overrides": [{ "InstanceType": "c7gd.4xlarge" }, { "InstanceType": "c8gd.4xlarge" }],
        },
        "InstancesDistribution": { "OnDemandPercentageAboveBaseCapacity": "0" },
    })
}

pub(crate) fn spot_group(bench: &mut Bench) {
    let params = json!({
        "AutoScalingGroupName": "g", "MinSize": 0, "MaxSize": 5, "MixedInstancesPolicy": spot_policy(),
        "AvailabilityZones": ["eu-central-1a", "eu-central-1b"],
    });
    bench.scaling("CreateAutoScalingGroup", params);
}

#[test]
fn an_order_is_answered_with_pending_instances_and_raises_the_desired_capacity() {
    let mut bench = Bench::timed(Timing { instance_runs: Duration::from_secs(10), ..Timing::instant() });
    bench.group("g", json!({}));
    let answer = bench.scaling("LaunchInstances", order(json!({})));
    let instances = &answer["Instances"][0];
    assert_eq!(
        (&instances["InstanceType"], &instances["MarketType"]),
        (&json!("c7gd.4xlarge"), &json!("on-demand"))
    );
    assert_eq!(answer["Errors"], json!([]));
    assert_eq!(bench.desired("g"), 2);
    assert_eq!(json!(bench.members("g")), instances["InstanceIds"]);
    let described = bench.ec2("DescribeInstances", json!({ "InstanceId": instances["InstanceIds"] }));
    assert_eq!(described["reservationSet"][0]["instancesSet"][0]["instanceState"]["name"], "pending");
    bench.pass(10);
    assert_eq!(bench.members("g").len(), 2);
}

#[test]
fn the_same_token_orders_once() {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    let first = bench.scaling("LaunchInstances", order(json!({})));
    assert_eq!(bench.scaling("LaunchInstances", order(json!({}))), first);
    assert_eq!(bench.members("g").len(), 2);
    let other = order(json!({ "RequestedCapacity": 1 }));
    assert_eq!(
        bench.refused(Service::AutoScaling, "LaunchInstances", other).0,
        "IdempotentParameterMismatch"
    );
}

#[test]
fn an_order_that_cannot_be_is_refused() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "AvailabilityZones": ["eu-central-1a", "eu-central-1b"] }));
    let one_zone = json!(["eu-central-1a"]);
    let cases = [
        json!({}),
        json!({ "AvailabilityZones": ["eu-central-1a", "eu-central-1b"] }),
        json!({ "AvailabilityZones": ["eu-central-1c"] }),
        json!({ "AvailabilityZones": one_zone, "RequestedCapacity": 6 }),
        json!({ "AvailabilityZones": one_zone, "RequestedCapacity": 101 }),
        json!({ "AvailabilityZones": one_zone, "ClientToken": "a b" }),
        json!({ "AvailabilityZones": one_zone, "ClientToken": "x".repeat(65) }),
        json!({ "AvailabilityZones": one_zone, "ClientToken": null }),
    ];
    for more in cases {
        assert_eq!(
            bench.refused(Service::AutoScaling, "LaunchInstances", order(more.clone())).0,
            "ValidationError",
            "{more}"
        );
    }
    assert_eq!(bench.desired("g"), 0);
}

#[test]
fn a_policy_of_two_markets_cannot_be_ordered_from() {
    let mut bench = Bench::new();
    let mut policy = spot_policy();
    policy["InstancesDistribution"] = json!({ "OnDemandPercentageAboveBaseCapacity": "50" });
    let params = json!({
        "AutoScalingGroupName": "g", "MinSize": 0, "MaxSize": 5, "MixedInstancesPolicy": policy,
        "AvailabilityZones": ["eu-central-1a"],
    });
    bench.scaling("CreateAutoScalingGroup", params);
    assert_eq!(bench.refused(Service::AutoScaling, "LaunchInstances", order(json!({}))).0, "ValidationError");
}

#[test]
fn an_order_may_be_met_in_part() {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    let shortage = Shortage {
        instance_type: Some("c7gd.4xlarge".to_owned()),
        availability_zone: Some("eu-central-1a".to_owned()),
        market: None,
        left: 1,
    };
    bench.machine.short_of(shortage.clone());
    let answer = bench.scaling("LaunchInstances", order(json!({})));
    assert_eq!(answer["Instances"][0]["InstanceIds"].as_array().unwrap().len(), 1);
    assert_eq!(answer["Errors"][0]["ErrorCode"], "InsufficientInstanceCapacity");
    assert_eq!(answer["Errors"][0]["AvailabilityZone"], "eu-central-1a");
    assert_eq!(bench.desired("g"), 1);
    bench.machine.end_shortage(&shortage);
    let again = order(json!({ "ClientToken": "t2" }));
    assert_eq!(bench.scaling("LaunchInstances", again)["Errors"], json!([]));
}

#[test]
fn a_short_type_gives_way_to_the_next_and_spot_never_to_on_demand() {
    let mut bench = Bench::new();
    spot_group(&mut bench);
    let short = |kind: Option<&str>| Shortage {
        instance_type: kind.map(str::to_owned),
        availability_zone: None,
        market: Some(Market::Spot),
        left: 0,
    };
    bench.machine.short_of(short(Some("c7gd.4xlarge")));
    let in_a = json!({ "AvailabilityZones": ["eu-central-1a"] });
    let answer = bench.scaling("LaunchInstances", order(in_a));
    assert_eq!(answer["Instances"][0]["InstanceType"], "c8gd.4xlarge");
    bench.machine.short_of(short(None));
    let none = order(json!({ "AvailabilityZones": ["eu-central-1a"], "ClientToken": "t2" }));
    let answer = bench.scaling("LaunchInstances", none);
    assert_eq!(answer["Instances"], json!([]));
    let tried: Vec<&Value> =
        answer["Errors"].as_array().unwrap().iter().map(|it| &it["InstanceType"]).collect();
    assert_eq!(tried, ["c7gd.4xlarge", "c8gd.4xlarge"]);
    assert!(answer["Errors"].as_array().unwrap().iter().all(|it| it["MarketType"] == "spot"));
}

#[test]
fn a_failed_launch_is_tried_again_with_an_activity_each_time() {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    let shortage = Shortage { instance_type: None, availability_zone: None, market: None, left: 0 };
    bench.machine.short_of(shortage.clone());
    set_desired(&mut bench, 1);
    bench.pass(60);
    let answer = bench.scaling("DescribeScalingActivities", json!({ "AutoScalingGroupName": "g" }));
    let activities = answer["Activities"].as_array().unwrap();
    assert_eq!(activities.len(), 2);
    let message = activities[0]["StatusMessage"].as_str().unwrap();
    assert!(message.starts_with("We currently do not have sufficient c7gd.4xlarge capacity in the Availability Zone you requested (eu-central-1a)."), "{message}");
    assert!(message.ends_with(". Launching EC2 instance failed."), "{message}");
    assert_eq!(bench.events(EventKind::LaunchUnsuccessful).len(), 2);
    bench.machine.end_shortage(&shortage);
    bench.pass(60);
    assert_eq!(bench.members("g").len(), 1);
}

#[test]
fn a_day_of_failed_launches_suspends_them() {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    bench.machine.short_of(Shortage { instance_type: None, availability_zone: None, market: None, left: 0 });
    set_desired(&mut bench, 1);
    bench.pass(24 * 3600 + 60);
    assert_eq!(bench.describe_group("g")["SuspendedProcesses"][0]["ProcessName"], "Launch");
}

#[test]
fn a_suspended_launch_moves_the_number_and_nothing_else() {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    bench.scaling("SuspendProcesses", json!({ "AutoScalingGroupName": "g", "ScalingProcesses": ["Launch"] }));
    set_desired(&mut bench, 2);
    assert_eq!((bench.desired("g"), bench.members("g").len()), (2, 0));
    bench.scaling("ResumeProcesses", json!({ "AutoScalingGroupName": "g", "ScalingProcesses": ["Launch"] }));
    bench.pass(0);
    assert_eq!(bench.members("g").len(), 2);
}

#[test]
fn a_group_of_protected_instances_shrinks_in_number_only() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "DesiredCapacity": 2, "NewInstancesProtectedFromScaleIn": true }));
    bench.pass(0);
    set_desired(&mut bench, 0);
    assert_eq!((bench.desired("g"), bench.members("g").len()), (0, 2));
    let answer = bench.scaling("DescribeScalingActivities", json!({ "AutoScalingGroupName": "g" }));
    assert_eq!(
        answer["Activities"][0]["StatusMessage"],
        "Could not scale to desired capacity because all remaining instances are protected from scale in."
    );
    let ids = bench.members("g");
    let unprotect = json!({ "AutoScalingGroupName": "g", "InstanceIds": ids, "ProtectedFromScaleIn": false });
    bench.scaling("SetInstanceProtection", unprotect);
    bench.pass(0);
    assert_eq!(bench.members("g").len(), 0);
}

#[test]
fn scale_in_takes_from_the_fullest_zone_whatever_runs_there() {
    let mut bench = Bench::new();
    bench.definition("pair");
    bench
        .group("g", json!({ "DesiredCapacity": 3, "AvailabilityZones": ["eu-central-1a", "eu-central-1b"] }));
    bench.pass(0);
    bench.ecs("RunTask", Bench::launch(json!({ "count": 3 })));
    set_desired(&mut bench, 2);
    let group = bench.describe_group("g");
    let mut zones: Vec<&str> = group["Instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["AvailabilityZone"].as_str().unwrap())
        .collect();
    zones.sort_unstable();
    assert_eq!(zones, ["eu-central-1a", "eu-central-1b"]);
}

#[test]
fn a_decrement_may_set_off_a_rebalance_that_ends_another_instance() {
    let mut bench = Bench::new();
    bench
        .group("g", json!({ "DesiredCapacity": 4, "AvailabilityZones": ["eu-central-1a", "eu-central-1b"] }));
    bench.pass(0);
    let group = bench.describe_group("g");
    let in_zone = |zone: &str| -> Vec<String> {
        let members =
            group["Instances"].as_array().unwrap().iter().filter(|it| it["AvailabilityZone"] == zone);
        members.map(|it| it["InstanceId"].as_str().unwrap().to_owned()).collect()
    };
    let (in_a, in_b) = (in_zone("eu-central-1a"), in_zone("eu-central-1b"));
    let end =
        json!({ "InstanceIds": in_a, "AutoScalingGroupName": "g", "ShouldDecrementDesiredCapacity": true });
    bench.scaling("TerminateInstanceInAutoScalingGroup", end);
    bench.pass(0);
    let left = bench.members("g");
    assert_eq!(left.len(), 2);
    assert!(!in_b.iter().all(|id| left.contains(id)), "one of the others was ended to balance the zones");
}

#[test]
fn a_lost_instance_is_replaced_and_the_desired_capacity_stays() {
    let mut bench = Bench::timed(Timing { health_check: Duration::from_secs(60), ..Timing::instant() });
    bench.group("g", json!({ "DesiredCapacity": 1 }));
    bench.pass(0);
    let ids = bench.members("g");
    bench.ec2("TerminateInstances", json!({ "InstanceId": ids }));
    bench.pass(59);
    assert_eq!(bench.members("g"), ids);
    bench.pass(1);
    let left = bench.members("g");
    assert!(left.len() == 1 && left != ids);
    assert_eq!(bench.desired("g"), 1);
}

#[test]
fn a_reclaim_is_announced_two_minutes_ahead() {
    let mut bench = Bench::new();
    spot_group(&mut bench);
    set_desired(&mut bench, 1);
    let id = bench.members("g")[0].clone();
    bench.machine.recommend_rebalance(&id, bench.now);
    bench.machine.reclaim_spot(&id, bench.now);
    bench.pass(119);
    assert_eq!(bench.members("g"), std::slice::from_ref(&id));
    let warning =
        bench.events(EventKind::SpotInterruptionWarning)[0].envelope("123456789012", "eu-central-1");
    assert_eq!(warning["detail"], json!({ "instance-id": id, "instance-action": "terminate" }));
    assert_eq!(warning["resources"], json!([format!("arn:aws:ec2:eu-central-1a:instance/{id}")]));
    assert_eq!(bench.events(EventKind::RebalanceRecommendation).len(), 1);
    bench.pass(1);
    bench.pass(0);
    assert_ne!(bench.members("g"), [id]);
}

#[test]
fn on_demand_instances_are_not_reclaimed() {
    let mut bench = Bench::new();
    let ids = bench.hosts(1);
    bench.machine.reclaim_spot(&ids[0], bench.now);
    assert!(bench.events(EventKind::SpotInterruptionWarning).is_empty());
    bench.pass(120);
    assert_eq!(bench.members("hosts"), ids);
}
