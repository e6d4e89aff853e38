//! What pools with a budget cost in a day: counted at every sweep. Nodes are ordered as long as it pays for
//! the first hour of each, and never ended because it does not.

use std::collections::BTreeMap;
use std::time::Duration;

use model::money::{Spent, Usd};
use model::observation::Observation;
use model::rules::{Pool, PoolName, Rules};
use model::time::Timestamp;

/// Set aside for each node from the moment it is ordered: a crowd that comes at once would be bought for
/// before any of it is counted.
const AHEAD: Duration = Duration::from_hours(1);

/// What is to be written down. A ring counts nothing: a sweep is never far.
pub(crate) fn count(found: &Observation, rules: &Rules, now: Timestamp) -> BTreeMap<PoolName, Spent> {
    if found.survey.is_none() {
        return BTreeMap::new();
    }
    let pools = rules.pools.values().filter(|pool| pool.daily_budget.is_some());
    pools.filter_map(|pool| Some((pool.name.clone(), spent(found, pool, now)?))).collect()
}

/// As it is once they are written down.
pub(crate) fn apply(seen: &mut Observation, counted: &BTreeMap<PoolName, Spent>) {
    for (pool, spent) in counted {
        if let Some(memory) = seen.pools.get_mut(pool) {
            memory.spent = Some(*spent);
        }
    }
}

/// How many more nodes the day's budget pays for, the last of them perhaps in part; nothing, where the pool
/// has none.
pub(crate) fn n_affordable(seen: &Observation, pool: &Pool, now: Timestamp) -> Option<u32> {
    let budget = pool.daily_budget?;
    let hour = Usd::of(pool.price, AHEAD);
    let ordered = seen.orders.values().filter(|order| order.id.pool == pool.name);
    let n_ordered: u32 = ordered.map(|order| order.n).sum();
    let gone = Today::of(seen, pool, now).cost(seen, pool, |ordered_at| now.max(ordered_at.after(AHEAD)));
    let left = budget.0.saturating_sub(gone.0).saturating_sub(hour.0.saturating_mul(u64::from(n_ordered)));
    Some(u32::try_from(left.div_ceil(hour.0.max(1))).unwrap_or(u32::MAX))
}

/// Nothing, where nothing has changed, or nobody has ever ordered.
fn spent(found: &Observation, pool: &Pool, now: Timestamp) -> Option<Spent> {
    found.pools.get(&pool.name)?;
    let today = Today::of(found, pool, now);
    let usd = today.cost(found, pool, |_| now);
    (usd > today.counted).then_some(Spent { usd, until: now })
}

/// What was counted of a day, and up to when.
struct Today {
    counted: Usd,
    until: Timestamp,
}

impl Today {
    fn of(seen: &Observation, pool: &Pool, now: Timestamp) -> Self {
        let spent = seen.pools.get(&pool.name).and_then(|memory| memory.spent);
        match spent.filter(|spent| spent.is_of(now)) {
            Some(Spent { usd, until }) => Self { counted: usd, until },
            None => Self { counted: Usd::default(), until: Spent::midnight(now) },
        }
    }

    /// With what the nodes that are there cost since, each up to its own moment.
    fn cost(&self, seen: &Observation, pool: &Pool, to: impl Fn(Timestamp) -> Timestamp) -> Usd {
        let nodes = seen.nodes.values().filter(|node| node.pool == pool.name);
        nodes
            .map(|node| {
                let paid_for = to(node.ordered_at).since(node.ordered_at.max(self.until));
                Usd::of(pool.price_in(&node.zone), paid_for)
            })
            .fold(self.counted, Usd::plus)
    }
}
