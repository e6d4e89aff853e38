//! The model of ECS and Auto Scaling as the compute suite wants it, wherever it runs.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use control::contract::compute::{Outside, POOLS, SERVERLESS, ZONES};
use model::id::{InstanceId, Zone};
use model::label::Release;
use model::rules::PoolName;
use model::{Purchase, Trust};
use serde_json::json;
use sim::compute::{
    Agents, Machine, Service, Settings, Shortage, Subnet, Surcharge, Template, TemplateRef, Time, Timing,
};
use wire::config::Serverless;

/// What is done to the machine, at the present moment.
type Change<'a> = &'a mut (dyn FnMut(&mut Machine, Time) + Send);

/// The outside of the suite: the machine itself, and who publishes releases.
pub(crate) struct Machines {
    pub(crate) with: Box<dyn Fn(Change<'_>) + Send + Sync>,
    pub(crate) publish: Box<dyn Fn(Release) + Send + Sync>,
}

/// Whose machines they are, as their tag says.
const OURS: &str = "quillon";
const INSTANCE_TYPE: &str = "c7gd.4xlarge";
const THEIRS: &str = "somebody-elses";

/// Nothing takes time, and no agent registers before it is told to.
pub(crate) fn settings() -> Settings {
    Settings { timing: Timing::instant(), agents: Agents::Outside, ..Settings::default() }
}

pub(crate) fn serverless() -> BTreeMap<PoolName, Serverless> {
    let pool = Serverless {
        purchase: Purchase::Spot,
        subnets: vec!["subnet-0".to_owned()],
        security_groups: vec!["sg-0".to_owned()],
        has_public_ip: true,
    };
    [(PoolName::parse(SERVERLESS).unwrap(), pool)].into()
}

pub(crate) fn clusters() -> BTreeMap<Trust, String> {
    Trust::ALL.map(|trust| (trust, cluster(trust))).into()
}

pub(crate) fn groups() -> BTreeMap<PoolName, String> {
    POOLS.map(|(pool, _)| (PoolName::parse(pool).unwrap(), group(pool))).into()
}

/// What their nodes may be.
pub(crate) fn instance_types() -> BTreeMap<PoolName, Vec<String>> {
    POOLS.map(|(pool, _)| (PoolName::parse(pool).unwrap(), vec![INSTANCE_TYPE.to_owned()])).into()
}

fn cluster(trust: Trust) -> String {
    format!("quillon-{trust}")
}

fn group(pool: &str) -> String {
    format!("quillon-{pool}")
}

impl Machines {
    /// Clusters and groups, as Terraform makes them.
    pub(crate) fn set_up(&self) {
        (self.with)(&mut |machine, now| {
            for cluster in clusters().values() {
                let asked = json!({ "clusterName": cluster });
                machine.call(Service::Ecs, "CreateCluster", &asked, now).unwrap();
                let providers = json!({
                    "cluster": cluster,
                    "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
                    "defaultCapacityProviderStrategy": [],
                });
                machine.call(Service::Ecs, "PutClusterCapacityProviders", &providers, now).unwrap();
            }
            for zone in ZONES {
                machine.know_subnet(Subnet {
                    id: format!("subnet-{zone}"),
                    vpc_id: "vpc-0".to_owned(),
                    availability_zone: zone.to_owned(),
                });
            }
            for (pool, max) in POOLS {
                add_group(machine, &group(pool), OURS, max, now);
            }
            add_group(machine, THEIRS, THEIRS, 1, now);
        });
    }
}

fn add_group(machine: &mut Machine, group: &str, owner: &str, max: u32, now: Time) {
    let id = format!("lt-{group}");
    let named = TemplateRef { id_or_name: id.clone(), version: "1".to_owned() };
    machine.know_template(
        named,
        Template {
            id: id.clone(),
            name: group.to_owned(),
            version: 1,
            instance_type: Some(INSTANCE_TYPE.to_owned()),
            is_spot: true,
            cluster: Some(cluster(Trust::Trusted)),
            ..Template::default()
        },
    );
    let asked = json!({
        "AutoScalingGroupName": group,
        "MinSize": 0,
        "MaxSize": max,
        "NewInstancesProtectedFromScaleIn": true,
        "LaunchTemplate": { "LaunchTemplateId": id, "Version": "1" },
        "VPCZoneIdentifier": ZONES.map(|zone| format!("subnet-{zone}")).join(","),
        "Tags": [{ "Key": "quillon", "Value": owner, "PropagateAtLaunch": true }],
    });
    machine.call(Service::AutoScaling, "CreateAutoScalingGroup", &asked, now).unwrap();
    let asked = json!({ "AutoScalingGroupName": group, "ScalingProcesses": ["AZRebalance"] });
    machine.call(Service::AutoScaling, "SuspendProcesses", &asked, now).unwrap();
}

#[async_trait]
impl Outside for Machines {
    async fn publish(&self, release: Release) {
        (self.publish)(release);
    }

    async fn run_short(&self, zone: &Zone, left: u32) {
        (self.with)(&mut |machine, _| {
            for zone in ZONES {
                machine.end_shortage(&shortage(zone, 0));
            }
            machine.short_of(shortage(&zone.0, left));
        });
    }

    async fn recover(&self) {
        (self.with)(&mut |machine, _| {
            for zone in ZONES {
                machine.end_shortage(&shortage(zone, 0));
            }
        });
    }

    async fn boot(&self, node: &InstanceId) {
        (self.with)(&mut |machine, now| {
            let registered = machine.agent_registered(&node.0, None, BTreeMap::new(), now);
            assert!(registered.is_some(), "{node} is up, and its cluster is there");
        });
    }

    /// Nothing takes time here: what is due is done at the next moment.
    async fn settle(&self) {
        (self.with)(&mut |machine, now| drop(machine.step(now)));
    }

    async fn disconnect(&self, node: &InstanceId) {
        (self.with)(&mut |machine, now| machine.agent_disconnected(&node.0, now));
    }

    async fn detach(&self, node: &InstanceId) {
        (self.with)(&mut |machine, now| machine.detach(&node.0, now));
    }

    async fn spot_costs(&self, zone: &Zone, percent: u32) {
        (self.with)(&mut |machine, since| {
            machine.surcharge(Surcharge { availability_zone: Some(zone.0.clone()), percent, since });
        });
    }

    async fn launch_for_others(&self) -> InstanceId {
        let mut launched = None;
        (self.with)(&mut |machine, now| {
            let asked = json!({
                "AutoScalingGroupName": THEIRS, "RequestedCapacity": 1, "ClientToken": "theirs",
                "AvailabilityZones": [ZONES[0]],
            });
            let answer = machine.call(Service::AutoScaling, "LaunchInstances", &asked, now).unwrap();
            let id = answer["Instances"][0]["InstanceIds"][0].as_str().map(InstanceId::from);
            launched = Some(id.expect("there is capacity for one"));
        });
        launched.unwrap()
    }
}

impl fmt::Debug for Machines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machines").finish_non_exhaustive()
    }
}

fn shortage(zone: &str, left: u32) -> Shortage {
    Shortage { instance_type: None, availability_zone: Some(zone.to_owned()), market: None, left }
}
