//! `LaunchInstances`: capacity ordered and answered in one call.

use super::launch::{Reason, launch_one, next_market};
use super::{need_group, need_group_mut};
use crate::compute::changing::Changing;
use crate::compute::ec2::LaunchFailure;
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, validation};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn launch_instances(m: &mut Machine, params: &Params<'_>) -> Answer {
    let group = need_group(m, params)?;
    let requested = params.need_number("RequestedCapacity")?;
    let token = params.need("ClientToken")?.to_owned();
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_/-".contains(c);
    if token.len() > 64 || !token.chars().all(is_allowed) {
        return Err(validation("ClientToken must match [A-Za-z0-9_/-]{1,64}."));
    }
    m.check_free(&Changing::Order(token.clone()))?;
    if let Some((asked, answer)) = group.launch_tokens.get(&token) {
        if asked == params.value() {
            return Ok(answer.clone());
        }
        let message = "The client token was already used with other parameters.";
        return Err(Refusal::new("IdempotentParameterMismatch", 400, message));
    }
    if group.warm_pool.is_some() {
        let message = "LaunchInstances does not support an AutoScalingGroup with a warm pool.";
        return Err(Refusal::new("UnsupportedOperation", 400, message));
    }
    if group.launch.is_of_two_markets() {
        return Err(validation(
            "LaunchInstances does not support mixed instances policies that combine On-Demand and Spot Instances.",
        ));
    }
    if !(1..=100).contains(&requested) {
        return Err(validation("RequestedCapacity must be between 1 and 100."));
    }
    if group.n_present().max(group.desired) + requested > group.max {
        return Err(validation(format!(
            "Launching {requested} instances would exceed the group's maximum size of {}.",
            group.max
        )));
    }
    if !group.runs("Launch") {
        return Err(validation("The Launch process of the AutoScalingGroup is suspended."));
    }
    let retries = params.text("RetryStrategy").unwrap_or("none");
    if !["none", "retry-with-group-configuration"]
        .contains(&retries.to_ascii_lowercase().replace('_', "-").as_str())
    {
        return Err(validation(format!("Invalid RetryStrategy: {retries}")));
    }
    let (zone, subnet) = place(&group.places, params)?;
    let name = group.name.clone();
    let (launched, failed) = launch(m, &name, &zone, &subnet, requested, &token);

    let at =
        json!({ "SubnetId": subnet, "AvailabilityZone": zone, "MarketType": next_market(m, &name).text() });
    let with = |members: Value| {
        let mut all = at.clone();
        for (member, value) in members.as_object().into_iter().flatten() {
            all[member] = value.clone();
        }
        all
    };
    let instances =
        launched.iter().map(|(kind, ids)| with(json!({ "InstanceType": kind, "InstanceIds": ids })));
    let errors = failed.iter().map(|failure| {
        with(json!({
            "InstanceType": failure.instance_type, "ErrorCode": failure.code, "ErrorMessage": failure.message,
        }))
    });
    let answer = json!({
        "AutoScalingGroupName": name,
        "ClientToken": token,
        "Instances": instances.collect::<Vec<_>>(),
        "Errors": errors.collect::<Vec<_>>(),
    });
    let n_launched = i64::try_from(launched.values().map(Vec::len).sum::<usize>()).unwrap_or(requested);
    let goes_on = retries.to_ascii_lowercase().starts_with("retry") && n_launched < requested;
    let group = need_group_mut(m, params)?;
    group.desired += if goes_on { requested } else { n_launched };
    group.launch_tokens.insert(token, (params.value().clone(), answer.clone()));
    super::group::stir(m, &name);
    Ok(answer)
}

/// As many as there is capacity for, by type; and what stopped it.
fn launch(
    m: &mut Machine,
    name: &str,
    zone: &str,
    subnet: &str,
    requested: i64,
    token: &str,
) -> (BTreeMap<String, Vec<String>>, Vec<LaunchFailure>) {
    let mut launched: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for _ in 0..requested {
        let market = next_market(m, name);
        match launch_one(m, name, zone, subnet, market, &Reason::Call(token.to_owned())) {
            Ok(id) => {
                let kind = m.ec2.instances.get(&id).map(|it| it.instance_type.clone()).unwrap_or_default();
                launched.entry(kind).or_default().push(id);
            }
            Err(failures) => return (launched, failures),
        }
    }
    (launched, Vec::new())
}

/// The one zone and subnet meant; required where the group has several.
fn place(places: &[(String, String)], params: &Params<'_>) -> Result<(String, String), Refusal> {
    let (zones, subnets) = (params.texts("AvailabilityZones"), params.texts("SubnetIds"));
    if zones.len() > 1 || subnets.len() > 1 {
        return Err(validation("LaunchInstances can target only one Availability Zone or subnet."));
    }
    let several_zones = places.iter().any(|(zone, _)| Some(zone) != places.first().map(|(zone, _)| zone));
    if zones.is_empty() && subnets.is_empty() && several_zones {
        return Err(validation(
            "AvailabilityZones or SubnetIds must be specified for an AutoScalingGroup with several Availability Zones.",
        ));
    }
    let is_meant = |(zone, subnet): &&(String, String)| {
        zones.first().is_none_or(|it| it == zone) && subnets.first().is_none_or(|it| it == subnet)
    };
    places.iter().find(is_meant).cloned().ok_or_else(|| {
        validation("The Availability Zone or subnet is not part of the AutoScalingGroup's configuration.")
    })
}
