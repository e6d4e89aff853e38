//! Tasks on Fargate: what is refused, when they start, how they are taken back.

use crate::bench::Bench;
use serde_json::{Value, json};
use sim::compute::{EventKind, Output, Service, Timing};

/// A runner alone, with what is said on top.
pub(crate) fn definition(more: Value) -> Value {
    let mut definition = json!({
        "family": "alone", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "cpu": "256", "memory": "512",
        "containerDefinitions": [{ "name": "runner", "image": "runner", "stopTimeout": 120 }],
    });
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    definition
}

fn launch(more: Value) -> Value {
    let mut launch = json!({
        "cluster": "one", "taskDefinition": "alone",
        "capacityProviderStrategy": [{ "capacityProvider": "FARGATE_SPOT", "weight": 1 }],
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"], "assignPublicIp": "ENABLED" } },
    });
    launch.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    launch
}

fn ready() -> Bench {
    let mut bench = Bench::new();
    bench.ecs("RegisterTaskDefinition", definition(json!({})));
    let providers = json!({
        "cluster": "one", "capacityProviders": ["FARGATE", "FARGATE_SPOT"], "defaultCapacityProviderStrategy": [],
    });
    bench.ecs("PutClusterCapacityProviders", providers);
    bench
}

#[test]
fn a_definition_for_fargate_has_a_network_a_size_and_no_privileges() {
    let mut bench = ready();
    let container = |more: Value| {
        let mut container = json!({ "name": "runner", "image": "runner" });
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "containerDefinitions": [container] })
    };
    for wrong in [
        json!({ "networkMode": "bridge" }),
        json!({ "memory": "5120" }),
        json!({ "cpu": "300" }),
        container(json!({ "privileged": true })),
        container(json!({ "linuxParameters": { "sharedMemorySize": 64 } })),
        container(json!({ "linuxParameters": { "capabilities": { "add": ["SYS_ADMIN"] } } })),
        container(json!({ "stopTimeout": 121 })),
    ] {
        let refused = bench.refused(Service::Ecs, "RegisterTaskDefinition", definition(wrong.clone()));
        assert_eq!(refused.0, "ClientException", "{wrong}");
    }
}

#[test]
fn a_task_on_fargate_has_one_of_the_sizes_and_a_network() {
    let mut bench = ready();
    bench.definition("pair");
    for wrong in [
        json!({ "taskDefinition": "pair" }),
        json!({ "networkConfiguration": {} }),
        json!({ "overrides": { "cpu": "4096", "memory": "4096" } }),
        json!({ "overrides": { "cpu": "8192", "memory": "17408" } }),
        json!({ "placementConstraints": [{ "type": "memberOf", "expression": "ec2InstanceId == i-1" }] }),
    ] {
        let refused = bench.refused(Service::Ecs, "RunTask", launch(wrong.clone()));
        assert_eq!(refused.0, "InvalidParameterException", "{wrong}");
    }
    for size in [json!({ "cpu": "8192", "memory": "20480" }), json!({ "cpu": "16384", "memory": "122880" })] {
        let answer = bench.ecs("RunTask", launch(json!({ "overrides": size })));
        assert_eq!(answer["tasks"][0]["launchType"], "FARGATE");
        assert_eq!(answer["tasks"][0]["capacityProviderName"], "FARGATE_SPOT");
        assert_eq!(answer["tasks"][0]["lastStatus"], "PROVISIONING");
    }
}

#[test]
fn every_size_of_the_rules_is_one_that_fargate_has() {
    let mut bench = ready();
    for cpu in [256, 512, 1024, 2048, 4096, 8192, 16384_u32] {
        for gib in 1..=120 {
            let size =
                model::size::Size { cpu: model::size::CpuUnits(cpu), memory: model::size::Mib(gib * 1024) };
            let size_of = json!({ "cpu": cpu.to_string(), "memory": (gib * 1024).to_string() });
            let asked = bench.call(Service::Ecs, "RunTask", launch(json!({ "overrides": size_of })));
            assert_eq!(asked.is_ok(), model::task_size::is_one(size), "{size}");
        }
    }
}

#[test]
fn without_capacity_the_task_fails_at_once_and_each_market_has_its_own() {
    let mut bench = ready();
    bench.machine.fargate_is_short(true, true);
    let answer = bench.ecs("RunTask", launch(json!({})));
    assert_eq!(answer["tasks"], json!([]));
    assert!(answer["failures"][0]["reason"].as_str().unwrap().starts_with("Capacity is unavailable"));
    let on_demand = json!({ "capacityProviderStrategy": [{ "capacityProvider": "FARGATE" }] });
    assert_eq!(bench.ecs("RunTask", launch(on_demand))["failures"], json!([]));
    bench.machine.fargate_is_short(true, false);
    assert_eq!(bench.ecs("RunTask", launch(json!({})))["failures"], json!([]));
}

#[test]
fn a_quota_of_vcpus_is_a_failure_too() {
    let mut bench = ready();
    bench.machine.settings_mut().max_fargate_vcpus = 4;
    let two = json!({ "overrides": { "cpu": "2048", "memory": "4096" }, "count": 3 });
    let answer = bench.ecs("RunTask", launch(two));
    assert_eq!(answer["tasks"].as_array().unwrap().len(), 2);
    assert!(answer["failures"][0]["reason"].as_str().unwrap().contains("number of vCPUs"));
}

#[test]
fn a_task_starts_within_a_minute_and_is_taken_back_with_a_warning() {
    let mut bench = ready();
    bench.machine.settings_mut().timing = Timing::default();
    let arn = bench.ecs("RunTask", launch(json!({})))["tasks"][0]["taskArn"].clone();
    let status = |bench: &mut Bench| {
        let shown = bench.ecs("DescribeTasks", json!({ "cluster": "one", "tasks": [arn] }));
        shown["tasks"][0].clone()
    };
    bench.pass(20);
    assert_eq!(status(&mut bench)["lastStatus"], "PENDING");
    bench.pass(40);
    assert_eq!(status(&mut bench)["lastStatus"], "RUNNING");
    assert_eq!(bench.machine.interrupt_fargate_spot(bench.now), 1);
    bench.pass(10);
    let stopped = status(&mut bench);
    assert_eq!(stopped["lastStatus"], "STOPPED");
    assert_eq!(stopped["stopCode"], "SpotInterruption");
    assert_eq!(stopped["stoppedReason"], "Your Spot Task was interrupted.");
    // The first event is the warning: the task still runs, and is to stop.
    let told = bench
        .outputs
        .iter()
        .filter_map(|output| if let Output::Event(event) = output { Some(event) } else { None });
    let warned = told
        .filter(|event| {
            event.kind == EventKind::TaskStateChange && event.detail["stopCode"] == "SpotInterruption"
        })
        .map(|event| event.detail["lastStatus"].clone())
        .next();
    assert_eq!(warned, Some(json!("RUNNING")));
}
