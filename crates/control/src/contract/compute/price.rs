//! What spot machines cost.

use model::id::Zone;
use model::price::Price;

use super::{ORDINARY, Outside, SMALL, ZONES, pool};
use crate::port::Compute;

pub async fn what_spot_machines_cost_is_told_by_zone_and_follows_the_market(
    compute: &dyn Compute,
    outside: &dyn Outside,
) {
    let zones = ZONES.map(Zone::from);
    let before = prices(compute, &zones).await;
    assert!(before.iter().all(|price| price.0 > 0), "{before:?}");
    outside.spot_costs(&zones[1], 300).await;
    let after = prices(compute, &zones).await;
    assert_eq!(after[0], before[0]);
    let times = after[1].0 * 100 / before[1].0;
    assert!((299..=301).contains(&times), "{before:?} became {after:?}");
    outside.spot_costs(&zones[1], 100).await;
    assert_eq!(prices(compute, &zones).await, before);
}

pub async fn of_a_pool_that_nobody_configured_no_price_is_told(compute: &dyn Compute) {
    let told = compute.spot_prices(&[pool("nobodys")]).await.expect("nothing is asked");
    assert!(told.is_empty(), "{told:?}");
}

/// Of the ordinary pool; the small one is of the same machines.
async fn prices(compute: &dyn Compute, zones: &[Zone; 2]) -> [Price; 2] {
    let told = compute.spot_prices(&[pool(ORDINARY), pool(SMALL)]).await.expect("prices are told");
    assert_eq!(told[&pool(ORDINARY)], told[&pool(SMALL)]);
    zones.each_ref().map(|zone| told[&pool(ORDINARY)][zone])
}
