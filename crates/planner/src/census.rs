//! How many nodes there are, counted once.

use std::collections::BTreeMap;

use model::id::Zone;
use model::observation::Observation;
use model::rules::PoolName;

/// Nodes by pool and zone, ordered ones included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census<'a> {
    by_pool: BTreeMap<&'a PoolName, u32>,
    /// Only machines that have a name.
    by_offering: BTreeMap<(&'a PoolName, &'a Zone), u32>,
}

impl<'a> Census<'a> {
    pub(crate) fn of(seen: &'a Observation) -> Self {
        let mut census = Self::default();
        for node in seen.nodes.values() {
            *census.by_pool.entry(&node.pool).or_default() += 1;
            *census.by_offering.entry((&node.pool, &node.zone)).or_default() += 1;
        }
        for order in seen.orders.values() {
            let n = census.by_pool.entry(&order.id.pool).or_default();
            *n = n.saturating_add(order.n);
        }
        census
    }

    /// What counts towards the pool's maximum.
    pub(crate) fn n_of(&self, pool: &PoolName) -> u32 {
        self.by_pool.get(pool).copied().unwrap_or_default()
    }

    pub(crate) fn n_in(&self, pool: &PoolName, zone: &Zone) -> u32 {
        self.by_offering.get(&(pool, zone)).copied().unwrap_or_default()
    }
}
