//! Spot prices: a made-up history, the same whenever it is asked for.

use crate::compute::catalogue::{self, InstanceType, instance_types};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, Service};
use crate::compute::time::{self, Time};
use crate::numbers::ec2::{SPOT_PRICE_HOLDS, SPOT_PRICE_SWING};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// What spot machines of a zone cost from a moment on, beside what they would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surcharge {
    /// Everywhere, if there is none.
    pub availability_zone: Option<String>,
    pub percent: u32,
    pub since: Time,
}

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
    let shapes = instance_types().values().filter(|it| asked.is_empty() || asked.contains(&it.name.as_str()));
    let zones = m.settings.zones.iter();
    let zones: Vec<&String> =
        zones.filter(|zone| params.text("AvailabilityZone").is_none_or(|it| it == **zone)).collect();
    let mut prices: Vec<(Time, Value)> = Vec::new();
    for shape in shapes.filter(|_| is_linux) {
        for zone in &zones {
            prices.extend(changes(m, zone, start, end).into_iter().map(|at| (at, price(m, shape, zone, at))));
        }
    }
    prices.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let prices = prices.into_iter().map(|(_, price)| price).collect();
    let (page, next) = params.page(prices, "MaxResults", "NextToken", 1000)?;
    Ok(json!({ "spotPriceHistorySet": page, "nextToken": next.unwrap_or_default() }))
}

/// The last change before the start, and those up to the end.
fn changes(m: &Machine, zone: &str, start: Time, end: Time) -> BTreeSet<Time> {
    let period = |at: Time| at.as_secs() / SPOT_PRICE_HOLDS.as_secs();
    let regular = (period(start)..=period(end)).map(|n| Duration::from_secs(n * SPOT_PRICE_HOLDS.as_secs()));
    let ordered = m.ec2.surcharges.iter().filter(|it| it.is_in(zone)).map(|it| it.since);
    let all: BTreeSet<Time> = regular.chain(ordered.filter(|at| *at <= end)).collect();
    let held = all.range(..=start).next_back().copied().unwrap_or(start);
    all.range(held..).copied().collect()
}

/// In any zone since then.
pub(crate) fn least(m: &Machine, instance_type: &str, since: Time) -> Option<f64> {
    let shape = catalogue::instance_type(instance_type)?;
    let zones = m.settings.zones.iter();
    let all = zones.flat_map(|zone| changes(m, zone, since, m.now).into_iter().map(move |at| (zone, at)));
    all.map(|(zone, at)| usd_per_hour(m, shape, zone, at)).min_by(f64::total_cmp)
}

fn price(m: &Machine, shape: &InstanceType, zone: &str, at: Time) -> Value {
    json!({
        "instanceType": shape.name,
        "productDescription": "Linux/UNIX",
        "spotPrice": format!("{:.6}", usd_per_hour(m, shape, zone, at)),
        "timestamp": time::text(at),
        "availabilityZone": zone,
    })
}

/// As it was from this change on.
fn usd_per_hour(m: &Machine, shape: &InstanceType, zone: &str, at: Time) -> f64 {
    // Different in every world, zone and period.
    let period = at.as_secs() / SPOT_PRICE_HOLDS.as_secs();
    let noise = format!("{}{}{zone}{period}", m.settings.seed, shape.name)
        .bytes()
        .fold(7_u64, |hash, byte| hash * 31 % 9973 + u64::from(byte));
    let swing = f64::from(u32::try_from(noise % 1000).unwrap_or_default()) / 500.0 - 1.0;
    let ordered = m.ec2.surcharges.iter().filter(|it| it.is_in(zone) && it.since <= at);
    let factor: f64 = ordered.map(|it| f64::from(it.percent) / 100.0).product();
    shape.spot_usd_per_hour() * (1.0 + swing * SPOT_PRICE_SWING) * factor
}

impl Surcharge {
    fn is_in(&self, zone: &str) -> bool {
        self.availability_zone.as_deref().is_none_or(|it| it == zone)
    }
}
