//! First of all, what an earlier tick has written down and perhaps not done.

use std::collections::BTreeMap;

use model::launch::LaunchState;
use model::node::PoolMemory;
use model::rules::{PoolName, Rules};
use model::time::Timestamp;
use wire::ledger::Row;

use super::commit::Committed;
use super::execute::execute;
use super::order::PoolOrders;
use crate::error::PortError;
use crate::port::{Open, Ports};

/// What is alive, with nothing left over. Asking for a launch or an order twice is harmless: the token
/// is made of what was written down.
pub(super) async fn resume(ports: &Ports, rules: &Rules, now: Timestamp) -> Result<Open, PortError> {
    let open = ports.ledger.open().await?;
    let left = left_over(&open);
    if left.launches.is_empty() && left.orders.is_empty() {
        return Ok(open);
    }
    tracing::info!(
        n_launches = left.launches.len(),
        n_orders = left.orders.len(),
        "taking up what was left over"
    );
    execute(ports, rules, left, now).await?;
    ports.ledger.open().await
}

fn left_over(open: &Open) -> Committed {
    let mut left = Committed::default();
    let mut orders = Vec::new();
    let mut pools = BTreeMap::new();
    let mut by_pool: BTreeMap<PoolName, PoolOrders> = BTreeMap::new();
    for row in &open.rows {
        match row {
            Row::Launch(launch) if launch.state == LaunchState::Planned => left.launches.push(launch.clone()),
            Row::Failing(failing) => drop(left.failing.insert(failing.revision.clone(), failing.clone())),
            Row::Order(order) => orders.push(order.clone()),
            Row::Pool(pool) => drop(pools.insert(pool.name.clone(), pool.clone())),
            Row::Launch(_)
            | Row::Job(_)
            | Row::Node(_)
            | Row::Scope(_)
            | Row::Deliveries(_)
            | Row::SpotPrices(_)
            | Row::Run(_)
            | Row::Tombstone(_)
            | Row::EndedLaunch(_)
            | Row::Waited(_)
            | Row::Noted(_) => {}
        }
    }
    for order in orders {
        let name = order.id.pool.clone();
        let none = || PoolMemory { version: order.id.version, ..PoolMemory::first(name.clone()) };
        let new = || PoolOrders { memory: pools.get(&name).cloned().unwrap_or_else(none), orders: vec![] };
        by_pool.entry(name.clone()).or_insert_with(new).orders.push(order);
    }
    left.orders = by_pool.into_values().collect();
    left
}
