//! Tasks with a network interface of their own: the states they pass through, and what their host must have.

use crate::bench::Bench;
use crate::fargate;
use serde_json::{Value, json};
use sim::compute::{Agents, EventKind, Machine, Service, Settings, Subnet, Timing};
use std::collections::BTreeMap;
use std::time::Duration;

/// A cluster whose definition `net` has an interface, and subnets in two zones.
fn ready(bench: &mut Bench) {
    let container = json!({ "name": "c", "image": "i", "memory": 64 });
    let definition = json!({ "family": "net", "networkMode": "awsvpc", "containerDefinitions": [container] });
    bench.ecs("RegisterTaskDefinition", definition);
    for zone in ["a", "b"] {
        bench.machine.know_subnet(Subnet {
            id: format!("subnet-{zone}"),
            vpc_id: "vpc-1".to_owned(),
            availability_zone: format!("eu-central-1{zone}"),
        });
    }
}

fn launch(subnet: &str, more: Value) -> Value {
    let mut params = Bench::launch(json!({
        "taskDefinition": "net",
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": [subnet] } },
    }));
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

fn reasons(answer: &Value) -> Vec<&str> {
    answer["failures"].as_array().unwrap().iter().map(|it| it["reason"].as_str().unwrap()).collect()
}

/// `lastStatus` of a task's events, each once.
fn told(bench: &Bench) -> Vec<String> {
    let events = bench.events(EventKind::TaskStateChange);
    let mut told: Vec<String> =
        events.iter().map(|event| event.detail["lastStatus"].as_str().unwrap().to_owned()).collect();
    told.dedup();
    told
}

const ALL: [&str; 8] = [
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
    "STOPPED",
];

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn a_task_on_fargate_passes_through_every_state() {
    for agents in [Agents::Own, Agents::Outside] {
        let settings = Settings { fargate: agents, timing: Timing::default(), ..Settings::default() };
        let mut bench = Bench::set(settings);
        bench.ecs("RegisterTaskDefinition", fargate::definition(json!({})));
        let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-1"] } });
        let more =
            json!({ "taskDefinition": "alone", "launchType": "FARGATE", "networkConfiguration": network });
        let arn = bench.run(more);
        bench.pass(15);
        if agents == Agents::Outside {
            bench.machine.task_started(&arn, bench.now);
        }
        bench.pass(60);
        assert_eq!(bench.task(&arn)["lastStatus"], "RUNNING");
        bench.ecs("StopTask", json!({ "cluster": "one", "task": arn }));
        bench.pass(1);
        if agents == Agents::Outside {
            assert_eq!(bench.task(&arn)["lastStatus"], "STOPPING");
            bench.machine.task_stopped(&arn, bench.now);
        }
        bench.pass(1);
        let over = bench.task(&arn);
        assert_eq!(
            (&over["lastStatus"], &over["desiredStatus"]),
            (&json!("DEPROVISIONING"), &json!("STOPPED"))
        );
        assert!(over["executionStoppedAt"].is_number() && over.get("stoppedAt").is_none(), "{over}");
        bench.pass(10);
        assert_eq!(bench.task(&arn)["lastStatus"], "STOPPED");
        assert_eq!(told(&bench), ALL);
    }
}

/// To its readers it is never longer on the way than it was without the state in between.
#[test]
fn activating_is_a_part_of_the_start() {
    let mut bench =
        Bench::timed(Timing { task_starts: seconds(3), fargate_pulls: seconds(20), ..Timing::instant() });
    bench.ecs("RegisterTaskDefinition", fargate::definition(json!({})));
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-1"] } });
    let more = json!({ "taskDefinition": "alone", "launchType": "FARGATE", "networkConfiguration": network });
    let arn = bench.run(more);
    for (passes, status) in [(19, "PENDING"), (1, "ACTIVATING"), (2, "ACTIVATING"), (1, "RUNNING")] {
        bench.pass(passes);
        assert_eq!(bench.task(&arn)["lastStatus"], status);
    }
}

#[test]
fn on_a_host_the_interface_comes_before_the_agent_and_goes_after_it() {
    let mut bench = Bench::timed(Timing {
        interface_attaches: seconds(5),
        interface_detaches: seconds(5),
        ..Timing::instant()
    });
    ready(&mut bench);
    bench.hosts(1);
    let arn = bench.ecs("RunTask", launch("subnet-a", json!({})))["tasks"][0]["taskArn"].clone();
    let arn = arn.as_str().unwrap();
    let task = bench.task(arn);
    assert_eq!(task["lastStatus"], "PROVISIONING");
    assert!(task["containerInstanceArn"].is_string(), "it has its host already: {task}");
    bench.pass(5);
    assert_eq!(bench.task(arn)["lastStatus"], "RUNNING");
    bench.ecs("StopTask", json!({ "cluster": "one", "task": arn }));
    bench.pass(4);
    assert_eq!(bench.task(arn)["lastStatus"], "DEPROVISIONING");
    bench.pass(1);
    assert_eq!(bench.task(arn)["lastStatus"], "STOPPED");
    assert_eq!(told(&bench), ALL);
}

#[test]
fn a_task_that_stops_before_it_has_a_host_has_no_interface_to_lose() {
    let mut bench = Bench::timed(Timing { interface_detaches: seconds(5), ..Timing::instant() });
    ready(&mut bench);
    bench.group("hosts", json!({}));
    let arn = bench.describe_group("hosts")["AutoScalingGroupARN"].clone();
    let provider = json!({ "autoScalingGroupArn": arn, "managedScaling": { "status": "ENABLED" } });
    bench.ecs("CreateCapacityProvider", json!({ "name": "p", "autoScalingGroupProvider": provider }));
    let put = json!({ "cluster": "one", "capacityProviders": ["p"], "defaultCapacityProviderStrategy": [] });
    bench.ecs("PutClusterCapacityProviders", put);
    let more = json!({ "launchType": null, "capacityProviderStrategy": [{ "capacityProvider": "p" }] });
    let arn = bench.ecs("RunTask", launch("subnet-a", more))["tasks"][0]["taskArn"].clone();
    bench.ecs("StopTask", json!({ "cluster": "one", "task": arn }));
    assert_eq!(bench.task(arn.as_str().unwrap())["lastStatus"], "STOPPED");
}

#[test]
fn a_lost_host_takes_the_interface_with_it() {
    let mut bench = Bench::timed(Timing { interface_detaches: seconds(5), ..Timing::instant() });
    ready(&mut bench);
    let ids = bench.hosts(1);
    let arn = bench.ecs("RunTask", launch("subnet-a", json!({})))["tasks"][0]["taskArn"].clone();
    bench.ec2("TerminateInstances", json!({ "InstanceId": ids }));
    bench.pass(0);
    let task = bench.task(arn.as_str().unwrap());
    assert_eq!((&task["lastStatus"], &task["stopCode"]), (&json!("STOPPED"), &json!("TerminationNotice")));
}

#[test]
fn an_hour_after_its_end_it_is_deleted_and_then_forgotten() {
    let mut bench = Bench::new();
    ready(&mut bench);
    bench.hosts(1);
    let arn = bench.ecs("RunTask", launch("subnet-a", json!({})))["tasks"][0]["taskArn"].clone();
    bench.ecs("StopTask", json!({ "cluster": "one", "task": arn }));
    for (passes, status) in [(3599, json!("STOPPED")), (1, json!("DELETED")), (60, Value::Null)] {
        bench.pass(passes);
        assert_eq!(bench.task(arn.as_str().unwrap())["lastStatus"], status);
    }
}

#[test]
fn a_task_of_the_hosts_own_network_has_none_of_these_states() {
    let mut bench = Bench::timed(Timing::default());
    bench.definition("pair");
    bench.group("hosts", json!({ "DesiredCapacity": 1 }));
    bench.pass(60);
    let arn = bench.run(json!({}));
    bench.pass(10);
    bench.ecs("StopTask", json!({ "cluster": "one", "task": arn }));
    bench.pass(10);
    assert_eq!(told(&bench), ["PROVISIONING", "PENDING", "RUNNING", "STOPPED"]);
}

/// Eight, one of them the host's own.
#[test]
fn a_host_without_a_free_interface_says_so() {
    let mut bench = Bench::new();
    ready(&mut bench);
    let ids = bench.hosts(1);
    let host = bench.host_arn(&ids[0]);
    for _ in 0..7 {
        assert_eq!(reasons(&bench.ecs("RunTask", launch("subnet-a", json!({})))), [""; 0]);
    }
    assert_eq!(reasons(&bench.ecs("RunTask", launch("subnet-a", json!({})))), ["RESOURCE:ENI"]);
    let start = launch("subnet-a", json!({ "containerInstances": [host] }));
    assert_eq!(reasons(&bench.ecs("StartTask", start)), ["RESOURCE:ENI"]);
    bench.definition("pair");
    bench.run(json!({}));
    let listed = bench.ecs("ListTasks", json!({ "cluster": "one", "family": "net" }));
    bench.ecs("StopTask", json!({ "cluster": "one", "task": listed["taskArns"][0] }));
    assert_eq!(reasons(&bench.ecs("RunTask", launch("subnet-a", json!({})))), [""; 0]);
}

#[test]
fn a_host_in_another_zone_than_the_subnets_is_the_wrong_location() {
    let mut bench = Bench::new();
    ready(&mut bench);
    let ids = bench.hosts(1);
    let host = bench.host_arn(&ids[0]);
    assert_eq!(reasons(&bench.ecs("RunTask", launch("subnet-b", json!({})))), ["LOCATION"]);
    let start = launch("subnet-b", json!({ "containerInstances": [host] }));
    assert_eq!(reasons(&bench.ecs("StartTask", start)), ["LOCATION"]);
    let both = json!({ "awsvpcConfiguration": { "subnets": ["subnet-b", "subnet-a"] } });
    let answer = bench.ecs("RunTask", launch("", json!({ "networkConfiguration": both })));
    assert_eq!(reasons(&answer), [""; 0]);
}

/// Subnets live elsewhere: whoever serves the machine has to tell it of these first.
#[test]
fn a_request_says_which_subnets_it_names() {
    let (_, subnets) = Machine::mentioned(Service::Ecs, &launch("subnet-a", json!({})));
    assert_eq!(subnets, ["subnet-a"]);
}

#[test]
fn an_agent_that_cannot_attach_interfaces_lacks_the_attribute() {
    let mut bench = Bench::new();
    ready(&mut bench);
    let document = json!({ "instanceId": "i-00000000000000001", "instanceType": "c7gd.large" });
    let resources = json!([
        { "name": "CPU", "type": "INTEGER", "integerValue": 2048 },
        { "name": "MEMORY", "type": "INTEGER", "integerValue": 2048 },
    ]);
    let register = json!({
        "cluster": "one", "instanceIdentityDocument": document.to_string(), "totalResources": resources,
    });
    bench.ecs("RegisterContainerInstance", register);
    assert_eq!(reasons(&bench.ecs("RunTask", launch("subnet-a", json!({})))), ["ATTRIBUTE"]);
}

#[test]
fn an_interface_needs_a_network() {
    let mut bench = Bench::new();
    ready(&mut bench);
    bench.hosts(1);
    let without = Bench::launch(json!({ "taskDefinition": "net" }));
    let refused = bench.refused(Service::Ecs, "RunTask", without);
    assert_eq!(refused.0, "InvalidParameterException");
}

fn trunked(agents: Agents) -> Bench {
    let timing = Timing { trunk_settles: seconds(10), ..Timing::instant() };
    let mut bench = Bench::set(Settings { agents, timing, ..Settings::default() });
    bench.ecs("PutAccountSetting", json!({ "name": "awsvpcTrunking", "value": "enabled" }));
    bench
}

#[test]
fn a_host_with_a_trunk_registers_slowly_and_holds_more() {
    let mut bench = trunked(Agents::Own);
    ready(&mut bench);
    let ids = bench.hosts(1);
    let arn = bench.host_arn(&ids[0]);
    assert_eq!(bench.host(&arn)["status"], "REGISTERING");
    let drain = json!({ "cluster": "one", "containerInstances": [arn], "status": "DRAINING" });
    let refused = bench.refused(Service::Ecs, "UpdateContainerInstancesState", drain);
    assert_eq!(refused.0, "InvalidParameterException");
    let counted = bench.ecs("DescribeClusters", json!({ "clusters": ["one"] }));
    assert_eq!(counted["clusters"][0]["registeredContainerInstancesCount"], 0);
    bench.pass(10);
    assert_eq!(bench.host(&arn)["status"], "ACTIVE");
    let filter = json!({ "cluster": "one", "filter": "attribute:ecs.awsvpc-trunk-id exists" });
    assert_eq!(bench.ecs("ListContainerInstances", filter)["containerInstanceArns"], json!([arn]));
    for _ in 0..6 {
        assert_eq!(reasons(&bench.ecs("RunTask", launch("subnet-a", json!({ "count": 10 })))), [""; 0]);
    }
    assert_eq!(reasons(&bench.ecs("RunTask", launch("subnet-a", json!({})))), ["RESOURCE:ENI"]);
    bench.ec2("TerminateInstances", json!({ "InstanceId": ids }));
    bench.pass(0);
    assert_eq!(bench.host(&arn)["status"], "DEREGISTERING");
    bench.pass(10);
    assert_eq!(bench.host(&arn)["status"], "INACTIVE");
}

#[test]
fn an_agent_from_outside_gets_no_task_before_its_trunk_is_there() {
    let mut bench = trunked(Agents::Outside);
    bench.definition("pair");
    let ids = bench.hosts(1);
    bench.machine.agent_registered(&ids[0], None, BTreeMap::new(), bench.now).unwrap();
    let refused = bench.refused(Service::Ecs, "RunTask", Bench::launch(json!({})));
    assert_eq!(refused.1, "No Container Instances were found in your cluster.");
    bench.pass(10);
    bench.run(json!({}));
}
