//! What pools with a budget cost in a day: counted at every sweep, and where a task without a node ends. Nodes are
//! ordered, and such tasks started, as long as it pays for the first hour of each, and never ended because it does not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::id::LaunchId;
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

/// A task without a node is paid for as long, however soon it ends ("AWS Fargate Pricing": "one-minute minimum").
const LEAST: Duration = Duration::from_mins(1);

/// What is to be written down at a sweep. A ring counts nothing of nodes: a sweep is never far.
pub(crate) fn count(found: &Observation, rules: &Rules, now: Timestamp) -> BTreeMap<PoolName, Spent> {
    if found.survey.is_none() {
        return BTreeMap::new();
    }
    let pools = rules.pools.values().filter(|pool| pool.daily_budget.is_some());
    pools.filter_map(|pool| Some((pool.name.clone(), spent(found, pool, &BTreeSet::new(), now)?))).collect()
}

/// What is to be written down of the pools whose tasks the plan ends: many are over before the next sweep sees them.
pub(crate) fn count_ended(
    found: &Observation,
    rules: &Rules,
    plan: &Plan,
    now: Timestamp,
) -> BTreeMap<PoolName, Spent> {
    let dismissed = plan.dismiss.iter().filter_map(|dismiss| dismiss.end.as_ref());
    let ended: BTreeSet<LaunchId> =
        plan.end.iter().chain(&plan.hung).chain(dismissed).map(|end| end.launch).collect();
    let pools: BTreeSet<&PoolName> =
        ended.iter().filter_map(|id| found.launches.get(id)).map(|launch| &launch.pool).collect();
    let pools = pools.into_iter().filter_map(|pool| rules.pools.get(pool));
    let pools = pools.filter(|pool| pool.is_serverless() && pool.daily_budget.is_some());
    pools.filter_map(|pool| Some((pool.name.clone(), spent(found, pool, &ended, now)?))).collect()
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
    left_but_for(seen, pool, None, now)
}

/// What would be left if this launch ended now.
pub(crate) fn left_but_for(
    seen: &Observation,
    pool: &Pool,
    but: Option<LaunchId>,
    now: Timestamp,
) -> Option<Usd> {
    let budget = pool.daily_budget?;
    let ordered = seen.orders.values().filter(|order| order.id.pool == pool.name);
    let n_ordered: u32 = ordered.map(|order| order.n).sum();
    let to_come = ahead(pool.price).0.saturating_mul(u64::from(n_ordered));
    let gone = Today::of(seen, pool, now).with(items(seen, pool).map(|item| {
        let ends = but.is_some() && item.launch.map(|it| it.id) == but;
        (item, if ends { now } else { now.max(item.began.after(AHEAD)) })
    }));
    Some(Usd(budget.0.saturating_sub(gone.0).saturating_sub(to_come)))
}

/// What is set aside for a task without a node.
pub(crate) fn of_task(pool: &Pool, size: Size) -> Usd {
    ahead(task_size::price(size, pool.arch, pool.purchase))
}

fn ahead(price: Price) -> Usd {
    Usd::of(price, AHEAD)
}

/// Nothing, where nothing has changed, or nobody has ever ordered. What has not been asked for yet has cost nothing.
fn spent(found: &Observation, pool: &Pool, ended: &BTreeSet<LaunchId>, now: Timestamp) -> Option<Spent> {
    found.pools.get(&pool.name)?;
    let today = Today::of(found, pool, now);
    let there = items(found, pool).filter(|item| item.launch.is_none_or(|it| it.at.asked.is_some()));
    let usd = today.with(there.map(|item| {
        let is_over = item.launch.is_some_and(|launch| ended.contains(&launch.id));
        let to = if is_over { now.max(item.began.after(LEAST)) } else { now };
        (item, to)
    }));
    (usd > today.counted).then_some(Spent { usd, until: now })
}

/// A node, or a task without one.
#[derive(Clone, Copy)]
struct Item<'a> {
    price: Price,
    began: Timestamp,
    launch: Option<&'a Launch>,
}

fn items<'a>(seen: &'a Observation, pool: &'a Pool) -> impl Iterator<Item = Item<'a>> {
    let nodes = seen.nodes.values().filter(|node| node.pool == pool.name);
    let nodes =
        nodes.map(|node| Item { price: pool.price_in(&node.zone), began: node.ordered_at, launch: None });
    let tasks = seen.launches.values().filter(|launch| launch.pool == pool.name && pool.is_serverless());
    let tasks = tasks.map(|launch| Item {
        price: task_size::price(launch.size, pool.arch, pool.purchase),
        began: launch.at.asked.unwrap_or(launch.at.planned),
        launch: Some(&**launch),
    });
    nodes.chain(tasks)
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

    /// With what these cost since, each up to its own moment.
    fn with<'a>(&self, items: impl Iterator<Item = (Item<'a>, Timestamp)>) -> Usd {
        let since = items.map(|(item, to)| (item.price, to.since(item.began.max(self.until))));
        self.counted.plus(Usd::of_all(since))
    }
}
