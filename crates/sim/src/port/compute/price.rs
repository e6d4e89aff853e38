//! What spot machines cost now.

use std::collections::BTreeMap;
use std::time::Duration;

use control::PortError;
use model::id::Zone;
use model::price::Price;
use model::rules::PoolName;
use serde_json::{Value, json};

use super::SimCompute;
use super::refusal::sort;
use crate::compute::{Service, time_text};

const SINCE: Duration = Duration::from_mins(10);

impl SimCompute {
    pub(super) fn prices_now(
        &self,
        pools: &[PoolName],
    ) -> Result<BTreeMap<PoolName, BTreeMap<Zone, Price>>, PortError> {
        let types: BTreeMap<&PoolName, &Vec<String>> =
            pools.iter().filter_map(|pool| Some((pool, self.settings.instance_types.get(pool)?))).collect();
        let asked: Vec<&String> = types.values().copied().flatten().collect();
        if asked.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut asked = json!({
            "InstanceType": asked,
            "ProductDescription": ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"],
            "StartTime": time_text(self.clock.of_compute().saturating_sub(SINCE)),
        });
        let mut lines: Vec<Value> = Vec::new();
        loop {
            let answer = self.call(Service::Ec2, "DescribeSpotPriceHistory", &asked).map_err(sort)?;
            lines.extend(answer["spotPriceHistorySet"].as_array().into_iter().flatten().cloned());
            match answer["nextToken"].as_str().filter(|next| !next.is_empty()) {
                Some(next) => asked["NextToken"] = json!(next),
                None => break,
            }
        }
        // The newest are told first.
        let mut latest: BTreeMap<(String, Zone), Price> = BTreeMap::new();
        for (key, price) in lines.iter().filter_map(told) {
            latest.entry(key).or_insert(price);
        }
        let mut priced: BTreeMap<PoolName, BTreeMap<Zone, Price>> = BTreeMap::new();
        for (pool, types) in types {
            for ((_, zone), price) in latest.iter().filter(|((of, _), _)| types.contains(of)) {
                let zones = priced.entry(pool.clone()).or_default();
                let least = zones.entry(zone.clone()).or_insert(*price);
                *least = (*price).min(*least);
            }
        }
        Ok(priced)
    }
}

fn told(line: &Value) -> Option<((String, Zone), Price)> {
    let key = (line["instanceType"].as_str()?.to_owned(), line["availabilityZone"].as_str()?.into());
    Some((key, Price::of_usd(line["spotPrice"].as_str()?.parse().ok()?)))
}
