//! How many nodes the provider takes together, whichever pools they are of: each tier has a cluster.

use std::collections::BTreeMap;

use model::Trust;
use model::plan::NewOrder;
use model::rules::Rules;

use crate::census::Census;

/// What each tier's cluster has room for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clusters(BTreeMap<Trust, u32>);

impl Clusters {
    pub(crate) fn new(there: &Census<'_>, rules: &Rules) -> Self {
        let mut left: BTreeMap<Trust, u32> =
            Trust::ALL.map(|trust| (trust, rules.limits.max_cluster_nodes)).into();
        for pool in rules.pools.values().filter(|pool| !pool.is_serverless()) {
            let left = left.entry(pool.trust).or_default();
            *left = left.saturating_sub(there.n_of(&pool.name));
        }
        Self(left)
    }

    pub(crate) fn left(&self, of: Trust) -> u32 {
        self.0.get(&of).copied().unwrap_or_default()
    }

    /// Pools do not know of each other what they buy: what is too much goes, the last order first. Whether
    /// something was.
    pub(crate) fn trim(&self, orders: &mut Vec<NewOrder>, rules: &Rules) -> bool {
        let mut beyond = self.0.clone();
        for (trust, left) in &mut beyond {
            let is_of = |new: &&NewOrder| {
                rules.pools.get(&new.order.id.pool).is_some_and(|pool| pool.trust == *trust)
            };
            let wanted: u32 = orders.iter().filter(is_of).map(|new| new.order.n).sum();
            *left = wanted.saturating_sub(*left);
        }
        let is_too_much = beyond.values().any(|n| *n > 0);
        for new in orders.iter_mut().rev() {
            let Some(pool) = rules.pools.get(&new.order.id.pool) else { continue };
            let Some(beyond) = beyond.get_mut(&pool.trust) else { continue };
            let less = new.order.n.min(*beyond);
            new.order.n -= less;
            new.n_kept = new.n_kept.saturating_sub(less);
            *beyond -= less;
        }
        orders.retain(|new| new.order.n > 0);
        is_too_much
    }
}
