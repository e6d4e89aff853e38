//! What no plan may buy: more of a pool than what is left of its day's budget pays for.

use std::collections::BTreeMap;

use model::money::{Spent, Usd};
use model::observation::Observation;
use model::plan::{Placement, Plan};
use model::rules::{PoolName, Rules};
use model::task_size;
use model::time::Timestamp;

pub(super) fn faults(seen: &Observation, rules: &Rules, plan: &Plan, now: Timestamp) -> Vec<String> {
    let mut bought: BTreeMap<&PoolName, Vec<u64>> = BTreeMap::new();
    for new in &plan.order {
        let pool = &new.order.id.pool;
        let Some(price) = rules.pools.get(pool).map(|it| it.price.0) else { continue };
        bought.entry(pool).or_default().extend((0..new.order.n).map(|_| price));
    }
    for placement in without_nodes(plan) {
        for launch in placement.launches.iter().map(|new| &new.launch) {
            let Some(pool) = rules.pools.get(&launch.pool) else { continue };
            let price = task_size::price(launch.size, pool.arch, pool.purchase);
            bought.entry(&launch.pool).or_default().push(price.0);
        }
    }
    let too_much = bought.iter().filter_map(|(pool, prices)| {
        let budget = rules.pools.get(pool)?.daily_budget?;
        let counted = plan.spend.get(pool).copied().or_else(|| seen.pools.get(pool)?.spent);
        let counted = counted.filter(|spent| Spent::midnight(spent.until) == Spent::midnight(now));
        let spent = counted.map_or(Usd::default(), |spent| spent.usd);
        // The last of them may be paid for in part.
        let last = prices.iter().max().copied().unwrap_or_default();
        let in_full = prices.iter().fold(0_u64, |sum, price| sum.saturating_add(*price)).saturating_sub(last);
        (spent.0.saturating_add(in_full) >= budget.0).then(|| {
            let n = prices.len();
            format!("{n} more of pool `{pool}` would be bought, which has cost {spent} of {budget} today")
        })
    });
    too_much.collect()
}

fn without_nodes(plan: &Plan) -> impl Iterator<Item = &Placement> {
    let stood = plan.standby.values().flat_map(|stand| &stand.place);
    plan.serverless.values().chain(stood.filter(|(node, _)| node.is_none()).map(|(_, placement)| placement))
}
