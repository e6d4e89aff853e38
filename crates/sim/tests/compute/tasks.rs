//! Tasks that are there: stopping, describing, listing, ending.

use crate::bench::Bench;
use serde_json::{Value, json};
use sim::compute::{ContainerExit, Service, Timing};
use std::time::Duration;

fn ready() -> Bench {
    let mut bench = Bench::new();
    bench.definition("pair");
    bench.hosts(1);
    bench
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}

#[test]
fn a_stopped_task_says_who_stopped_it_and_loses_its_tags() {
    let mut bench = ready();
    let arn = bench.run(json!({ "tags": [{ "key": "a", "value": "b" }] }));
    assert_eq!(bench.task(&arn)["tags"], json!([{ "key": "a", "value": "b" }]));
    let answer = bench.ecs("StopTask", json!({ "cluster": "one", "task": arn, "reason": "enough" }));
    assert_eq!(answer["task"]["desiredStatus"], "STOPPED");
    bench.pass(0);
    let task = bench.task(&arn);
    assert_eq!((&task["stopCode"], &task["stoppedReason"]), (&json!("UserInitiated"), &json!("enough")));
    assert_eq!(task["tags"], json!([]));
    assert_eq!(task["containers"][0]["exitCode"], 143);
    for moment in [
        "createdAt",
        "pullStartedAt",
        "pullStoppedAt",
        "startedAt",
        "stoppingAt",
        "executionStoppedAt",
        "stoppedAt",
    ] {
        assert!(task[moment].is_f64(), "{moment}: {task}");
    }
    let again = bench.ecs("StopTask", json!({ "cluster": "one", "task": arn, "reason": "once more" }));
    assert_eq!(again["task"]["stoppedReason"], "enough");
}

#[test]
fn an_unknown_task_cannot_be_stopped() {
    let refused = ready().refused(Service::Ecs, "StopTask", json!({ "cluster": "one", "task": "0123" }));
    assert_eq!(
        refused,
        ("InvalidParameterException".to_owned(), "The referenced task was not found.".to_owned())
    );
}

#[test]
fn describe_tasks_has_bounds_and_names_the_missing() {
    let mut bench = ready();
    let arn = bench.run(json!({}));
    let many: Vec<String> = (0..101).map(|i| format!("{i:032}")).collect();
    let refused = bench.refused(Service::Ecs, "DescribeTasks", json!({ "cluster": "one", "tasks": many }));
    assert_eq!(refused.1, "taskIds can have at most 100 items.");
    let refused = bench.refused(Service::Ecs, "DescribeTasks", json!({ "cluster": "one", "tasks": [] }));
    assert_eq!(refused.1, "Tasks cannot be empty.");
    let answer = bench.ecs("DescribeTasks", json!({ "cluster": "one", "tasks": [arn, "0123"] }));
    assert_eq!(answer["tasks"].as_array().unwrap().len(), 1);
    assert_eq!(answer["failures"][0]["reason"], "MISSING");
}

#[test]
fn tags_are_shown_only_where_asked_for() {
    let mut bench = ready();
    let arn = bench.run(json!({ "tags": [{ "key": "a", "value": "b" }] }));
    let answer = bench.ecs("DescribeTasks", json!({ "cluster": "one", "tasks": [arn] }));
    assert_eq!(answer["tasks"][0]["tags"], json!([]));
}

#[test]
fn started_by_stands_alone_and_matches_exactly() {
    let mut bench = ready();
    let arn = bench.run(json!({ "startedBy": "quillon/1-1" }));
    bench.run(json!({ "startedBy": "quillon/1-10" }));
    let listed = bench.ecs("ListTasks", json!({ "cluster": "one", "startedBy": "quillon/1-1" }));
    assert_eq!(listed["taskArns"], json!([arn]));
    let (code, message) = bench.refused(
        Service::Ecs,
        "ListTasks",
        json!({ "cluster": "one", "startedBy": "x", "family": "pair" }),
    );
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("InvalidParameterException", "cannot specify startedBy with other arguments")
    );
}

#[test]
fn a_task_leaves_the_list_at_stop_task_not_at_its_end() {
    let mut bench = Bench::timed(Timing { task_stops: Duration::from_secs(10), ..Timing::instant() });
    bench.definition("pair");
    bench.hosts(1);
    let arn = bench.run(json!({}));
    bench.ecs("StopTask", json!({ "cluster": "one", "task": arn }));
    assert_eq!(bench.task(&arn)["lastStatus"], "RUNNING");
    assert_eq!(bench.ecs("ListTasks", json!({ "cluster": "one" }))["taskArns"], json!([]));
    let stopped = json!({ "cluster": "one", "desiredStatus": "STOPPED" });
    assert_eq!(bench.ecs("ListTasks", stopped)["taskArns"], json!([arn]));
    assert_eq!(
        bench.ecs("ListTasks", json!({ "cluster": "one", "desiredStatus": "PENDING" }))["taskArns"],
        json!([])
    );
}

#[test]
fn lists_come_in_pages() {
    let mut bench = ready();
    let mut all: Vec<String> = (0..5).map(|_| bench.run(json!({}))).collect();
    all.sort();
    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let page = bench.ecs("ListTasks", json!({ "cluster": "one", "maxResults": 2, "nextToken": token }));
        seen.extend(texts(&page["taskArns"]).iter().map(ToString::to_string));
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, all);
    for params in [json!({ "maxResults": 0 }), json!({ "maxResults": 101 }), json!({ "nextToken": "?" })] {
        assert_eq!(bench.refused(Service::Ecs, "ListTasks", merged(&params)).0, "InvalidParameterException");
    }
}

fn merged(params: &Value) -> Value {
    let mut all = json!({ "cluster": "one" });
    all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
    all
}

#[test]
fn an_essential_containers_exit_ends_the_task() {
    let mut bench = ready();
    let arn = bench.run(json!({}));
    let exit = ContainerExit {
        container: "engine".to_owned(),
        exit_code: 137,
        reason: Some("OutOfMemoryError: Container killed due to memory usage".to_owned()),
    };
    bench.machine.container_exited(&arn, &exit, bench.now);
    bench.pass(0);
    let task = bench.task(&arn);
    assert_eq!(task["lastStatus"], "STOPPED");
    assert_eq!(task["stopCode"], "EssentialContainerExited");
    assert_eq!(task["stoppedReason"], "Essential container in task exited");
    assert_eq!(task["containers"][0]["exitCode"], 143);
    assert_eq!(task["containers"][1]["exitCode"], 137);
    assert_eq!(task["containers"][1]["reason"], "OutOfMemoryError: Container killed due to memory usage");
}

#[test]
fn a_task_that_never_started_has_no_exit_codes() {
    let mut bench = Bench::timed(Timing { task_pulls: Duration::from_secs(9), ..Timing::instant() });
    bench.definition("pair");
    bench.hosts(1);
    let arn = bench.run(json!({}));
    bench.machine.task_failed_to_start(&arn, "CannotPullContainerError: no such tag", bench.now);
    let task = bench.task(&arn);
    assert_eq!((&task["stopCode"], &task["lastStatus"]), (&json!("TaskFailedToStart"), &json!("STOPPED")));
    assert_eq!(task["stoppedReason"], "CannotPullContainerError: no such tag");
    assert_eq!(task["containers"][0].get("exitCode"), None);
    bench.pass(9);
    assert_eq!(bench.task(&arn)["lastStatus"], "STOPPED");
}

#[test]
fn a_lost_host_leaves_no_exit_codes() {
    let mut bench = Bench::new();
    bench.definition("pair");
    let ids = bench.hosts(1);
    let arn = bench.run(json!({}));
    bench.ec2("TerminateInstances", json!({ "InstanceId": ids }));
    bench.pass(0);
    let task = bench.task(&arn);
    assert_eq!(task["stopCode"], "TerminationNotice");
    assert_eq!(task["stoppedReason"], format!("Host EC2 (instance {}) terminated.", ids[0]));
    assert!(task["containers"].as_array().unwrap().iter().all(|it| it.get("exitCode").is_none()));
}

#[test]
fn stopped_tasks_are_shown_for_an_hour() {
    let mut bench = ready();
    let arn = bench.run(json!({}));
    bench.ecs("StopTask", json!({ "cluster": "one", "task": arn }));
    bench.pass(3599);
    assert_eq!(bench.task(&arn)["lastStatus"], "STOPPED");
    bench.pass(1);
    assert_eq!(bench.task(&arn), Value::Null);
}

#[test]
fn a_newcomer_waits_in_the_agent_for_a_task_that_is_still_stopping() {
    let mut bench = Bench::timed(Timing { task_stops: Duration::from_secs(10), ..Timing::instant() });
    bench.definition("pair");
    bench.hosts(1);
    let whole = json!({ "overrides": { "cpu": "16384" } });
    let first = bench.run(whole.clone());
    assert_eq!(bench.ecs("RunTask", Bench::launch(whole.clone()))["tasks"], json!([]));
    bench.ecs("StopTask", json!({ "cluster": "one", "task": first }));
    let second = bench.run(whole);
    bench.pass(9);
    assert_eq!(bench.task(&second)["lastStatus"], "PENDING");
    bench.pass(1);
    assert_eq!(bench.task(&second)["lastStatus"], "RUNNING");
}
