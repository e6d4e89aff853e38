//! `RunTask` and `StartTask`: what is refused, what fails, what is done once.

use crate::bench::Bench;
use serde_json::{Value, json};
use sim::compute::{Service, Timing};
use std::time::Duration;

fn ready() -> Bench {
    let mut bench = Bench::new();
    bench.definition("pair");
    bench
}

#[test]
fn a_malformed_request_is_refused() {
    let long = "x".repeat(8200);
    let constraint = json!({ "type": "memberOf", "expression": "ec2InstanceId == i-1" });
    let eleven: Vec<Value> = (0..11).map(|_| constraint.clone()).collect();
    let cases = [
        ("InvalidParameterException", json!({ "count": 11 })),
        ("InvalidParameterException", json!({ "capacityProviderStrategy": [{ "capacityProvider": "p" }] })),
        (
            "InvalidParameterException",
            json!({ "overrides": { "containerOverrides": [{ "name": "runner", "command": [long] }] } }),
        ),
        ("InvalidParameterException", json!({ "placementConstraints": eleven })),
        ("InvalidParameterException", json!({ "propagateTags": "SERVICE" })),
        (
            "InvalidParameterException",
            json!({ "placementConstraints": [{ "type": "distinctInstance", "expression": "x" }] }),
        ),
        ("InvalidParameterException", json!({ "startedBy": "y".repeat(129) })),
        ("InvalidParameterException", json!({ "startedBy": "a b" })),
        ("InvalidParameterException", json!({ "clientToken": "z".repeat(65) })),
        (
            "InvalidParameterException",
            json!({ "placementConstraints": [{ "type": "memberOf", "expression": "size = 3" }] }),
        ),
        ("ClientException", json!({ "taskDefinition": "nothing" })),
        ("ClusterNotFoundException", json!({ "cluster": "none" })),
    ];
    let mut bench = ready();
    bench.hosts(1);
    for (code, more) in cases {
        let refused = bench.refused(Service::Ecs, "RunTask", Bench::launch(more.clone()));
        assert_eq!(refused.0, code, "{more}: {}", refused.1);
    }
    let unassociated = json!({ "cluster": "one", "taskDefinition": "pair", "capacityProviderStrategy": [{ "capacityProvider": "p" }] });
    assert_eq!(bench.refused(Service::Ecs, "RunTask", unassociated).0, "InvalidParameterException");
}

#[test]
fn an_override_must_name_a_container_of_the_definition() {
    let mut bench = ready();
    bench.hosts(1);
    let more = json!({ "overrides": { "containerOverrides": [{ "name": "x" }] } });
    let (code, message) = bench.refused(Service::Ecs, "RunTask", Bench::launch(more));
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(message, "Override for container named x is not a container in the TaskDefinition.");
}

#[test]
fn an_empty_cluster_is_refused_where_a_full_one_only_fails() {
    let mut bench = ready();
    let (code, message) = bench.refused(Service::Ecs, "RunTask", Bench::launch(json!({})));
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(message, "No Container Instances were found in your cluster.");
    bench.hosts(1);
    let answer = bench.ecs("RunTask", Bench::launch(json!({ "overrides": { "cpu": "99999" } })));
    assert_eq!(answer["tasks"], json!([]));
    assert_eq!(answer["failures"][0]["reason"], "RESOURCE:CPU");
}

#[test]
fn every_host_that_would_not_do_says_why() {
    let mut bench = ready();
    let ids = bench.hosts(2);
    let on_first = json!([{ "type": "memberOf", "expression": format!("ec2InstanceId == {}", ids[0]) }]);
    let reasons = |bench: &mut Bench, more: Value| -> Vec<String> {
        let answer = bench.ecs("RunTask", Bench::launch(more));
        assert_eq!(answer["tasks"], json!([]));
        let failures = answer["failures"].as_array().unwrap();
        let mut reasons: Vec<String> =
            failures.iter().map(|it| it["reason"].as_str().unwrap().to_owned()).collect();
        reasons.sort();
        reasons
    };
    let unsatisfied = "MemberOf placement constraint unsatisfied.";
    let memory = json!({ "overrides": { "memory": "40000" }, "placementConstraints": on_first });
    assert_eq!(reasons(&mut bench, memory), [unsatisfied, "RESOURCE:MEMORY"]);
    bench.machine.agent_disconnected(&ids[0], bench.now);
    assert_eq!(reasons(&mut bench, json!({ "placementConstraints": on_first })), ["AGENT", unsatisfied]);
    bench.machine.agent_reconnected(&ids[0], bench.now);
    bench.run(json!({ "placementConstraints": on_first }));
}

#[test]
fn ports_gpus_and_architecture_are_resources_too() {
    let mut bench = Bench::new();
    bench.hosts(1);
    let cases = [
        ("RESOURCE:PORTS", json!({ "portMappings": [{ "containerPort": 1, "hostPort": 22 }] }), json!({})),
        ("RESOURCE:GPU", json!({ "resourceRequirements": [{ "type": "GPU", "value": "1" }] }), json!({})),
        ("ATTRIBUTE", json!({}), json!({ "runtimePlatform": { "cpuArchitecture": "X86_64" } })),
    ];
    for (reason, of_container, of_definition) in cases {
        let mut container = json!({ "name": "c", "image": "i", "memory": 64 });
        container.as_object_mut().unwrap().extend(of_container.as_object().unwrap().clone());
        let mut definition = json!({ "family": "pair", "containerDefinitions": [container] });
        definition.as_object_mut().unwrap().extend(of_definition.as_object().unwrap().clone());
        bench.ecs("RegisterTaskDefinition", definition);
        let answer = bench.ecs("RunTask", Bench::launch(json!({})));
        assert_eq!(answer["failures"][0]["reason"], reason, "{answer}");
    }
}

#[test]
fn a_count_may_give_some_tasks_and_some_failures() {
    let mut bench = ready();
    bench.hosts(1);
    let answer = bench.ecs("RunTask", Bench::launch(json!({ "count": 10, "overrides": { "cpu": "4096" } })));
    assert_eq!(answer["tasks"].as_array().unwrap().len(), 4);
    assert_eq!(answer["failures"][0]["reason"], "RESOURCE:CPU");
}

#[test]
fn the_answer_never_says_running() {
    let mut bench = ready();
    bench.hosts(1);
    let answer = bench.ecs("RunTask", Bench::launch(json!({ "tags": [{ "key": "a", "value": "b" }] })));
    let task = &answer["tasks"][0];
    assert_eq!((&task["lastStatus"], &task["desiredStatus"]), (&json!("PENDING"), &json!("RUNNING")));
    assert_eq!((&task["group"], &task["tags"][0]["key"]), (&json!("family:pair"), &json!("a")));
    let arn = task["taskArn"].as_str().unwrap().to_owned();
    assert_eq!(bench.task(&arn)["lastStatus"], "RUNNING");
}

#[test]
fn the_same_token_runs_once() {
    let mut bench = ready();
    bench.hosts(1);
    let launch = Bench::launch(json!({ "clientToken": "Token", "startedBy": "a" }));
    let first = bench.ecs("RunTask", launch.clone());
    let again = bench.ecs("RunTask", launch.clone());
    assert_eq!(first["tasks"][0]["taskArn"], again["tasks"][0]["taskArn"]);
    let other_case = bench.run(json!({ "clientToken": "token", "startedBy": "a" }));
    assert_ne!(first["tasks"][0]["taskArn"], other_case);

    let other = Bench::launch(json!({ "clientToken": "Token", "startedBy": "b" }));
    let conflict = bench.call(Service::Ecs, "RunTask", other).unwrap_err();
    assert_eq!(conflict.code, "ConflictException");
    assert_eq!(conflict.extra["resourceIds"], json!([first["tasks"][0]["taskArn"]]));
}

#[test]
fn a_token_lives_an_hour_longer_than_its_task_and_then_runs_a_second_one() {
    let mut bench = ready();
    bench.hosts(1);
    let launch = Bench::launch(json!({ "clientToken": "t" }));
    let arn = bench.ecs("RunTask", launch.clone())["tasks"][0]["taskArn"].as_str().unwrap().to_owned();
    bench.ecs("StopTask", json!({ "cluster": "one", "task": arn }));
    bench.pass(3599);
    let replay = bench.ecs("RunTask", launch.clone())["tasks"][0].clone();
    assert_eq!(replay, json!({ "taskArn": arn, "lastStatus": "STOPPED", "desiredStatus": "STOPPED" }));
    bench.pass(1);
    assert_ne!(bench.ecs("RunTask", launch)["tasks"][0]["taskArn"], arn);
}

#[test]
fn a_token_lives_a_day_at_most() {
    let mut bench = ready();
    bench.hosts(1);
    let launch = Bench::launch(json!({ "clientToken": "t" }));
    let first = bench.ecs("RunTask", launch.clone());
    bench.pass(24 * 3600 - 1);
    assert_eq!(bench.ecs("RunTask", launch.clone())["tasks"][0]["taskArn"], first["tasks"][0]["taskArn"]);
    bench.pass(1);
    assert_ne!(bench.ecs("RunTask", launch)["tasks"][0]["taskArn"], first["tasks"][0]["taskArn"]);
}

#[test]
fn a_token_replays_failures_and_after_an_hour_only_their_number() {
    let mut bench = ready();
    bench.hosts(2);
    let launch = Bench::launch(json!({ "clientToken": "t", "overrides": { "cpu": "99999" } }));
    let first = bench.ecs("RunTask", launch.clone());
    assert_eq!(bench.ecs("RunTask", launch.clone()), first);
    bench.pass(3600);
    assert_eq!(bench.ecs("RunTask", launch)["failures"], json!([{ "reason": "2" }]));
}

#[test]
fn two_clusters_do_not_share_tokens() {
    let mut bench = ready();
    bench.ecs("RegisterTaskDefinition", crate::fargate::definition(json!({})));
    bench.ecs("CreateCluster", json!({ "clusterName": "two" }));
    let launch = |cluster: &str| json!({ "cluster": cluster, "taskDefinition": "alone", "launchType": "FARGATE", "clientToken": "t", "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"] } } });
    let of_one = bench.ecs("RunTask", launch("one"))["tasks"][0]["taskArn"].clone();
    let of_two = bench.ecs("RunTask", launch("two"))["tasks"][0]["taskArn"].clone();
    assert_ne!(of_one, of_two);
}

#[test]
fn start_task_answers_for_each_host_and_knows_no_token() {
    let mut bench = ready();
    let ids = bench.hosts(2);
    let (first, second) = (bench.host_arn(&ids[0]), bench.host_arn(&ids[1]));
    let drain = json!({ "cluster": "one", "containerInstances": [second], "status": "DRAINING" });
    bench.ecs("UpdateContainerInstancesState", drain);
    let start =
        json!({ "cluster": "one", "taskDefinition": "pair", "containerInstances": [first, second, "none"] });
    let answer = bench.ecs("StartTask", start.clone());
    let reasons: Vec<&Value> =
        answer["failures"].as_array().unwrap().iter().map(|it| &it["reason"]).collect();
    assert_eq!(reasons, ["INACTIVE", "MISSING"]);
    let again = bench.ecs("StartTask", start.clone());
    assert_ne!(answer["tasks"][0]["taskArn"], again["tasks"][0]["taskArn"]);
    let mut too_big = start.clone();
    too_big["overrides"] = json!({ "memory": "99999" });
    assert_eq!(bench.ecs("StartTask", too_big)["failures"][0]["reason"], "RESOURCE:MEMORY");
    let mut too_many = start.clone();
    too_many["containerInstances"] = json!(vec![first; 11]);
    assert_eq!(bench.refused(Service::Ecs, "StartTask", too_many).0, "InvalidParameterException");
    let mut long = start;
    long["startedBy"] = json!("x".repeat(37));
    assert_eq!(bench.refused(Service::Ecs, "StartTask", long).0, "InvalidParameterException");
}

#[test]
fn an_inactive_revision_may_be_run_for_ten_minutes_more() {
    let mut bench = ready();
    bench.hosts(1);
    bench.ecs("DeregisterTaskDefinition", json!({ "taskDefinition": "pair:1" }));
    bench.run(json!({ "taskDefinition": "pair:1" }));
    bench.pass(600);
    let launch = Bench::launch(json!({ "taskDefinition": "pair:1" }));
    assert_eq!(bench.refused(Service::Ecs, "RunTask", launch).0, "ClientException");
}

#[test]
fn a_scaling_provider_lets_tasks_wait_and_gives_them_up_in_the_end() {
    let mut bench = ready();
    bench.group("hosts", json!({}));
    let arn = bench.describe_group("hosts")["AutoScalingGroupARN"].clone();
    let provider = json!({ "autoScalingGroupArn": arn, "managedScaling": { "status": "ENABLED" } });
    bench.ecs("CreateCapacityProvider", json!({ "name": "p", "autoScalingGroupProvider": provider }));
    let put = json!({ "cluster": "one", "capacityProviders": ["p"], "defaultCapacityProviderStrategy": [{ "capacityProvider": "p", "weight": 1 }] });
    bench.ecs("PutClusterCapacityProviders", put);
    let run = json!({ "cluster": "one", "taskDefinition": "pair" });
    let answer = bench.ecs("RunTask", run.clone());
    let waiting = answer["tasks"][0]["taskArn"].as_str().unwrap().to_owned();
    assert_eq!(answer["tasks"][0]["lastStatus"], "PROVISIONING");
    assert_eq!(answer["tasks"][0].get("containerInstanceArn"), None);
    let second = bench.ecs("RunTask", run)["tasks"][0]["taskArn"].as_str().unwrap().to_owned();
    bench.ecs("StopTask", json!({ "cluster": "one", "task": second }));
    bench.scaling("SetDesiredCapacity", json!({ "AutoScalingGroupName": "hosts", "DesiredCapacity": 1 }));
    bench.pass(0);
    assert_eq!(bench.task(&waiting)["lastStatus"], "RUNNING");
    assert_eq!(bench.task(&waiting)["capacityProviderName"], "p");

    let big = json!({ "cluster": "one", "taskDefinition": "pair", "overrides": { "cpu": "99999" } });
    let hopeless = bench.ecs("RunTask", big)["tasks"][0]["taskArn"].as_str().unwrap().to_owned();
    bench.pass(15 * 60);
    let over = bench.task(&hopeless);
    assert_eq!(
        (&over["stopCode"], &over["stoppedReason"]),
        (&json!("TaskFailedToStart"), &json!("TaskFailedToStart: RESOURCE:CPU"))
    );
}

#[test]
fn reads_lag_writes() {
    let mut bench = Bench::timed(Timing { read_lag: Duration::from_secs(1), ..Timing::instant() });
    bench.definition("pair");
    bench.group("hosts", json!({ "DesiredCapacity": 1 }));
    bench.pass(1);
    let arn = bench.run(json!({}));
    let missing = bench.ecs("DescribeTasks", json!({ "cluster": "one", "tasks": [arn] }));
    assert_eq!(missing["failures"], json!([{ "arn": arn, "reason": "MISSING" }]));
    assert_eq!(bench.ecs("ListTasks", json!({ "cluster": "one" }))["taskArns"], json!([]));
    bench.pass(1);
    assert_eq!(bench.task(&arn)["lastStatus"], "RUNNING");
}
