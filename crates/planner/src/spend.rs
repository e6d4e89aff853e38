//! What pools with a budget cost in a day: counted at every sweep. Nodes are ordered, and tasks without a node started,
//! as long as it pays for the first hour of each, and never ended because it does not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::launch::Launch;
use model::money::{Spent, Usd};
use model::observation::Observation;
use model::plan::Plan;
use model::price::Price;
use model::rules::{Pool, PoolName, Rules};
use model::size::Size;
use model::task_size;
use model::time::Timestamp;

/// Set aside for each node or task from the moment it is ordered: a crowd that comes at once would be bought for
/// before any of it is counted.
const AHEAD: Duration = Duration::from_hours(1);

/// What is to be written down at a sweep. A ring counts nothing of nodes: a sweep is never far.
pub(crate) fn count(found: &Observation, rules: &Rules, now: Timestamp) -> BTreeMap<PoolName, Spent> {
    if found.survey.is_none() {
        return BTreeMap::new();
    }
    let pools = rules.pools.values().filter(|pool| pool.daily_budget.is_some());
    pools.filter_map(|pool| Some((pool.name.clone(), spent(found, pool, now)?))).collect()
}

/// What is to be written down of the pools whose tasks end: many are over before the next sweep sees them.
pub(crate) fn count_ended(
    found: &Observation,
    rules: &Rules,
    plan: &Plan,
    now: Timestamp,
) -> BTreeMap<PoolName, Spent> {
    let dismissed = plan.dismiss.iter().filter_map(|dismiss| dismiss.end.as_ref());
    let ended = plan.end.iter().chain(&plan.hung).chain(dismissed);
    let pools: BTreeSet<&PoolName> =
        ended.filter_map(|end| found.launches.get(&end.launch)).map(|launch| &launch.pool).collect();
    let pools = pools.into_iter().filter(|pool| !plan.spend.contains_key(pool));
    let pools = pools.filter_map(|pool| rules.pools.get(pool)).filter(|pool| pool.is_serverless());
    let pools = pools.filter(|pool| pool.daily_budget.is_some());
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
    let left = left(seen, pool, now)?;
    let hour = ahead(pool.price);
    Some(u32::try_from(left.0.div_ceil(hour.0.max(1))).unwrap_or(u32::MAX))
}

/// What is left of the day's budget, with the first hour of all there is set aside.
pub(crate) fn left(seen: &Observation, pool: &Pool, now: Timestamp) -> Option<Usd> {
    let budget = pool.daily_budget?;
    let ordered = seen.orders.values().filter(|order| order.id.pool == pool.name);
    let n_ordered: u32 = ordered.map(|order| order.n).sum();
    let gone = Today::of(seen, pool, now).cost(seen, pool, |began| now.max(began.after(AHEAD)));
    let to_come = ahead(pool.price).0.saturating_mul(u64::from(n_ordered));
    Some(Usd(budget.0.saturating_sub(gone.0).saturating_sub(to_come)))
}

/// What is set aside for a task without a node.
pub(crate) fn of_task(pool: &Pool, size: Size) -> Usd {
    ahead(task_size::price(size, pool.arch, pool.purchase))
}

fn ahead(price: Price) -> Usd {
    Usd::of(price, AHEAD)
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

    /// With what the nodes or tasks that are there cost since, each up to its own moment.
    fn cost(&self, seen: &Observation, pool: &Pool, to: impl Fn(Timestamp) -> Timestamp) -> Usd {
        let paid_for = |began: Timestamp| to(began).since(began.max(self.until));
        let nodes = seen.nodes.values().filter(|node| node.pool == pool.name);
        let nodes = nodes.map(|node| Usd::of(pool.price_in(&node.zone), paid_for(node.ordered_at)));
        let tasks = seen.launches.values().filter(|launch| launch.pool == pool.name && pool.is_serverless());
        let tasks = tasks.map(|launch| {
            Usd::of(task_size::price(launch.size, pool.arch, pool.purchase), paid_for(began(launch)))
        });
        nodes.chain(tasks).fold(self.counted, Usd::plus)
    }
}

/// A task is paid for from its image's pull on: what is not asked for yet may be at any moment.
fn began(launch: &Launch) -> Timestamp {
    launch.at.asked.unwrap_or(launch.at.planned)
}
