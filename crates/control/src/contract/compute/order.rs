//! Orders of nodes.

use std::collections::BTreeSet;

use model::id::{InstanceId, Zone};
use model::node::Order;
use model::observation::Member;

use super::case::{order, ordered, survey};
use super::{LARGE, ORDINARY, Outside, SMALL, ZONES, pool};
use crate::PortError;
use crate::port::Compute;

pub async fn an_order_is_launched_in_its_zone(compute: &dyn Compute) {
    for (version, zone) in [(1, ZONES[0]), (2, ZONES[1])] {
        let order = Order { zone: Zone::from(zone), ..order(ORDINARY, version, 2) };
        let launched = ordered(compute, &order).await;
        assert_eq!(launched.refused, None);
        assert_eq!(distinct(&launched.instances), 2);
        let survey = survey(compute).await;
        let member = Member { pool: pool(ORDINARY), zone: Zone::from(zone), is_outdated: false };
        for id in &launched.instances {
            assert_eq!(survey.members.get(id), Some(&member));
        }
    }
}

pub async fn an_order_repeated_orders_no_more(compute: &dyn Compute) {
    let order = order(ORDINARY, 3, 2);
    let first = ordered(compute, &order).await;
    let members = survey(compute).await.members;
    assert_eq!(ordered(compute, &order).await, first);
    assert_eq!(survey(compute).await.members, members);
    // A ledger that begins anew counts from one again.
    let later = Order { at: order.at.after(std::time::Duration::from_secs(1)), ..order };
    let second = ordered(compute, &later).await;
    assert!(second.instances.iter().all(|id| !first.instances.contains(id)), "another order");
}

pub async fn what_could_not_be_launched_comes_back_beside_what_was(
    compute: &dyn Compute,
    outside: &dyn Outside,
) {
    let in_short_zone = |version| Order { zone: Zone::from(ZONES[1]), ..order(ORDINARY, version, 3) };
    outside.run_short(&Zone::from(ZONES[1]), 1).await;
    let some = ordered(compute, &in_short_zone(4)).await;
    assert_eq!(some.instances.len(), 1);
    let why = some.refused.clone().expect("two were refused");
    assert!(why.contains("InsufficientInstanceCapacity"), "in the provider's words: {why}");
    let none = ordered(compute, &in_short_zone(5)).await;
    assert!(none.instances.is_empty() && none.refused.is_some(), "{none:?}");
    let elsewhere = ordered(compute, &order(ORDINARY, 6, 1)).await;
    assert!(elsewhere.instances.len() == 1 && elsewhere.refused.is_none(), "{elsewhere:?}");
    outside.recover().await;
    assert_eq!(ordered(compute, &in_short_zone(4)).await, some, "what was answered stays the answer");
}

pub async fn an_order_beyond_the_pools_maximum_is_refused(compute: &dyn Compute) {
    let launched = ordered(compute, &order(SMALL, 1, 3)).await;
    assert!(launched.instances.is_empty() && launched.refused.is_some(), "{launched:?}");
    let launched = ordered(compute, &order(SMALL, 2, 2)).await;
    assert!(launched.instances.len() == 2 && launched.refused.is_none(), "{launched:?}");
    let launched = ordered(compute, &order(SMALL, 3, 1)).await;
    assert!(launched.instances.is_empty() && launched.refused.is_some(), "{launched:?}");
    let members = survey(compute).await.members;
    assert_eq!(members.values().filter(|member| member.pool == pool(SMALL)).count(), 2);
}

/// More than a provider launches in one call.
pub async fn an_order_of_many_is_launched_whole(compute: &dyn Compute) {
    let order = order(LARGE, 1, 120);
    let launched = ordered(compute, &order).await;
    assert_eq!(launched.refused, None);
    assert_eq!(distinct(&launched.instances), 120);
    assert_eq!(ordered(compute, &order).await, launched);
    let members = survey(compute).await.members;
    assert_eq!(members.values().filter(|member| member.pool == pool(LARGE)).count(), 120);
}

pub async fn a_pool_that_nobody_configured_is_refused(compute: &dyn Compute) {
    let asked = compute.order(&order("nobodys", 1, 1)).await;
    assert!(matches!(asked, Err(PortError::Refused { .. })), "{asked:?}");
}

fn distinct(instances: &[InstanceId]) -> usize {
    instances.iter().collect::<BTreeSet<_>>().len()
}
