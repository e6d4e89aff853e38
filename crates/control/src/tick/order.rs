//! Orders of nodes: written down, given, and made nodes of.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use model::id::InstanceId;
use model::node::{Node, NodeState, Order, PoolMemory, Refusal};
use model::observation::Observation;
use model::plan::{NewOrder, Plan};
use model::rules::{PoolName, Rules};
use model::size::Size;
use model::time::Timestamp;
use wire::ledger::field;
use wire::ledger::{Key, Row};

use crate::error::{Chain, PortError};
use crate::port::{Ledger, Ordered, Ports, Set, When, WriteError};
use crate::write::{Transaction, delete, put_new, set, write_most};

/// Orders of one pool are written, and given, one after the other: each moves on the row that the next one
/// counts on.
#[derive(Clone, Debug)]
pub(super) struct PoolOrders {
    /// As it was remembered before the first of them.
    pub(super) memory: PoolMemory,
    pub(super) orders: Vec<Order>,
}

/// What was written. Whoever ordered meanwhile has seen other nodes than this plan.
pub(super) async fn write(
    ledger: &dyn Ledger,
    seen: &Observation,
    plan: &Plan,
) -> Result<Vec<PoolOrders>, PortError> {
    let mut by_pool: BTreeMap<&PoolName, Vec<&NewOrder>> = BTreeMap::new();
    for new in &plan.order {
        by_pool.entry(&new.order.id.pool).or_default().push(new);
    }
    let written = by_pool.into_iter().map(async |(pool, orders)| {
        let none = || PoolMemory::first(pool.clone());
        let mut memory = seen.pools.get(pool).cloned().unwrap_or_else(none);
        if let Some(refusals) = plan.refuse.get(pool) {
            memory.refusals.clone_from(refusals);
        }
        let mut written = PoolOrders { memory, orders: Vec::new() };
        for new in orders {
            if !write_one(ledger, &new.order).await? {
                break;
            }
            written.orders.push(new.order.clone());
        }
        Ok(written)
    });
    try_join_all(written).await
}

async fn write_one(ledger: &dyn Ledger, order: &Order) -> Result<bool, PortError> {
    let id = &order.id;
    let pool = if id.version == 0 {
        put_new(Row::Pool(PoolMemory::first(id.pool.clone())))
    } else {
        let unchanged = vec![When::Is(field::VERSION, id.version.into())];
        set(Key::Pool(id.pool.clone()), unchanged, vec![Set::Add(field::VERSION, 1)])
    };
    match ledger.write(&[pool, put_new(Row::Order(order.clone()))]).await {
        Ok(()) => Ok(true),
        Err(WriteError::Refused(_)) => Ok(false),
        Err(WriteError::Port(error)) => Err(error),
    }
}

/// Whether something was refused, so that the next tick tries another zone.
pub(super) async fn give_all(
    ports: &Ports,
    rules: &Rules,
    orders: Vec<PoolOrders>,
    now: Timestamp,
) -> Result<bool, PortError> {
    let given = orders.into_iter().map(async |of_pool| {
        let (mut memory, mut is_refused) = (of_pool.memory, false);
        for order in of_pool.orders {
            is_refused |= give(ports, rules, &order, &mut memory, now).await?;
        }
        Ok(is_refused)
    });
    Ok(try_join_all(given).await?.contains(&true))
}

async fn give(
    ports: &Ports,
    rules: &Rules,
    order: &Order,
    memory: &mut PoolMemory,
    now: Timestamp,
) -> Result<bool, PortError> {
    let ordered = match ports.compute.order(order).await {
        Ok(ordered) => ordered,
        Err(error @ (PortError::Throttled { .. } | PortError::Transient { .. })) => {
            tracing::warn!(order.id = %order.id, error = %Chain(&error), "an order is given again at the next tick");
            return Ok(matches!(error, PortError::Throttled { .. }));
        }
        Err(error @ (PortError::Refused { .. } | PortError::Denied { .. } | PortError::NotFound { .. })) => {
            tracing::error!(order.id = %order.id, error = %Chain(&error), "an order cannot be given");
            Ordered { instances: vec![], refused: Some(Chain(&error).to_string()) }
        }
    };
    let Ordered { instances, refused } = ordered;
    let is_refused = refused.is_some() || instances.is_empty();
    if is_refused {
        let why = refused.unwrap_or_else(|| "nothing was launched, and no reason given".to_owned());
        tracing::warn!(pool.name = %order.id.pool, zone = %order.zone, why, "an offering has no capacity");
        memory.refusals = planner::refused(&memory.refusals, &order.zone, &why, now);
    }
    let size = rules.pools.get(&order.id.pool).map_or(Size::default(), |pool| pool.node);
    settle(ports, order, instances, is_refused.then_some(&memory.refusals[..]), size, now).await?;
    Ok(is_refused)
}

/// The order becomes nodes, even those that a sweep has adopted meanwhile.
async fn settle(
    ports: &Ports,
    order: &Order,
    instances: Vec<InstanceId>,
    refusals: Option<&[Refusal]>,
    size: Size,
    now: Timestamp,
) -> Result<(), PortError> {
    let is_nothing = instances.is_empty();
    let closed = |nodes: &[InstanceId]| {
        let mut transaction = Transaction::default();
        transaction.for_all(delete(Key::Order(order.id.clone()), vec![When::Present]));
        if let Some(refusals) = refusals {
            let known = wire::ledger::refusals(refusals).map(|(field, value)| Set::To(field, value));
            transaction.for_all(set(Key::Pool(order.id.pool.clone()), vec![], known.into()));
        }
        for (item, id) in nodes.iter().enumerate() {
            let node = Node {
                id: id.clone(),
                pool: order.id.pool.clone(),
                zone: order.zone.clone(),
                state: NodeState::Ordered,
                version: 0,
                size,
                used: Size::default(),
                n_launches: 0,
                ordered_at: now,
                ready_at: None,
                idle_since: None,
                lost_at: None,
                cordon: None,
            };
            transaction.for_item(item, put_new(Row::Node(node)));
        }
        transaction
    };
    let written = write_most(ports.ledger.as_ref(), instances, closed).await?;
    if written.is_empty() && !is_nothing {
        tracing::warn!(order.id = %order.id, "the nodes of an order are known already");
    }
    Ok(())
}
