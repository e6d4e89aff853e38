//! What somebody else is changing: refused in the service's own words, until that is over.

use crate::bench::Bench;
use serde_json::{Value, json};
use sim::compute::{Changing, Service, Timing};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Refused with code and status now, and done a minute later.
#[track_caller]
fn check(bench: &mut Bench, service: Service, action: &str, params: Value, code: &str, status: u16) {
    let refusal = bench.call(service, action, params.clone()).expect_err("somebody else is at it");
    assert_eq!((refusal.code.as_ref(), refusal.status), (code, status), "{action}: {}", refusal.message);
    bench.pass(60);
    bench.call(service, action, params).unwrap_or_else(|refusal| panic!("{action}: {refusal}"));
}

#[test]
fn a_group_that_somebody_else_changes_is_contended() {
    let mut bench = Bench::new();
    let ids = bench.hosts(2);
    let group = |more: Value| {
        let mut params = json!({ "AutoScalingGroupName": "hosts" });
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let tag =
        json!({ "ResourceId": "hosts", "ResourceType": "auto-scaling-group", "Key": "a", "Value": "b" });
    let calls = [
        ("SetDesiredCapacity", group(json!({ "DesiredCapacity": 2 }))),
        ("LaunchInstances", group(json!({ "RequestedCapacity": 1, "ClientToken": "t" }))),
        ("SetInstanceProtection", group(json!({ "InstanceIds": [ids[0]], "ProtectedFromScaleIn": true }))),
        (
            "TerminateInstanceInAutoScalingGroup",
            json!({ "InstanceId": ids[1], "ShouldDecrementDesiredCapacity": true }),
        ),
        ("CreateOrUpdateTags", json!({ "Tags": [tag] })),
    ];
    for (action, params) in calls {
        bench.machine.changed_by_another(Changing::Group("hosts".to_owned()), bench.now + MINUTE);
        assert_eq!(bench.describe_group("hosts")["AutoScalingGroupName"], "hosts", "it can be read");
        check(&mut bench, Service::AutoScaling, action, params, "ResourceContention", 500);
    }
}

#[test]
fn another_group_is_not() {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    bench.machine.changed_by_another(Changing::Group("other".to_owned()), bench.now + MINUTE);
    bench.scaling("SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": 1 }));
}

#[test]
fn an_order_that_is_being_carried_out_is_not_answered_twice() {
    let mut bench = Bench::new();
    bench.group("g", json!({}));
    bench.machine.changed_by_another(Changing::Order("t".to_owned()), bench.now + MINUTE);
    let order =
        |token: &str| json!({ "AutoScalingGroupName": "g", "RequestedCapacity": 1, "ClientToken": token });
    bench.scaling("LaunchInstances", order("other"));
    check(&mut bench, Service::AutoScaling, "LaunchInstances", order("t"), "IdempotentCallInProgress", 500);
    assert_eq!(bench.members("g").len(), 2);
}

#[test]
fn a_family_gets_one_revision_at_a_time() {
    let mut bench = Bench::new();
    bench.definition("pair");
    let container = json!({ "name": "c", "image": "i", "memory": 64 });
    let register = json!({ "family": "pair", "containerDefinitions": [container] });
    bench.machine.changed_by_another(Changing::Family("pair".to_owned()), bench.now + MINUTE);
    let refused = bench.refused(Service::Ecs, "RegisterTaskDefinition", register.clone());
    assert_eq!(refused.1, "Too many concurrent attempts to create a new revision of the specified family.");
    check(&mut bench, Service::Ecs, "RegisterTaskDefinition", register, "ClientException", 400);
    let described = bench.ecs("DescribeTaskDefinition", json!({ "taskDefinition": "pair" }));
    assert_eq!(described["taskDefinition"]["revision"], 2, "what was refused has no number");
}

#[test]
fn a_cluster_is_busy_after_its_providers_changed() {
    let mut bench = Bench::timed(Timing { cluster_updates: MINUTE, ..Timing::instant() });
    bench.group("g", json!({}));
    let arn = bench.describe_group("g")["AutoScalingGroupARN"].clone();
    let provider = json!({ "autoScalingGroupArn": arn });
    bench.ecs("CreateCapacityProvider", json!({ "name": "p", "autoScalingGroupProvider": provider }));
    let put = |providers: Value| json!({ "cluster": "one", "capacityProviders": providers, "defaultCapacityProviderStrategy": [] });
    let fargate = put(json!(["FARGATE"]));
    bench.ecs("PutClusterCapacityProviders", fargate.clone());
    let changed = bench.ecs("PutClusterCapacityProviders", put(json!(["FARGATE", "p"])));
    assert_eq!(changed["cluster"]["attachmentsStatus"], "UPDATE_IN_PROGRESS");
    check(&mut bench, Service::Ecs, "PutClusterCapacityProviders", fargate, "UpdateInProgressException", 400);
    let delete = json!({ "cluster": "one" });
    check(&mut bench, Service::Ecs, "DeleteCluster", delete, "UpdateInProgressException", 400);
}

#[test]
fn a_cluster_that_somebody_else_changes_is_busy_too() {
    let mut bench = Bench::new();
    bench.machine.changed_by_another(Changing::Cluster("one".to_owned()), bench.now + MINUTE);
    let settings =
        json!({ "cluster": "one", "settings": [{ "name": "containerInsights", "value": "enabled" }] });
    check(&mut bench, Service::Ecs, "UpdateClusterSettings", settings, "UpdateInProgressException", 400);
}

#[test]
fn a_group_whose_members_are_leaving_is_not_deleted() {
    let mut bench =
        Bench::timed(Timing { instance_terminates: MINUTE, health_check: MINUTE, ..Timing::instant() });
    bench.group("g", json!({ "DesiredCapacity": 1 }));
    bench.pass(0);
    let ids = bench.members("g");
    let end = json!({ "InstanceId": ids[0], "ShouldDecrementDesiredCapacity": true });
    bench.scaling("TerminateInstanceInAutoScalingGroup", end);
    let delete = json!({ "AutoScalingGroupName": "g" });
    check(
        &mut bench,
        Service::AutoScaling,
        "DeleteAutoScalingGroup",
        delete,
        "ScalingActivityInProgress",
        400,
    );
}
