//! Account settings: names and values, nothing more.

use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, invalid};
use serde_json::{Value, json};

const KNOWN: [(&str, &str); 11] = [
    ("awsvpcTrunking", "disabled"),
    ("containerInsights", "disabled"),
    ("containerInstanceLongArnFormat", "enabled"),
    ("defaultLogDriverMode", "non-blocking"),
    ("dualStackIPv6", "disabled"),
    ("fargateFIPSMode", "disabled"),
    ("fargateTaskRetirementWaitPeriod", "7"),
    ("guardDutyActivate", "off"),
    ("serviceLongArnFormat", "enabled"),
    ("tagResourceAuthorization", "on"),
    ("taskLongArnFormat", "enabled"),
];

pub(super) fn put(m: &mut Machine, params: &Params<'_>) -> Answer {
    let (name, value) = (params.need("name")?, params.need("value")?);
    if !KNOWN.iter().any(|(known, _)| *known == name) {
        return Err(invalid(format!("Invalid setting name: {name}")));
    }
    m.ecs.account_settings.insert(name.to_owned(), value.to_owned());
    Ok(json!({ "setting": json(m, name, value) }))
}

pub(super) fn list(m: &mut Machine, params: &Params<'_>) -> Answer {
    let (name, value) = (params.text("name"), params.text("value"));
    let is_effective = params.flag("effectiveSettings")?.unwrap_or(false);
    let known = KNOWN.iter().filter(|(known, _)| name.is_none_or(|name| name == *known));
    let settings = known.filter_map(|(known, default)| {
        let set = m.ecs.account_settings.get(*known).map(String::as_str);
        set.or(is_effective.then_some(*default)).map(|value| (*known, value))
    });
    let settings = settings.filter(|(_, is)| value.is_none_or(|value| value == *is));
    let settings: Vec<Value> = settings.map(|(name, value)| json(m, name, value)).collect();
    let (page, next) = params.page(settings, "maxResults", "nextToken", 100)?;
    Ok(json!({ "settings": page, "nextToken": next }))
}

fn json(m: &Machine, name: &str, value: &str) -> Value {
    let principal = format!("arn:aws:iam::{}:root", m.settings.account);
    json!({ "name": name, "value": value, "principalArn": principal, "type": "user" })
}
