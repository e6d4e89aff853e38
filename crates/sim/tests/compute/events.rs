//! What the bus and the nodes are told.

use crate::bench::Bench;
use serde_json::{Value, json};
use sim::compute::{Agents, ContainerExit, EventKind, Output, Settings, TaskPlaced, Timing};
use std::collections::BTreeMap;
use std::time::Duration;

#[test]
fn a_tasks_events_look_like_the_task_with_times_as_text() {
    let mut bench = Bench::new();
    bench.definition("pair");
    bench.hosts(1);
    let arn = bench.run(json!({ "startedBy": "quillon/1-1" }));
    bench.ecs("StopTask", json!({ "cluster": "one", "task": arn }));
    bench.pass(0);
    let events = bench.events(EventKind::TaskStateChange);
    let versions: Vec<u64> = events.iter().map(|it| it.detail["version"].as_u64().unwrap()).collect();
    assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{versions:?}");
    let last = events.last().unwrap().envelope("123456789012", "eu-central-1");
    assert_eq!((&last["source"], &last["detail-type"]), (&json!("aws.ecs"), &json!("ECS Task State Change")));
    assert_eq!(last["resources"], json!([arn]));
    let detail = &last["detail"];
    assert_eq!((&detail["lastStatus"], &detail["desiredStatus"]), (&json!("STOPPED"), &json!("STOPPED")));
    assert_eq!((&detail["stopCode"], &detail["startedBy"]), (&json!("UserInitiated"), &json!("quillon/1-1")));
    assert!(detail["stoppedAt"].as_str().unwrap().ends_with('Z') && detail["updatedAt"].is_string());
    assert_eq!((detail.get("healthStatus"), detail.get("tags")), (None, None));
}

#[test]
fn a_hosts_events_tell_what_is_left_on_it() {
    let mut bench = Bench::new();
    bench.definition("pair");
    bench.hosts(1);
    bench.run(json!({}));
    let events = bench.events(EventKind::ContainerInstanceStateChange);
    assert_eq!(events.len(), 2);
    let detail = &events[1].detail;
    assert_eq!(detail["remainingResources"][0]["integerValue"], 15 * 1024);
    let members: Vec<&String> = detail.as_object().unwrap().keys().collect();
    let documented = [
        "agentConnected",
        "attributes",
        "clusterArn",
        "containerInstanceArn",
        "ec2InstanceId",
        "registeredAt",
        "registeredResources",
        "remainingResources",
        "status",
        "updatedAt",
        "version",
        "versionInfo",
    ];
    assert_eq!(members, documented);
}

#[test]
fn a_groups_events_tell_of_launch_and_end() {
    let mut bench = Bench::new();
    let ids = bench.hosts(1);
    let end = json!({ "InstanceId": ids[0], "ShouldDecrementDesiredCapacity": true });
    bench.scaling("TerminateInstanceInAutoScalingGroup", end);
    bench.pass(0);
    for (kind, origin) in
        [(EventKind::LaunchSuccessful, "EC2"), (EventKind::TerminateSuccessful, "AutoScalingGroup")]
    {
        let detail = &bench.events(kind)[0].detail;
        assert_eq!(detail["StatusCode"], "InProgress");
        assert_eq!((&detail["EC2InstanceId"], &detail["Origin"]), (&json!(ids[0]), &json!(origin)));
        assert_eq!(detail["Details"]["Availability Zone"], "eu-central-1a");
    }
    let states: Vec<&Value> =
        bench.events(EventKind::InstanceStateChange).iter().map(|it| &it.detail["state"]).collect();
    assert_eq!(states, ["pending", "running", "shutting-down", "terminated"]);
}

#[test]
fn a_member_is_in_service_before_its_agent_registers() {
    let timing = Timing {
        instance_runs: Duration::from_secs(10),
        agent_registers: Duration::from_secs(30),
        ..Timing::instant()
    };
    let mut bench = Bench::timed(timing);
    bench.group("g", json!({ "DesiredCapacity": 1 }));
    bench.pass(10);
    assert_eq!(bench.describe_group("g")["Instances"][0]["LifecycleState"], "InService");
    let listed = |bench: &mut Bench| {
        bench.ecs("ListContainerInstances", json!({ "cluster": "one" }))["containerInstanceArns"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(listed(&mut bench), 0);
    assert_eq!(bench.machine.next_due(), Some(bench.now + Duration::from_secs(30)));
    bench.pass(30);
    assert_eq!(listed(&mut bench), 1);
}

/// ECS notices within seconds; whoever placed a task on it meanwhile sees it end and never begin.
#[test]
fn a_host_that_is_gone_begins_nothing() {
    let seconds = Duration::from_secs;
    let slow = Timing {
        host_loss_noticed: seconds(5),
        instance_terminates: seconds(30),
        health_check: seconds(60),
        ..Timing::instant()
    };
    for agents in [Agents::Own, Agents::Outside] {
        let mut bench = Bench::set(Settings { agents, timing: slow.clone(), ..Settings::default() });
        bench.definition("pair");
        let ids = bench.hosts(1);
        if agents == Agents::Outside {
            bench.machine.agent_registered(&ids[0], None, BTreeMap::new(), bench.now).expect("it is there");
        }
        bench.machine.lose_host(&ids[0], bench.now);
        let arn = bench.run(json!({}));
        bench.pass(4);
        assert_eq!(bench.task(&arn)["lastStatus"], "PENDING");
        assert!(!bench.outputs.iter().any(|output| matches!(output, Output::TaskPlaced(_))));
        bench.pass(1);
        assert_eq!(bench.task(&arn)["stoppedReason"], format!("Host EC2 (instance {}) terminated.", ids[0]));
    }
}

fn placed(bench: &Bench) -> TaskPlaced {
    let placed = bench
        .outputs
        .iter()
        .rev()
        .find_map(|output| if let Output::TaskPlaced(placed) = output { Some(placed) } else { None });
    (**placed.expect("a task was placed")).clone()
}

#[test]
fn an_agent_outside_is_told_everything_and_tells_the_rest() {
    let mut bench =
        Bench::set(Settings { agents: Agents::Outside, timing: Timing::instant(), ..Settings::default() });
    bench.definition("pair");
    let ids = bench.hosts(1);
    let booted = bench
        .outputs
        .iter()
        .find_map(|output| if let Output::NodeBooted(node) = output { Some(node.clone()) } else { None });
    let booted = booted.unwrap();
    assert_eq!((booted.instance_id.as_str(), booted.cluster.as_str()), (ids[0].as_str(), "one"));
    let host = bench.machine.agent_registered(&ids[0], None, BTreeMap::new(), bench.now);
    assert!(host.is_some());

    let environment = json!([{ "name": "A", "value": "b" }]);
    let arn = bench.run(json!({ "overrides": {
        "memory": "2048", "taskRoleArn": "arn:aws:iam::1:role/r",
        "containerOverrides": [{ "name": "runner", "environment": environment, "command": ["go"] }],
    } }));
    let placed = placed(&bench);
    assert_eq!((placed.task_arn.as_str(), placed.instance_id.as_str()), (arn.as_str(), ids[0].as_str()));
    assert_eq!(
        (placed.memory_mib, placed.task_role_arn.as_deref()),
        (Some(2048), Some("arn:aws:iam::1:role/r"))
    );
    assert_eq!(
        (&placed.containers[0]["environment"], &placed.containers[0]["command"]),
        (&environment, &json!(["go"]))
    );
    assert_eq!(bench.task(&arn)["lastStatus"], "PENDING");

    bench.machine.task_started(&arn, bench.now);
    assert_eq!(bench.task(&arn)["lastStatus"], "RUNNING");
    let exit = ContainerExit { container: "runner".to_owned(), exit_code: 0, reason: None };
    bench.machine.container_exited(&arn, &exit, bench.now);
    bench.pass(0);
    assert!(
        bench
            .outputs
            .contains(&Output::TaskStopRequested { instance_id: ids[0].clone(), task_arn: arn.clone() })
    );
    assert_eq!(bench.task(&arn)["desiredStatus"], "STOPPED");
    assert_eq!(bench.task(&arn)["lastStatus"], "RUNNING");
    let exit = ContainerExit { container: "engine".to_owned(), exit_code: 143, reason: None };
    bench.machine.container_exited(&arn, &exit, bench.now);
    bench.machine.task_stopped(&arn, bench.now);
    let task = bench.task(&arn);
    assert_eq!(
        (&task["lastStatus"], &task["stopCode"]),
        (&json!("STOPPED"), &json!("EssentialContainerExited"))
    );
    let codes: Vec<&Value> =
        task["containers"].as_array().unwrap().iter().map(|it| &it["exitCode"]).collect();
    assert_eq!(codes, [0, 143]);
}

#[test]
fn one_seed_decides_every_id() {
    let run = |seed: u64| {
        let mut bench = Bench::set(Settings { seed, timing: Timing::instant(), ..Settings::default() });
        bench.definition("pair");
        bench.hosts(3);
        bench.ecs("RunTask", Bench::launch(json!({ "count": 5 })));
        bench.outputs
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
