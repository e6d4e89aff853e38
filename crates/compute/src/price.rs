//! What spot machines cost now.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{InstanceType, SpotPrice};
use control::PortError;
use model::id::Zone;
use model::price::Price;
use model::rules::PoolName;
use model::time::Timestamp;

use crate::error::sort;

/// Accounts that are older than their VPC have the second one, too.
const LINUX: [&str; 2] = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"];

/// Asked from a moment on, EC2 tells the price that held then and every change since: the latest counts. Long enough
/// ago that its clock and ours agree on that.
const SINCE: Duration = Duration::from_mins(10);

pub(crate) async fn spot_prices(
    client: &aws_sdk_ec2::Client,
    types: &BTreeMap<PoolName, Vec<String>>,
    pools: &[PoolName],
    now: Timestamp,
) -> Result<BTreeMap<PoolName, BTreeMap<Zone, Price>>, PortError> {
    let of_pool = |pool| types.get(pool).into_iter().flatten().map(String::as_str);
    let asked: BTreeSet<&str> = pools.iter().flat_map(of_pool).collect();
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let since = i64::try_from(now.before(SINCE).0).map_or(DateTime::from_secs(0), DateTime::from_millis);
    let mut pages = client
        .describe_spot_price_history()
        .set_instance_types(Some(asked.into_iter().map(InstanceType::from).collect()))
        .set_product_descriptions(Some(LINUX.map(str::to_owned).to_vec()))
        .start_time(since)
        .into_paginator()
        .send();
    let mut latest: BTreeMap<String, BTreeMap<Zone, (DateTime, Price)>> = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| sort("DescribeSpotPriceHistory", &error))?;
        for (instance_type, zone, at, price) in page.spot_price_history().iter().filter_map(told) {
            let known = latest.entry(instance_type).or_default().entry(zone).or_insert((at, price));
            if known.0 < at {
                *known = (at, price);
            }
        }
    }
    let priced = pools.iter().filter_map(|pool| {
        let mut zones: BTreeMap<Zone, Price> = BTreeMap::new();
        for (zone, (_, price)) in of_pool(pool).filter_map(|of| latest.get(of)).flatten() {
            let least = zones.entry(zone.clone()).or_insert(*price);
            *least = (*price).min(*least);
        }
        (!zones.is_empty()).then(|| (pool.clone(), zones))
    });
    Ok(priced.collect())
}

/// A line without a price says nothing.
fn told(line: &SpotPrice) -> Option<(String, Zone, DateTime, Price)> {
    let price = Price::of_usd(line.spot_price()?.parse().ok()?);
    Some((
        line.instance_type()?.as_str().to_owned(),
        line.availability_zone()?.into(),
        *line.timestamp()?,
        price,
    ))
}
