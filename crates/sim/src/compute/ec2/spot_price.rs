//! Spot prices: a made-up but steady history.

use crate::compute::catalogue::{InstanceType, instance_types};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, Service};
use crate::compute::time::{self, Time};
use crate::numbers::ec2::SPOT_PRICE_HOLDS;
use serde_json::{Value, json};
use std::time::Duration;

/// The changes between start and end, and the price that held at the start; newest first.
pub(super) fn history(m: &mut Machine, params: &Params<'_>) -> Answer {
    let moment = |name: &str| match params.text(name) {
        Some(text) => time::parse(text).map(Some).ok_or_else(|| Refusal::malformed(Service::Ec2, name)),
        None => Ok(None),
    };
    let end = moment("EndTime")?.unwrap_or(m.now).min(m.now);
    let oldest = m.now.saturating_sub(Duration::from_secs(90 * 86_400));
    let start = moment("StartTime")?.unwrap_or(end).max(oldest).min(end);
    let asked = params.texts("InstanceType");
    if let Some(unknown) = asked.iter().find(|name| !instance_types().contains_key(**name)) {
        return Err(Refusal::new(
            "InvalidInstanceType",
            400,
            format!("The instance type '{unknown}' does not exist"),
        ));
    }
    let products = params.texts("ProductDescription");
    let is_linux = products.is_empty() || products.iter().any(|it| it.starts_with("Linux/UNIX"));
    let mut prices: Vec<Value> = Vec::new();
    let periods =
        (start.as_secs() / SPOT_PRICE_HOLDS.as_secs()..=end.as_secs() / SPOT_PRICE_HOLDS.as_secs()).rev();
    for period in periods.filter(|_| is_linux) {
        for shape in
            instance_types().values().filter(|it| asked.is_empty() || asked.contains(&it.name.as_str()))
        {
            let zones = m.settings.zones.iter();
            for zone in zones.filter(|zone| params.text("AvailabilityZone").is_none_or(|it| it == *zone)) {
                prices.push(price(shape, zone, period));
            }
        }
    }
    let (page, next) = params.page(prices, "MaxResults", "NextToken", 1000)?;
    Ok(json!({ "spotPriceHistorySet": page, "nextToken": next.unwrap_or_default() }))
}

fn price(shape: &InstanceType, zone: &str, period: u64) -> Value {
    // Within 10 % of the usual price, different in every zone and period.
    let noise = format!("{}{zone}{period}", shape.name)
        .bytes()
        .fold(7_u64, |hash, byte| hash * 31 % 9973 + u64::from(byte));
    let price = shape.spot_usd_per_hour() * (0.9 + (noise % 200) as f64 / 1000.0);
    let at: Time = Duration::from_secs(period * SPOT_PRICE_HOLDS.as_secs());
    json!({
        "instanceType": shape.name,
        "productDescription": "Linux/UNIX",
        "spotPrice": format!("{price:.6}"),
        "timestamp": time::text(at),
        "availabilityZone": zone,
    })
}
