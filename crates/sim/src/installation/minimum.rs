//! No tick gives back what a pool is to keep by its schedule.

use std::collections::{BTreeMap, BTreeSet};

use model::cordon::CordonReason;
use model::id::InstanceId;
use model::node::Node;
use model::rules::{Pool, PoolName};
use model::time::Timestamp;

use super::Installation;
use super::fault::nodes;
use super::function::Function;

/// Nodes that could take jobs, by pool.
pub(super) fn open_nodes(of: &Installation) -> BTreeMap<InstanceId, PoolName> {
    let rows = of.ledger.look();
    nodes(&rows).filter(|node| node.is_open()).map(|node| (node.id.clone(), node.pool.clone())).collect()
}

/// Pools that were left with less than they are to keep now, of nodes that were sound and were given back.
pub(super) fn below_minimum(of: &Installation, before: &BTreeMap<InstanceId, PoolName>) -> Vec<String> {
    let rows = of.ledger.look();
    let is_given_back = |node: &&Node| {
        let is_replaced = node.cordon.is_some_and(|it| it.why == CordonReason::Outdated);
        let is_sound = node.lost_at.is_none() && (node.cordon.is_none() || is_replaced);
        is_sound && !node.is_open()
    };
    let given_back: BTreeSet<&PoolName> =
        nodes(&rows).filter(is_given_back).filter_map(|node| before.get(&node.id)).collect();
    given_back
        .into_iter()
        .filter_map(|name| {
            let pool = of.rules.pools.get(name)?;
            let kept = times(of, of.clock.now()).into_iter().map(|now| kept(pool, now)).min()?;
            let n = nodes(&rows).filter(|node| node.is_open() && node.pool == *name).count();
            (u32::try_from(n).unwrap_or(u32::MAX) < kept)
                .then(|| format!("pool {name} was left with {n} nodes of a minimum of {kept}"))
        })
        .collect()
}

/// What time it is, and what a scaler may have taken it for: a window closes early by a clock that is ahead.
pub(super) fn times(of: &Installation, now: Timestamp) -> Vec<Timestamp> {
    let wrong = of.skews.iter().filter(|skew| skew.function == Function::Scaler).map(|skew| skew.shows(now));
    wrong.chain([now]).collect()
}

/// By the clock on the wall of the pool's zone. The planner is not asked: it is what is looked at.
fn kept(pool: &Pool, now: Timestamp) -> u32 {
    let Some(schedule) = &pool.schedule else { return pool.min_nodes };
    match schedule.on_the_wall(now) {
        Some(window) => window.and_then(|window| window.min_nodes).unwrap_or(pool.min_nodes),
        // While clocks show each time twice, whatever is kept at some time will do.
        None => {
            let of_windows = schedule.windows.iter().filter_map(|window| window.min_nodes);
            of_windows.chain([pool.min_nodes]).min().unwrap_or(0)
        }
    }
}
