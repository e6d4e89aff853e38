//! Showing instances.

use super::instance::{Instance, State};
use super::unknown_value;
use crate::compute::catalogue;
use crate::compute::machine::Machine;
use crate::compute::params::{Params, put};
use crate::compute::refusal::{Answer, Refusal};
use crate::compute::time;
use regex_lite::Regex;
use serde_json::{Value, json};

pub(super) fn instances(m: &mut Machine, params: &Params<'_>) -> Answer {
    let found = select(m, params)?;
    let (page, next) = params.page(found, "MaxResults", "NextToken", 1000)?;
    let reservation = |instance: &Instance| {
        json!({
            "reservationId": instance.reservation_id,
            "ownerId": m.settings.account,
            "groupSet": [],
            "instancesSet": [json(instance)],
        })
    };
    let reservations: Vec<Value> = page.iter().map(reservation).collect();
    Ok(json!({ "reservationSet": reservations, "nextToken": next }))
}

/// Running instances only, unless all are asked for.
pub(super) fn statuses(m: &mut Machine, params: &Params<'_>) -> Answer {
    let all = params.flag("IncludeAllInstances")?.unwrap_or(false);
    let found = select(m, params)?.into_iter().filter(|it| all || it.is_running()).collect();
    let (page, next) = params.page(found, "MaxResults", "NextToken", 1000)?;
    let status = |instance: &Instance| {
        let word = if instance.is_running() { "ok" } else { "not-applicable" };
        json!({
            "instanceId": instance.id,
            "availabilityZone": instance.availability_zone,
            "instanceState": instance.state.json(),
            "instanceStatus": { "status": word },
            "systemStatus": { "status": word },
        })
    };
    Ok(json!({ "instanceStatusSet": page.iter().map(status).collect::<Vec<_>>(), "nextToken": next }))
}

/// The ids, if all of them are known; one unknown id fails the whole call.
pub(super) fn known_ids(m: &Machine, ids: &[&str]) -> Result<Vec<String>, Refusal> {
    let is_formed = |id: &&str| {
        let digits = id.strip_prefix("i-").unwrap_or_default();
        [8, 17].contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_hexdigit())
    };
    if let Some(id) = ids.iter().find(|id| !is_formed(id)) {
        return Err(Refusal::new("InvalidInstanceID.Malformed", 400, format!("Invalid id: \"{id}\"")));
    }
    let unknown: Vec<&str> = ids.iter().filter(|id| !m.ec2.instances.contains_key(**id)).copied().collect();
    let message = match unknown.as_slice() {
        [] => return Ok(ids.iter().map(ToString::to_string).collect()),
        [id] => format!("The instance ID '{id}' does not exist"),
        ids => format!("The instance IDs '{}' do not exist", ids.join(", ")),
    };
    Err(Refusal::new("InvalidInstanceID.NotFound", 400, message))
}

fn select(m: &Machine, params: &Params<'_>) -> Result<Vec<Instance>, Refusal> {
    let asked = params.texts("InstanceId");
    if !asked.is_empty() && params.has("MaxResults") {
        return Err(Refusal::new(
            "InvalidParameterCombination",
            400,
            "The parameter instancesSet cannot be used with the parameter maxResults",
        ));
    }
    if params.number("MaxResults")?.is_some_and(|n| !(5..=1000).contains(&n)) {
        return Err(unknown_value(
            "Value for parameter maxResults is invalid. Expecting a value between 5 and 1000.".to_owned(),
        ));
    }
    let ids = known_ids(m, &asked)?;
    let filters: Vec<(String, Vec<Regex>)> =
        params.each("Filter").map(|filter| read_filter(&filter)).collect::<Result<_, _>>()?;
    let all = m.ec2.instances.values().filter(|it| ids.is_empty() || ids.contains(&it.id));
    let passes = |instance: &Instance, (name, patterns): &(String, Vec<Regex>)| {
        values(instance, name).iter().any(|value| patterns.iter().any(|pattern| pattern.is_match(value)))
    };
    Ok(all.filter(|instance| filters.iter().all(|filter| passes(instance, filter))).cloned().collect())
}

fn read_filter(filter: &Params<'_>) -> Result<(String, Vec<Regex>), Refusal> {
    const KNOWN: [&str; 17] = [
        "availability-zone",
        "client-token",
        "image-id",
        "instance-id",
        "instance-lifecycle",
        "instance-state-code",
        "instance-state-name",
        "instance-type",
        "launch-time",
        "owner-id",
        "private-ip-address",
        "reservation-id",
        "subnet-id",
        "tag-key",
        "tag-value",
        "vpc-id",
        "architecture",
    ];
    let name = filter.need("Name")?;
    if !KNOWN.contains(&name) && !name.starts_with("tag:") {
        return Err(unknown_value(format!("The filter '{name}' is invalid")));
    }
    let pattern = |value: &&str| {
        let escaped: String = value
            .chars()
            .map(|c| match c {
                '*' => ".*".to_owned(),
                '?' => ".".to_owned(),
                c if c.is_alphanumeric() || c == '_' => c.to_string(),
                c => format!("\\{c}"),
            })
            .collect();
        Regex::new(&format!("^{escaped}$")).ok()
    };
    Ok((name.to_owned(), filter.texts("Value").iter().filter_map(pattern).collect()))
}

fn values(instance: &Instance, filter: &str) -> Vec<String> {
    if let Some(key) = filter.strip_prefix("tag:") {
        return instance.tags.get(key).cloned().into_iter().collect();
    }
    let one = |value: &str| vec![value.to_owned()];
    match filter {
        "availability-zone" => one(&instance.availability_zone),
        "client-token" => one(&instance.client_token),
        "image-id" => one(&instance.image_id),
        "instance-id" => one(&instance.id),
        "instance-lifecycle" if instance.is_spot => one("spot"),
        "instance-state-code" => one(&instance.state.json()["code"].to_string()),
        "instance-state-name" => one(instance.state.name()),
        "instance-type" => one(&instance.instance_type),
        "launch-time" => one(&time::text(instance.launched_at)),
        "private-ip-address" => one(&instance.private_ip),
        "reservation-id" => one(&instance.reservation_id),
        "subnet-id" => one(&instance.subnet_id),
        "tag-key" => instance.tags.keys().cloned().collect(),
        "tag-value" => instance.tags.values().cloned().collect(),
        "vpc-id" => one(&instance.vpc_id),
        "architecture" => {
            catalogue::instance_type(&instance.instance_type).iter().map(|it| it.arch.clone()).collect()
        }
        _ => Vec::new(),
    }
}

fn json(instance: &Instance) -> Value {
    let shape = catalogue::instance_type(&instance.instance_type);
    let tags: Vec<Value> =
        instance.tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let name = format!("ip-{}.ec2.internal", instance.private_ip.replace('.', "-"));
    let mut answer = json!({
        "instanceId": instance.id,
        "imageId": instance.image_id,
        "instanceState": instance.state.json(),
        "privateDnsName": name,
        "dnsName": "",
        "reason": "",
        "amiLaunchIndex": 0,
        "productCodes": [],
        "instanceType": instance.instance_type,
        "launchTime": time::text(instance.launched_at),
        "placement": {
            "availabilityZone": instance.availability_zone, "groupName": "", "tenancy": "default",
        },
        "monitoring": { "state": "disabled" },
        "architecture": shape.map(|it| it.arch.as_str()),
        "rootDeviceType": "ebs",
        "rootDeviceName": "/dev/xvda",
        "blockDeviceMapping": [],
        "virtualizationType": "hvm",
        "hypervisor": "xen",
        "enaSupport": true,
        "ebsOptimized": false,
        "clientToken": instance.client_token,
        "tagSet": tags,
        "metadataOptions": {
            "state": "applied", "httpTokens": "required", "httpPutResponseHopLimit": 1, "httpEndpoint": "enabled",
        },
    });
    let Some(members) = answer.as_object_mut() else { return answer };
    if instance.state != State::Terminated {
        put(members, "subnetId", Some(instance.subnet_id.as_str()));
        put(members, "vpcId", Some(instance.vpc_id.as_str()));
        put(members, "privateIpAddress", Some(instance.private_ip.as_str()));
    }
    put(members, "instanceLifecycle", instance.is_spot.then_some("spot"));
    let request = || format!("sir-{}", &instance.id[instance.id.len() - 8..]);
    put(members, "spotInstanceRequestId", instance.is_spot.then(request));
    let profile = instance.instance_profile.as_ref();
    put(members, "iamInstanceProfile", profile.map(|arn| json!({ "arn": arn, "id": "AIPAEXAMPLE" })));
    let reason = instance.state_reason;
    put(members, "stateReason", reason.map(|(code, message)| json!({ "code": code, "message": message })));
    answer
}
