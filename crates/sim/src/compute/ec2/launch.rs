//! Launching one instance, if there is capacity for it.

use super::instance::{Instance, State};
use crate::compute::catalogue;
use crate::compute::machine::Machine;
use crate::compute::output::EventKind;
use crate::compute::template::Template;
use crate::compute::timers::Timer;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Market {
    OnDemand,
    Spot,
}

impl Market {
    /// As `LaunchInstances` spells it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Spot => "spot",
        }
    }
}

/// Capacity that EC2 has not. What is left open is meant all over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    pub instance_type: Option<String>,
    pub availability_zone: Option<String>,
    pub market: Option<Market>,
    /// So many can still be launched.
    pub left: u32,
}

/// What to launch, and where.
#[derive(Clone, Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) template: &'a Template,
    /// In the order they are tried.
    pub(crate) instance_types: &'a [String],
    pub(crate) market: Market,
    pub(crate) availability_zone: &'a str,
    pub(crate) subnet_id: &'a str,
    pub(crate) group: &'a str,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) client_token: &'a str,
}

/// One type that could not be launched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LaunchFailure {
    pub(crate) instance_type: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// Launches the first type there is capacity for; else one failure per type tried.
pub(crate) fn launch(m: &mut Machine, launch: &Launch<'_>) -> Result<String, Vec<LaunchFailure>> {
    if launch.market == Market::Spot && n_spot(m) >= m.settings.max_spot_instances {
        let instance_type = launch.instance_types.first().cloned().unwrap_or_default();
        let message = "Max spot instance count exceeded".to_owned();
        return Err(vec![LaunchFailure { instance_type, code: "MaxSpotInstanceCountExceeded", message }]);
    }
    let mut failures = Vec::new();
    for instance_type in launch.instance_types {
        if catalogue::instance_type(instance_type).is_none() {
            failures.push(LaunchFailure {
                instance_type: instance_type.clone(),
                code: "InvalidParameterValue",
                message: format!("Invalid value '{instance_type}' for InstanceType."),
            });
        } else if take_capacity(m, instance_type, launch.availability_zone, launch.market) {
            return Ok(insert(m, launch, instance_type));
        } else {
            failures.push(no_capacity(m, launch, instance_type));
        }
    }
    Err(failures)
}

fn n_spot(m: &Machine) -> usize {
    m.ec2.instances.values().filter(|it| it.is_spot && it.is_alive()).count()
}

fn take_capacity(m: &mut Machine, instance_type: &str, zone: &str, market: Market) -> bool {
    let is_about = |it: &&mut Shortage| {
        it.instance_type.as_deref().is_none_or(|of| of == instance_type)
            && it.availability_zone.as_deref().is_none_or(|of| of == zone)
            && it.market.is_none_or(|of| of == market)
    };
    let mut shortages: Vec<&mut Shortage> = m.ec2.shortages.iter_mut().filter(is_about).collect();
    let is_left = shortages.iter().all(|it| it.left > 0);
    if is_left {
        shortages.iter_mut().for_each(|it| it.left -= 1);
    }
    is_left
}

fn no_capacity(m: &Machine, launch: &Launch<'_>, instance_type: &str) -> LaunchFailure {
    let zone = launch.availability_zone;
    let message = match launch.market {
        Market::Spot => "There is no Spot capacity available that matches your request.".to_owned(),
        Market::OnDemand => {
            let others: Vec<&str> =
                m.settings.zones.iter().map(String::as_str).filter(|other| *other != zone).collect();
            format!(
                "We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested \
                 ({zone}). Our system will be working on provisioning additional capacity. You can currently get \
                 {instance_type} capacity by not specifying an Availability Zone in your request or choosing {}.",
                others.join(", ")
            )
        }
    };
    LaunchFailure { instance_type: instance_type.to_owned(), code: "InsufficientInstanceCapacity", message }
}

fn insert(m: &mut Machine, launch: &Launch<'_>, instance_type: &str) -> String {
    let id = format!("i-0{}", m.ids.hex("instance", 16));
    m.ec2.n_launched += 1;
    let n = m.ec2.n_launched;
    let mut tags = launch.template.tags.clone();
    tags.extend(launch.tags.clone());
    tags.insert("aws:autoscaling:groupName".to_owned(), launch.group.to_owned());
    tags.insert("aws:ec2launchtemplate:id".to_owned(), launch.template.id.clone());
    tags.insert("aws:ec2launchtemplate:version".to_owned(), launch.template.version.to_string());
    let vpc_id =
        m.subnets.get(launch.subnet_id).map_or_else(|| "vpc-default".to_owned(), |it| it.vpc_id.clone());
    let instance = Instance {
        id: id.clone(),
        reservation_id: format!("r-0{}", m.ids.hex("reservation", 16)),
        instance_type: instance_type.to_owned(),
        availability_zone: launch.availability_zone.to_owned(),
        subnet_id: launch.subnet_id.to_owned(),
        vpc_id,
        private_ip: format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255),
        image_id: launch.template.image_id.clone().unwrap_or_else(|| "ami-00000000000000000".to_owned()),
        instance_profile: launch.template.instance_profile.clone(),
        is_spot: launch.market == Market::Spot,
        state: State::Pending,
        launched_at: m.now,
        is_booted: false,
        state_reason: None,
        cluster: tags.get("quillon:cluster").cloned().or_else(|| launch.template.cluster.clone()),
        tags,
        group: Some(launch.group.to_owned()),
        client_token: launch.client_token.to_owned(),
    };
    m.ec2.instances.insert(id.clone(), instance);
    let arn = m.arn("ec2", &format!("instance/{id}"));
    m.emit(EventKind::InstanceStateChange, vec![arn], json!({ "instance-id": id, "state": "pending" }));
    m.set(m.settings.timing.instance_runs, Timer::InstanceRuns(id.clone()));
    id
}
