//! Writes down which nodes are given back, and gives them back.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{join_all, try_join_all};
use model::Trust;
use model::id::InstanceId;
use model::node::{NodeState, PoolMemory, Refusal};
use model::observation::Observation;
use model::plan::{Drain, Plan};
use model::rules::{PoolName, Rules};
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use crate::error::{Chain, PortError};
use crate::port::{Ledger, Ports, Set, When, WriteError};
use crate::write::{put_new, set};

/// What is to be done at one pool's provider.
#[derive(Clone, Debug)]
pub(super) struct Return {
    pub(super) pool: PoolName,
    /// How many members it is to believe in before any is ended.
    pub(super) hold: Option<u32>,
    /// Machines that nothing may be placed on any more, as the provider calls them.
    pub(super) handles: Vec<String>,
    pub(super) nodes: Vec<InstanceId>,
}

/// The nodes that drain now. Nothing can be placed on them any more, for the row that counts no launch has
/// moved on: that, and not what the provider says, keeps placing and draining apart.
pub(super) async fn write(
    ledger: &dyn Ledger,
    drains: &BTreeMap<InstanceId, Drain>,
) -> Result<BTreeSet<InstanceId>, PortError> {
    let written = drains.iter().map(async |(id, drain)| {
        let unchanged =
            vec![When::Is(field::VERSION, drain.version.into()), When::Is(field::N_LAUNCHES, 0_u32.into())];
        let drains = vec![Set::To(field::STATE, state::DRAINING.into()), Set::Add(field::VERSION, 1)];
        match ledger.write(&[set(Key::Node(id.clone()), unchanged, drains)]).await {
            Ok(()) => {
                tracing::info!(node.id = %id, why = drain.why, "a node is given back");
                Ok(Some(id.clone()))
            }
            Err(WriteError::Refused(_)) => Ok(None),
            Err(WriteError::Port(error)) => Err(error),
        }
    });
    Ok(try_join_all(written).await?.into_iter().flatten().collect())
}

/// Offerings whose machines never came up. Somebody else may have written the same.
pub(super) async fn refuse(
    ledger: &dyn Ledger,
    seen: &Observation,
    refuse: &BTreeMap<PoolName, Vec<Refusal>>,
) -> Result<(), PortError> {
    let written = refuse.iter().map(async |(pool, refusals)| {
        let known = seen.pools.get(pool);
        let change = match known {
            Some(memory) => set(
                Key::Pool(pool.clone()),
                vec![When::Is(field::VERSION, memory.version.into())],
                wire::ledger::refusals(refusals).map(|(field, value)| Set::To(field, value)).into(),
            ),
            None => put_new(Row::Pool(PoolMemory {
                refusals: refusals.clone(),
                ..PoolMemory::first(pool.clone())
            })),
        };
        match ledger.write(&[change]).await {
            Ok(()) | Err(WriteError::Refused(_)) => Ok(()),
            Err(WriteError::Port(error)) => Err(error),
        }
    });
    try_join_all(written).await?;
    Ok(())
}

/// Of the nodes that the plan ends, those that drain in the ledger.
pub(super) fn returns(seen: &Observation, plan: &Plan, drained: &BTreeSet<InstanceId>) -> Vec<Return> {
    let drains = |id: &InstanceId| {
        let drained_before = seen.nodes.get(id).is_some_and(|node| node.state == NodeState::Draining);
        drained_before || drained.contains(id)
    };
    let mut returns: BTreeMap<&PoolName, Return> = BTreeMap::new();
    let new = |pool: &PoolName| Return { pool: pool.clone(), hold: None, handles: vec![], nodes: vec![] };
    for (pool, n) in &plan.hold {
        returns.entry(pool).or_insert_with(|| new(pool)).hold = Some(*n);
    }
    for (id, termination) in plan.terminate.iter().filter(|(id, _)| drains(id)) {
        let of_pool = returns.entry(&termination.pool).or_insert_with(|| new(&termination.pool));
        of_pool.nodes.push(id.clone());
        of_pool.handles.extend(termination.handle.clone());
    }
    returns.into_values().collect()
}

/// What fails is seen, and done, by the next sweep: a node that drains is ended until it is listed no more.
pub(super) async fn give_back_all(ports: &Ports, rules: &Rules, returns: &[Return]) {
    join_all(returns.iter().map(async |of_pool| {
        let pool = &of_pool.pool;
        if let Some(n) = of_pool.hold
            && let Err(error) = ports.compute.hold(pool, n).await
        {
            tracing::warn!(pool.name = %pool, n, error = %Chain(&error), "a pool is not held at its members");
        }
        let trust = rules.pools.get(pool).map(|pool| pool.trust);
        if let Err(error) = end_nodes(ports, trust, of_pool).await {
            let n_nodes = of_pool.nodes.len();
            tracing::warn!(pool.name = %pool, n_nodes, error = %Chain(&error), "nodes are ended by the next sweep");
        }
    }))
    .await;
}

/// A machine that the provider might still place something on is not ended.
async fn end_nodes(ports: &Ports, trust: Option<Trust>, of_pool: &Return) -> Result<(), PortError> {
    if let Some(trust) = trust.filter(|_| !of_pool.handles.is_empty()) {
        ports.compute.drain(trust, &of_pool.handles).await?;
    }
    if of_pool.nodes.is_empty() {
        return Ok(());
    }
    ports.compute.terminate(&of_pool.pool, &of_pool.nodes).await
}
