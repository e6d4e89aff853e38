//! EC2, as far as instances go.

mod describe;
mod instance;
mod instance_type;
mod launch;
mod spot_price;

pub(crate) use instance::{
    Instance, State, halt, instance_booted, instance_forgotten, instance_runs, instance_terminated,
    recommend_rebalance, shut_down, spot_reclaimed, warn_of_reclaim,
};
pub(crate) use launch::{Launch, LaunchFailure, launch};
pub use launch::{Market, Shortage};
pub use spot_price::Surcharge;
pub(crate) use spot_price::least as least_spot_price;

use super::machine::Machine;
use super::params::Params;
use super::refusal::{Answer, Refusal, Service};
use std::collections::BTreeMap;

/// What EC2 knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ec2 {
    pub(crate) instances: BTreeMap<String, Instance>,
    pub(crate) shortages: Vec<Shortage>,
    pub(crate) surcharges: Vec<Surcharge>,
    n_launched: u32,
}

pub(crate) fn call(m: &mut Machine, action: &str, params: &Params<'_>) -> Answer {
    let answer: fn(&mut Machine, &Params<'_>) -> Answer = match action {
        "DescribeInstances" => describe::instances,
        "DescribeInstanceStatus" => describe::statuses,
        "TerminateInstances" => instance::terminate,
        "StopInstances" => instance::stop,
        "StartInstances" => instance::start,
        "DescribeInstanceTypes" => instance_type::describe,
        "DescribeSpotPriceHistory" => spot_price::history,
        _ => return Err(Refusal::unknown_action(Service::Ec2, action)),
    };
    if params.flag("DryRun")?.unwrap_or(false) {
        let message = "Request would have succeeded, but DryRun flag is set.";
        return Err(Refusal::new("DryRunOperation", 412, message));
    }
    answer(m, params)
}

fn unknown_value(message: String) -> Refusal {
    Refusal::new("InvalidParameterValue", 400, message)
}
