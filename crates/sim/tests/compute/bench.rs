//! A machine with a hand on its clock.

use serde_json::{Value, json};
use sim::compute::{
    Event, EventKind, Machine, Output, Refusal, Service, Settings, Template, TemplateRef, Timing,
};
use std::time::Duration;

pub(crate) const TEMPLATE: &str = "lt-0123456789abcdef0";

pub(crate) struct Bench {
    pub(crate) machine: Machine,
    pub(crate) now: Duration,
    pub(crate) outputs: Vec<Output>,
}

impl Bench {
    /// A cluster `one`, and nothing that is work takes time.
    pub(crate) fn new() -> Self {
        Self::timed(Timing::instant())
    }

    pub(crate) fn timed(timing: Timing) -> Self {
        Self::set(Settings { timing, ..Settings::default() })
    }

    pub(crate) fn set(settings: Settings) -> Self {
        let mut machine = Machine::new(settings);
        let template = Template {
            id: TEMPLATE.to_owned(),
            name: "pool".to_owned(),
            version: 1,
            instance_type: Some("c7gd.4xlarge".to_owned()),
            image_id: Some("ami-1".to_owned()),
            ..Template::default()
        };
        machine.know_template(
            TemplateRef { id_or_name: TEMPLATE.to_owned(), version: "1".to_owned() },
            template,
        );
        let mut bench = Self { machine, now: Duration::from_secs(1_790_000_000), outputs: Vec::new() };
        bench.ecs("CreateCluster", json!({ "clusterName": "one" }));
        bench
    }

    pub(crate) fn call(&mut self, service: Service, action: &str, params: Value) -> Result<Value, Refusal> {
        let answer = self.machine.call(service, action, &params, self.now);
        self.outputs.extend(self.machine.step(self.now));
        answer
    }

    #[track_caller]
    pub(crate) fn ecs(&mut self, action: &str, params: Value) -> Value {
        self.call(Service::Ecs, action, params).unwrap()
    }

    #[track_caller]
    pub(crate) fn scaling(&mut self, action: &str, params: Value) -> Value {
        self.call(Service::AutoScaling, action, params).unwrap()
    }

    #[track_caller]
    pub(crate) fn ec2(&mut self, action: &str, params: Value) -> Value {
        self.call(Service::Ec2, action, params).unwrap()
    }

    /// Code and message of a request that must be refused.
    #[track_caller]
    pub(crate) fn refused(&mut self, service: Service, action: &str, params: Value) -> (String, String) {
        let refusal = self.call(service, action, params).expect_err("the request must be refused");
        (refusal.code.into_owned(), refusal.message)
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.outputs.extend(self.machine.step(self.now));
    }

    /// A group of the template in one zone, empty; members of `more` on top.
    pub(crate) fn group(&mut self, name: &str, more: Value) {
        let mut params = json!({
            "AutoScalingGroupName": name, "MinSize": 0, "MaxSize": 5,
            "LaunchTemplate": { "LaunchTemplateId": TEMPLATE, "Version": "1" },
            "AvailabilityZones": ["eu-central-1a"],
        });
        for (member, value) in more.as_object().unwrap() {
            params[member] = value.clone();
        }
        self.scaling("CreateAutoScalingGroup", params);
        self.pass(0);
    }

    /// So many hosts of 16 vCPU and 32 GiB, registered in cluster `one`; their instance ids.
    pub(crate) fn hosts(&mut self, n: u32) -> Vec<String> {
        self.group("hosts", json!({ "DesiredCapacity": n }));
        self.pass(0);
        let ids = self.members("hosts");
        assert_eq!(ids.len(), n as usize);
        ids
    }

    pub(crate) fn describe_group(&mut self, name: &str) -> Value {
        let groups = self.scaling("DescribeAutoScalingGroups", json!({ "AutoScalingGroupNames": [name] }));
        groups["AutoScalingGroups"][0].clone()
    }

    pub(crate) fn members(&mut self, name: &str) -> Vec<String> {
        let group = self.describe_group(name);
        let members = group["Instances"].as_array().unwrap();
        members.iter().map(|it| it["InstanceId"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn desired(&mut self, name: &str) -> i64 {
        self.describe_group(name)["DesiredCapacity"].as_i64().unwrap()
    }

    /// ARN of an instance's registered container instance.
    pub(crate) fn host_arn(&mut self, instance_id: &str) -> String {
        let filter = format!("ec2InstanceId == {instance_id}");
        let listed = self.ecs("ListContainerInstances", json!({ "cluster": "one", "filter": filter }));
        listed["containerInstanceArns"][0].as_str().unwrap().to_owned()
    }

    pub(crate) fn host(&mut self, arn: &str) -> Value {
        let params = json!({ "cluster": "one", "containerInstances": [arn] });
        self.ecs("DescribeContainerInstances", params)["containerInstances"][0].clone()
    }

    /// Registers a definition of two containers that takes 1,024 units and 768 MiB.
    pub(crate) fn definition(&mut self, family: &str) {
        self.ecs(
            "RegisterTaskDefinition",
            json!({
                "family": family,
                "containerDefinitions": [
                    { "name": "runner", "image": "runner:1", "cpu": 1024, "memoryReservation": 256 },
                    { "name": "engine", "image": "engine:1", "memory": 512 },
                ],
            }),
        );
    }

    /// Parameters that run definition `pair` in cluster `one`, with `more` on top.
    pub(crate) fn launch(more: Value) -> Value {
        let mut params = json!({ "cluster": "one", "taskDefinition": "pair", "launchType": "EC2" });
        for (member, value) in more.as_object().unwrap() {
            params[member] = value.clone();
        }
        params
    }

    #[track_caller]
    pub(crate) fn run(&mut self, more: Value) -> String {
        let answer = self.ecs("RunTask", Self::launch(more));
        answer["tasks"][0]["taskArn"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    pub(crate) fn task(&mut self, arn: &str) -> Value {
        let params = json!({ "cluster": "one", "tasks": [arn], "include": ["TAGS"] });
        self.ecs("DescribeTasks", params)["tasks"][0].clone()
    }

    pub(crate) fn events(&self, kind: EventKind) -> Vec<&Event> {
        let events = self
            .outputs
            .iter()
            .filter_map(|output| if let Output::Event(event) = output { Some(event) } else { None });
        events.filter(|event| event.kind == kind).collect()
    }
}
