//! What spot machines cost, by the provider's own word.

use std::borrow::Cow;
use std::time::Duration;

use model::id::Zone;
use model::observation::Observation;
use model::price::{Price, SpotPrices};
use model::rules::{Pool, PoolName, Rules};
use model::time::Timestamp;
use model::{Carrier, Purchase};

use crate::breaker::closed;

/// They change a few times a day.
const HOLDS: Duration = Duration::from_hours(1);

/// Nobody could ask for so long that what is reckoned ahead is no worse.
const BELIEVED: Duration = Duration::from_hours(24);

/// The pools whose prices are to be asked for: all that have any, once an hour, or when there is a new one.
#[must_use]
pub fn unpriced(seen: &Observation, rules: &Rules, now: Timestamp) -> Vec<PoolName> {
    let priced: Vec<PoolName> = on_spot(rules).map(|pool| pool.name.clone()).collect();
    let holds = |known: &SpotPrices| {
        now.since(known.at) < HOLDS && priced.iter().all(|pool| known.pools.contains_key(pool))
    };
    if seen.prices.as_ref().is_some_and(holds) { Vec::new() } else { priced }
}

/// What is to be written down: a pool of which nothing was told too, so that it is not asked for at every sweep.
pub(crate) fn note(found: &Observation, rules: &Rules, now: Timestamp) -> Option<SpotPrices> {
    let quoted = found.quoted.as_ref()?;
    let of_pool = |pool: &Pool| {
        let told = quoted.get(&pool.name).into_iter().flatten();
        told.filter(|(zone, _)| pool.zones.contains(zone))
            .map(|(zone, price)| (zone.clone(), *price))
            .collect()
    };
    let pools = on_spot(rules).map(|pool| (pool.name.clone(), of_pool(pool))).collect();
    Some(SpotPrices { at: now, pools })
}

/// The rules with what their pools cost now, as far as that is known.
pub(crate) fn priced<'a>(rules: &'a Rules, known: Option<&SpotPrices>, now: Timestamp) -> Cow<'a, Rules> {
    let Some(known) = known.filter(|known| now.since(known.at) < BELIEVED) else {
        return Cow::Borrowed(rules);
    };
    let mut rules = rules.clone();
    for (name, zones) in known.pools.iter().filter(|(_, zones)| !zones.is_empty()) {
        if let Some(pool) = rules.pools.get_mut(name).filter(|pool| pool.purchase == Purchase::Spot) {
            pool.zone_prices.clone_from(zones);
            pool.price = least(pool, |_| true).unwrap_or(pool.price);
        }
    }
    Cow::Owned(rules)
}

/// With what the next node costs: a zone that is not asked now sells none.
pub(crate) fn in_open_zones(mut rules: Rules, seen: &Observation, now: Timestamp) -> Rules {
    for pool in rules.pools.values_mut() {
        let memory = seen.pools.get(&pool.name);
        pool.price = least(pool, |zone| closed(memory, zone, now).is_none()).unwrap_or(pool.price);
    }
    rules
}

fn least(pool: &Pool, is_open: impl Fn(&Zone) -> bool) -> Option<Price> {
    pool.zones
        .iter()
        .filter(|zone| is_open(zone))
        .filter_map(|zone| pool.zone_prices.get(zone))
        .min()
        .copied()
}

fn on_spot(rules: &Rules) -> impl Iterator<Item = &Pool> {
    rules.pools.values().filter(|pool| pool.purchase == Purchase::Spot && pool.carrier == Carrier::Nodes)
}
