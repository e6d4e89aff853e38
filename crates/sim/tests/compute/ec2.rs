//! EC2's instances, types and prices, and how often one may ask.

use crate::bench::Bench;
use serde_json::{Value, json};
use sim::compute::{EventKind, Service, Settings, Timing};
use std::time::Duration;

#[test]
fn one_unknown_id_fails_the_whole_call() {
    let mut bench = Bench::new();
    let ids = bench.hosts(1);
    let cases = [
        ("InvalidInstanceID.NotFound", json!({ "InstanceId": [ids[0], "i-0123456789abcdef0"] })),
        ("InvalidInstanceID.Malformed", json!({ "InstanceId": ["i-none"] })),
        ("InvalidParameterCombination", json!({ "InstanceId": ids, "MaxResults": "5" })),
        ("InvalidParameterValue", json!({ "Filter": [{ "Name": "colour", "Value": ["red"] }] })),
        ("DryRunOperation", json!({ "DryRun": "true" })),
    ];
    for (code, params) in cases {
        assert_eq!(bench.refused(Service::Ec2, "DescribeInstances", params).0, code);
    }
}

#[test]
fn an_instance_of_a_group_says_so_by_its_tag() {
    let mut bench = Bench::new();
    let ids = bench.hosts(2);
    let by_tag = json!({ "Filter": [{ "Name": "tag:aws:autoscaling:groupName", "Value": ["hos*"] }] });
    let answer = bench.ec2("DescribeInstances", by_tag);
    assert_eq!(answer["reservationSet"].as_array().unwrap().len(), ids.len());
    let instance = &answer["reservationSet"][0]["instancesSet"][0];
    assert_eq!(instance["instanceState"], json!({ "code": 16, "name": "running" }));
    assert_eq!(instance.get("instanceLifecycle"), None);
}

#[test]
fn a_terminated_instance_is_seen_for_an_hour() {
    let mut bench =
        Bench::timed(Timing { instance_terminates: Duration::from_secs(30), ..Timing::instant() });
    bench.group("g", json!({ "DesiredCapacity": 1 }));
    bench.pass(0);
    let ids = bench.members("g");
    let answer = bench.ec2("TerminateInstances", json!({ "InstanceId": ids }));
    assert_eq!(answer["instancesSet"][0]["currentState"], json!({ "code": 32, "name": "shutting-down" }));
    bench.pass(30);
    let described = bench.ec2("DescribeInstances", json!({ "InstanceId": ids }));
    assert_eq!(
        described["reservationSet"][0]["instancesSet"][0]["instanceState"],
        json!({ "code": 48, "name": "terminated" })
    );
    bench.ec2("TerminateInstances", json!({ "InstanceId": ids }));
    bench.pass(3600);
    assert_eq!(
        bench.refused(Service::Ec2, "DescribeInstances", json!({ "InstanceId": ids })).0,
        "InvalidInstanceID.NotFound"
    );
}

#[test]
fn types_are_asked_for_by_the_hundred() {
    let mut bench = Bench::new();
    let answer = bench.ec2("DescribeInstanceTypes", json!({ "InstanceType": ["c7gd.4xlarge"] }));
    assert_eq!(answer["instanceTypeSet"][0]["vCpuInfo"]["defaultVCpus"], 16);
    assert_eq!(answer["instanceTypeSet"][0]["instanceStorageInfo"]["totalSizeInGB"], 950);
    for (code, params) in [
        ("InvalidInstanceType", json!({ "InstanceType": ["x.none"] })),
        ("InvalidParameterValue", json!({ "MaxResults": "4" })),
        ("InvalidParameterValue", json!({ "InstanceType": vec!["c7gd.4xlarge"; 101] })),
        ("InvalidPaginationToken", json!({ "NextToken": "?" })),
    ] {
        assert_eq!(bench.refused(Service::Ec2, "DescribeInstanceTypes", params).0, code);
    }
}

#[test]
fn asking_from_now_on_gives_todays_price() {
    let mut bench = Bench::new();
    let asked = |start: &str| json!({ "InstanceType": ["c7gd.4xlarge"], "AvailabilityZone": "eu-central-1a", "StartTime": start });
    let today = bench.ec2("DescribeSpotPriceHistory", asked("2040-01-01T00:00:00Z"));
    let today = today["spotPriceHistorySet"].as_array().unwrap().clone();
    assert_eq!(today.len(), 1);
    assert!(today[0]["spotPrice"].as_str().unwrap().parse::<f64>().unwrap() < 0.7258);
    let since = bench.ec2("DescribeSpotPriceHistory", asked("2026-09-20T00:00:00Z"));
    let since = since["spotPriceHistorySet"].as_array().unwrap();
    assert!(since.len() > 4);
    assert_eq!(since[0], today[0]);
}

#[test]
fn buckets_empty_and_fill_again() {
    let mut bench =
        Bench::set(Settings { throttling: true, timing: Timing::instant(), ..Settings::default() });
    let list = json!({ "cluster": "one" });
    for _ in 0..100 {
        bench.ecs("ListTasks", list.clone());
    }
    assert_eq!(
        bench.refused(Service::Ecs, "ListTasks", list.clone()),
        ("ThrottlingException".to_owned(), "Rate exceeded".to_owned())
    );
    bench.pass(1);
    for _ in 0..20 {
        bench.ecs("ListTasks", list.clone());
    }
    assert_eq!(bench.refused(Service::Ecs, "ListTasks", list).0, "ThrottlingException");
    for _ in 0..50 {
        bench.ec2("DescribeInstances", json!({}));
    }
    let refusal = bench.call(Service::Ec2, "DescribeInstances", json!({})).unwrap_err();
    assert_eq!((refusal.code.as_ref(), refusal.status), ("RequestLimitExceeded", 503));
    bench.ec2("DescribeInstances", json!({ "MaxResults": "5" }));
}

#[test]
fn a_stopped_instance_keeps_its_registration_and_comes_back() {
    let mut bench =
        Bench::timed(Timing { instance_terminates: Duration::from_secs(30), ..Timing::instant() });
    bench.definition("pair");
    let ids = bench.hosts(1);
    // Its group would end it.
    bench.machine.detach(&ids[0], bench.now);
    let host = bench.host_arn(&ids[0]);
    let task = bench.run(json!({}));
    let answer = bench.ec2("StopInstances", json!({ "InstanceId": ids }));
    assert_eq!(answer["instancesSet"][0]["currentState"], json!({ "code": 64, "name": "stopping" }));
    bench.pass(0);
    let ended = bench.task(&task);
    assert_eq!(ended["stoppedReason"], format!("Host EC2 (instance {}) stopped.", ids[0]));
    assert_eq!((&ended["lastStatus"], &ended["stopCode"]), (&json!("STOPPED"), &json!("TerminationNotice")));
    assert!(ended["containers"].as_array().unwrap().iter().all(|it| it.get("exitCode").is_none()));
    let shown = bench.host(&host);
    assert_eq!((&shown["status"], &shown["agentConnected"]), (&json!("ACTIVE"), &json!(false)));
    assert_eq!(bench.ecs("RunTask", Bench::launch(json!({})))["failures"][0]["reason"], "AGENT");
    let start = json!({ "InstanceId": ids });
    assert_eq!(bench.refused(Service::Ec2, "StartInstances", start.clone()).0, "IncorrectInstanceState");
    bench.pass(30);
    let answer = bench.ec2("StartInstances", start);
    assert_eq!(answer["instancesSet"][0]["previousState"], json!({ "code": 80, "name": "stopped" }));
    bench.pass(0);
    assert_eq!(bench.host(&host)["agentConnected"], true);
    bench.run(json!({}));
    let states: Vec<&Value> =
        bench.events(EventKind::InstanceStateChange).iter().map(|it| &it.detail["state"]).collect();
    assert_eq!(states, ["pending", "running", "stopping", "stopped", "pending", "running"]);
}

#[test]
fn a_group_replaces_a_member_that_is_stopped() {
    let mut bench = Bench::new();
    let ids = bench.hosts(1);
    let host = bench.host_arn(&ids[0]);
    bench.machine.stop_host(&ids[0], bench.now);
    bench.pass(0);
    bench.pass(0);
    assert_ne!(bench.members("hosts"), ids);
    let described = bench.ec2("DescribeInstances", json!({ "InstanceId": ids }));
    assert_eq!(described["reservationSet"][0]["instancesSet"][0]["instanceState"]["name"], "terminated");
    assert_eq!(bench.host(&host)["status"], "ACTIVE", "nobody told ECS that it is gone");
}

#[test]
fn what_was_asked_for_once_on_spot_cannot_be_stopped() {
    let mut bench = Bench::new();
    crate::capacity::spot_group(&mut bench);
    bench.scaling("SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": 1 }));
    bench.pass(0);
    let ids = bench.members("g");
    let refused = bench.refused(Service::Ec2, "StopInstances", json!({ "InstanceId": ids }));
    assert_eq!(refused.0, "UnsupportedOperation");
}
