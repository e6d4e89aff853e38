//! Container instances: what they have, who may use them, how they go.

use crate::bench::Bench;
use serde_json::{Value, json};
use sim::compute::{Agents, EventKind, Output, Service, Settings, Timing};
use std::collections::BTreeMap;

fn resource<'a>(host: &'a Value, of: &str, name: &str) -> &'a Value {
    let resources = host[of].as_array().unwrap();
    resources.iter().find(|it| it["name"] == name).unwrap()
}

#[test]
fn a_host_registers_what_its_machine_has() {
    let mut bench = Bench::new();
    let ids = bench.hosts(1);
    let arn = bench.host_arn(&ids[0]);
    let host = bench.host(&arn);
    assert_eq!(resource(&host, "registeredResources", "CPU")["integerValue"], 16 * 1024);
    assert_eq!(resource(&host, "registeredResources", "MEMORY")["integerValue"], 32 * 1024 * 97 / 100);
    assert_eq!(
        resource(&host, "registeredResources", "PORTS")["stringSetValue"],
        json!(["22", "2375", "2376", "51678", "51679"])
    );
    let attributes: Vec<(&str, &Value)> = host["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), &it["value"]))
        .collect();
    for (name, value) in [
        ("ecs.ami-id", "ami-1"),
        ("ecs.availability-zone", "eu-central-1a"),
        ("ecs.cpu-architecture", "arm64"),
        ("ecs.instance-type", "c7gd.4xlarge"),
        ("ecs.os-family", "LINUX"),
        ("ecs.os-type", "linux"),
        ("ecs.subnet-id", "subnet-default-eu-central-1a"),
        ("ecs.vpc-id", "vpc-default"),
    ] {
        assert!(attributes.contains(&(name, &json!(value))), "{name}: {attributes:?}");
    }
}

#[test]
fn resources_come_back_when_a_task_starts_to_stop() {
    let mut bench = Bench::new();
    bench.definition("pair");
    let ids = bench.hosts(1);
    let arn = bench.host_arn(&ids[0]);
    let version = bench.host(&arn)["version"].as_u64().unwrap();
    let task = bench.run(json!({}));
    let host = bench.host(&arn);
    assert_eq!(resource(&host, "remainingResources", "CPU")["integerValue"], 15 * 1024);
    assert_eq!(host["runningTasksCount"], 1);
    assert!(host["version"].as_u64().unwrap() > version);
    bench.ecs("StopTask", json!({ "cluster": "one", "task": task }));
    let host = bench.host(&arn);
    assert_eq!(resource(&host, "remainingResources", "CPU")["integerValue"], 16 * 1024);
    assert_eq!(host["runningTasksCount"], 0);
}

#[test]
fn a_draining_host_keeps_its_tasks_and_gets_no_more() {
    let mut bench = Bench::new();
    bench.definition("pair");
    let ids = bench.hosts(1);
    let arn = bench.host_arn(&ids[0]);
    let task = bench.run(json!({}));
    let drain = |status: &str| json!({ "cluster": "one", "containerInstances": [arn], "status": status });
    let answer = bench.ecs("UpdateContainerInstancesState", drain("DRAINING"));
    assert_eq!(answer["containerInstances"][0]["status"], "DRAINING");
    assert_eq!(
        bench.refused(Service::Ecs, "RunTask", Bench::launch(json!({}))).0,
        "InvalidParameterException"
    );
    bench.pass(3600);
    assert_eq!(bench.task(&task)["lastStatus"], "RUNNING");
    assert_eq!(bench.host(&arn)["status"], "DRAINING");
    assert_eq!(
        bench.refused(Service::Ecs, "UpdateContainerInstancesState", drain("INACTIVE")).0,
        "InvalidParameterException"
    );
    bench.ecs("UpdateContainerInstancesState", drain("ACTIVE"));
    bench.run(json!({}));
    let many = json!({ "cluster": "one", "containerInstances": vec![arn.clone(); 11], "status": "ACTIVE" });
    assert_eq!(
        bench.refused(Service::Ecs, "UpdateContainerInstancesState", many).1,
        "instanceIds can have at most 10 items."
    );
}

#[test]
fn the_list_is_filtered_by_the_query_language() {
    let mut bench = Bench::new();
    let ids = bench.hosts(3);
    let arn = bench.host_arn(&ids[1]);
    let put =
        json!({ "cluster": "one", "attributes": [{ "name": "slot", "value": "warm", "targetId": arn }] });
    bench.ecs("PutAttributes", put);
    let list = |bench: &mut Bench, filter: &str| {
        let listed = bench.ecs("ListContainerInstances", json!({ "cluster": "one", "filter": filter }));
        listed["containerInstanceArns"].as_array().unwrap().len()
    };
    assert_eq!(list(&mut bench, "attribute:slot == warm"), 1);
    assert_eq!(list(&mut bench, "attribute:slot !exists"), 2);
    assert_eq!(list(&mut bench, &format!("ec2InstanceId in [{}, {}]", ids[0], ids[2])), 2);
    assert_eq!(list(&mut bench, "agentConnected == true and runningTasksCount == 0"), 3);
    let malformed = json!({ "cluster": "one", "filter": "size >" });
    assert_eq!(
        bench.refused(Service::Ecs, "ListContainerInstances", malformed).0,
        "InvalidParameterException"
    );
}

#[test]
fn attributes_are_ten_at_most_and_put_over_the_old() {
    let mut bench = Bench::new();
    let ids = bench.hosts(1);
    let arn = bench.host_arn(&ids[0]);
    let put = |names: std::ops::Range<u32>| {
        let attributes: Vec<Value> =
            names.map(|i| json!({ "name": format!("a{i}"), "value": "v", "targetId": arn })).collect();
        json!({ "cluster": "one", "attributes": attributes })
    };
    bench.ecs("PutAttributes", put(0..10));
    bench.ecs("PutAttributes", put(0..10));
    assert_eq!(
        bench.refused(Service::Ecs, "PutAttributes", put(10..11)).0,
        "AttributeLimitExceededException"
    );
    assert_eq!(bench.refused(Service::Ecs, "PutAttributes", put(0..11)).0, "InvalidParameterException");
    let unknown = json!({ "cluster": "one", "attributes": [{ "name": "a", "targetId": "none" }] });
    assert_eq!(bench.refused(Service::Ecs, "PutAttributes", unknown).0, "TargetNotFoundException");
}

#[test]
fn describe_names_the_missing_and_has_a_bound() {
    let mut bench = Bench::new();
    let answer =
        bench.ecs("DescribeContainerInstances", json!({ "cluster": "one", "containerInstances": ["none"] }));
    assert_eq!(answer["failures"][0]["reason"], "MISSING");
    let many = json!({ "cluster": "one", "containerInstances": vec!["x"; 101] });
    assert_eq!(
        bench.refused(Service::Ecs, "DescribeContainerInstances", many).1,
        "instanceIds can have at most 100 items."
    );
}

#[test]
fn a_terminated_machine_is_deregistered_unless_its_agent_had_dropped() {
    let mut bench = Bench::new();
    let ids = bench.hosts(2);
    let (noticed, ghost) = (bench.host_arn(&ids[0]), bench.host_arn(&ids[1]));
    bench.machine.agent_disconnected(&ids[1], bench.now);
    bench.ec2("TerminateInstances", json!({ "InstanceId": ids }));
    bench.pass(0);
    assert_eq!(bench.host(&noticed)["status"], "INACTIVE");
    let ghost = bench.host(&ghost);
    assert_eq!((&ghost["status"], &ghost["agentConnected"]), (&json!("ACTIVE"), &json!(false)));
}

#[test]
fn a_host_with_tasks_leaves_only_by_force() {
    let mut bench = Bench::new();
    bench.definition("pair");
    let ids = bench.hosts(1);
    let arn = bench.host_arn(&ids[0]);
    let task = bench.run(json!({}));
    let deregister = |force: bool| json!({ "cluster": "one", "containerInstance": arn, "force": force });
    assert_eq!(
        bench.refused(Service::Ecs, "DeregisterContainerInstance", deregister(false)).0,
        "InvalidParameterException"
    );
    let answer = bench.ecs("DeregisterContainerInstance", deregister(true));
    assert_eq!(answer["containerInstance"]["status"], "INACTIVE");
    assert_eq!(bench.task(&task)["lastStatus"], "STOPPED");
    let listed = bench.ecs("ListContainerInstances", json!({ "cluster": "one" }));
    assert_eq!(listed["containerInstanceArns"], json!([]));
}

#[test]
fn an_agent_registers_by_its_identity_document_and_cannot_change_its_type() {
    let mut bench = Bench::new();
    let register = |kind: &str, again: Value| {
        let document = json!({ "instanceId": "i-00000000000000001", "instanceType": kind, "availabilityZone": "eu-central-1a" });
        json!({
            "cluster": "one", "instanceIdentityDocument": document.to_string(), "containerInstanceArn": again,
            "totalResources": [{ "name": "CPU", "type": "INTEGER", "integerValue": 2048 }],
        })
    };
    let answer = bench.ecs("RegisterContainerInstance", register("c7gd.large", Value::Null));
    let arn = answer["containerInstance"]["containerInstanceArn"].clone();
    bench.ecs("RegisterContainerInstance", register("c7gd.large", arn.clone()));
    let refused = bench.refused(Service::Ecs, "RegisterContainerInstance", register("c7gd.xlarge", arn));
    assert_eq!(refused.1, "Container instance type changes are not supported.");
}

#[test]
fn clusters_count_their_hosts_and_name_the_missing() {
    let mut bench = Bench::new();
    let ids = bench.hosts(2);
    let arn = bench.host_arn(&ids[0]);
    bench.ecs(
        "UpdateContainerInstancesState",
        json!({ "cluster": "one", "containerInstances": [arn], "status": "DRAINING" }),
    );
    let answer = bench.ecs("DescribeClusters", json!({ "clusters": ["one", "none"] }));
    assert_eq!(answer["clusters"][0]["registeredContainerInstancesCount"], 2);
    assert_eq!(answer["failures"][0]["reason"], "MISSING");
    assert_eq!(
        bench.refused(Service::Ecs, "DeleteCluster", json!({ "cluster": "one" })).0,
        "ClusterContainsContainerInstancesException"
    );
}

#[test]
fn providers_of_a_cluster_are_replaced_as_a_whole() {
    let mut bench = Bench::new();
    let put = |providers: Value, strategy: Value| json!({ "cluster": "one", "capacityProviders": providers, "defaultCapacityProviderStrategy": strategy });
    bench.ecs("PutClusterCapacityProviders", put(json!(["FARGATE", "FARGATE_SPOT"]), json!([])));
    let answer = bench.ecs(
        "PutClusterCapacityProviders",
        put(json!(["FARGATE"]), json!([{ "capacityProvider": "FARGATE" }])),
    );
    assert_eq!(answer["cluster"]["capacityProviders"], json!(["FARGATE"]));
    assert_eq!(
        bench.refused(Service::Ecs, "PutClusterCapacityProviders", json!({ "cluster": "one" })).0,
        "InvalidParameterException"
    );
    assert_eq!(
        bench.refused(Service::Ecs, "PutClusterCapacityProviders", put(json!(["none"]), json!([]))).0,
        "InvalidParameterException"
    );
}

#[test]
fn an_impaired_host_says_so_and_loses_its_tasks() {
    let mut bench = Bench::new();
    bench.definition("pair");
    let ids = bench.hosts(1);
    let arn = bench.host_arn(&ids[0]);
    let task = bench.run(json!({}));
    let health = |bench: &mut Bench| {
        let asked = json!({
            "cluster": "one", "containerInstances": [arn], "include": ["CONTAINER_INSTANCE_HEALTH"],
        });
        let answer = bench.ecs("DescribeContainerInstances", asked);
        answer["containerInstances"][0]["healthStatus"].clone()
    };
    assert_eq!(health(&mut bench)["overallStatus"], "OK");
    assert_eq!(bench.host(&arn).get("healthStatus"), None, "nobody asked");
    bench.pass(60);
    bench.machine.impair_host(&ids[0], bench.now);
    bench.pass(0);
    let impaired = health(&mut bench);
    assert_eq!(impaired["overallStatus"], "IMPAIRED");
    let check = &impaired["details"][0];
    assert_eq!((&check["type"], &check["status"]), (&json!("CONTAINER_RUNTIME"), &json!("IMPAIRED")));
    assert_eq!(check["lastStatusChange"], bench.now.as_secs_f64());
    let ended = bench.task(&task);
    assert_eq!(
        (&ended["lastStatus"], &ended["stopCode"], ended.get("stoppedReason")),
        (&json!("STOPPED"), &json!("InfrastructureHealth"), None)
    );
    assert_eq!(bench.host(&arn)["status"], "ACTIVE");
    bench.machine.mend_host(&ids[0], bench.now);
    assert_eq!(health(&mut bench)["overallStatus"], "OK");
    bench.pass(0);
    let told = bench.events(EventKind::ContainerInstanceHealthChange);
    let told: Vec<&Value> = told.iter().map(|event| &event.detail["overallStatus"]).collect();
    assert_eq!(told, ["IMPAIRED", "OK"]);
}

/// Whoever plays the agents is told to stop them, as with any other end.
#[test]
fn tasks_of_an_impaired_host_are_stopped_by_their_agent() {
    let settings = Settings { agents: Agents::Outside, timing: Timing::instant(), ..Settings::default() };
    let mut bench = Bench::set(settings);
    bench.definition("pair");
    let ids = bench.hosts(1);
    bench.machine.agent_registered(&ids[0], None, BTreeMap::new(), bench.now).unwrap();
    let task = bench.run(json!({}));
    bench.machine.impair_host(&ids[0], bench.now);
    bench.pass(0);
    let asked = Output::TaskStopRequested { instance_id: ids[0].clone(), task_arn: task };
    assert!(bench.outputs.contains(&asked));
}
