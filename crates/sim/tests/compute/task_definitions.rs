//! Task definitions.

use crate::bench::Bench;
use serde_json::{Value, json};
use sim::compute::Service;

fn register(bench: &mut Bench, more: Value) -> Value {
    let mut params =
        json!({ "family": "f", "containerDefinitions": [{ "name": "c", "image": "i", "memory": 64 }] });
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    bench.ecs("RegisterTaskDefinition", params)["taskDefinition"].clone()
}

#[test]
fn revisions_grow_and_are_never_reused() {
    let mut bench = Bench::new();
    assert_eq!(register(&mut bench, json!({}))["revision"], 1);
    assert_eq!(register(&mut bench, json!({}))["revision"], 2);
    bench.ecs("DeregisterTaskDefinition", json!({ "taskDefinition": "f:2" }));
    let latest = bench.ecs("DescribeTaskDefinition", json!({ "taskDefinition": "f" }));
    assert_eq!(latest["taskDefinition"]["revision"], 1);
    bench.ecs("DeleteTaskDefinitions", json!({ "taskDefinitions": ["f:2"] }));
    assert_eq!(register(&mut bench, json!({}))["revision"], 3);
    let of_family = bench.ecs("ListTaskDefinitions", json!({ "familyPrefix": "f", "sort": "DESC" }));
    assert!(of_family["taskDefinitionArns"][0].as_str().unwrap().ends_with("f:3"));
}

#[test]
fn units_are_made_plain() {
    let definition = register(&mut Bench::new(), json!({ "cpu": "1 vCPU", "memory": "2 GB" }));
    assert_eq!((&definition["cpu"], &definition["memory"]), (&json!("1024"), &json!("2048")));
}

#[test]
fn what_makes_no_task_is_refused() {
    let container = |more: Value| {
        let mut container = json!({ "name": "c", "image": "i" });
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "family": "f", "containerDefinitions": [container] })
    };
    let distinct = json!({
        "family": "f", "containerDefinitions": [{ "name": "c", "image": "i", "memory": 64 }],
        "placementConstraints": [{ "type": "distinctInstance" }],
    });
    let cases = [
        container(json!({})),
        container(json!({ "memory": 64, "memoryReservation": 64 })),
        container(json!({ "memory": 64, "essential": false })),
        json!({ "family": "f", "containerDefinitions": [] }),
        json!({ "family": "a b", "containerDefinitions": [{ "name": "c", "image": "i", "memory": 64 }] }),
        distinct,
    ];
    let mut bench = Bench::new();
    for params in cases {
        assert_eq!(
            bench.refused(Service::Ecs, "RegisterTaskDefinition", params.clone()).0,
            "ClientException",
            "{params}"
        );
    }
    assert_eq!(
        bench.refused(Service::Ecs, "DescribeTaskDefinition", json!({ "taskDefinition": "f" })).0,
        "ClientException"
    );
}

#[test]
fn soft_limits_count_before_hard_ones_and_the_tasks_own_before_both() {
    let mut bench = Bench::new();
    bench.hosts(1);
    bench.definition("pair");
    let arn = bench.run(json!({}));
    let task = bench.task(&arn);
    assert_eq!((&task["cpu"], &task["memory"]), (&json!("1024"), &json!("768")));
    let arn = bench.run(json!({ "overrides": { "cpu": "2 vCPU", "memory": "4096" } }));
    let task = bench.task(&arn);
    assert_eq!((&task["cpu"], &task["memory"]), (&json!("2048"), &json!("4096")));
}
