//! A pool that may cost so much in a day buys nothing that goes beyond it.

use std::collections::BTreeMap;
use std::time::Duration;

use model::money::{Spent, Usd};
use model::price::Price;
use model::rules::{Pool, PoolName};
use model::time::Timestamp;
use model::{Purchase, task_size};

use super::Installation;
use super::runner::Task;
use super::setup::instance_type;

/// The first hour of each is set aside when it is bought.
const AHEAD: Duration = Duration::from_hours(1);
/// What is counted lags behind what there is: by a sweep, by a tick that was stopped, by a machine that goes.
const LAG: Duration = Duration::from_mins(5);

/// What is known of prices is believed for so long.
const PRICES_HOLD: Duration = Duration::from_hours(24);

/// The machines of pools with a budget, and their tasks without one, by when they were first seen and when they were
/// gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Bill(BTreeMap<String, Entry>);

#[derive(Clone, Debug)]
struct Entry {
    item: Item,
    from: Timestamp,
    until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    pool: PoolName,
    /// Of a task; a machine's is its pool's.
    price: Option<Price>,
}

impl Bill {
    pub(super) fn ended(&mut self, node: &str, now: Timestamp) {
        if let Some(entry) = self.0.get_mut(node) {
            // Or it has left its pool before.
            entry.until.get_or_insert(now);
        }
    }

    /// What the pool has cost since midnight at least, at this price of one machine, first hours included, without
    /// what may not be counted yet.
    fn cost(&self, pool: &Pool, price: Price, now: Timestamp) -> Usd {
        let midnight = Spent::midnight(now);
        let of_pool = self.0.values().filter(|entry| entry.item.pool == pool.name);
        let cost = |entry: &Entry| {
            let until = entry.until.unwrap_or_else(|| now.max(entry.from.after(AHEAD)));
            let paid_for = until.since(entry.from.max(midnight)).saturating_sub(LAG);
            Usd::of(entry.item.price.unwrap_or(price), paid_for)
        };
        of_pool.map(cost).fold(Usd::default(), Usd::plus)
    }
}

impl Installation {
    /// What nobody of ours has bought comes before a tick. A machine that somebody takes out of its group is no more
    /// its pool's to pay for.
    pub(super) fn note_bill(&mut self) {
        let now = self.clock.now();
        let paid_for = self.paid_for();
        let left = self
            .bill
            .0
            .iter_mut()
            .filter(|(name, entry)| entry.until.is_none() && !paid_for.contains_key(*name));
        left.for_each(|(_, entry)| entry.until = Some(now));
        for (name, item) in self.unbilled() {
            self.bill.0.insert(name, Entry { item, from: now, until: None });
        }
    }

    /// Asked after each tick.
    pub(super) fn overspent(&mut self) -> Vec<String> {
        let now = self.clock.now();
        let mut bought: BTreeMap<PoolName, Vec<Option<Price>>> = BTreeMap::new();
        for (_, item) in self.unbilled() {
            bought.entry(item.pool).or_default().push(item.price);
        }
        let too_much = |(name, prices): (&PoolName, &Vec<Option<Price>>)| {
            let pool = self.rules.pools.get(name)?;
            let price = self.least_price(pool, now);
            let (cost, budget) = (self.bill.cost(pool, price, now), pool.daily_budget?);
            let prices = || prices.iter().map(|of| of.unwrap_or(price).0);
            // The last of them may be paid for in part.
            let in_full = prices().sum::<u64>() - prices().max().unwrap_or_default();
            let n = prices().count();
            (cost.0 + in_full >= budget.0)
                .then(|| format!("pool {name} has cost {cost}, may cost {budget}, and has bought {n} more"))
        };
        let faults = bought.iter().filter_map(too_much).collect();
        self.note_bill();
        faults
    }

    /// On spot it may be counted at any price that was told lately.
    fn least_price(&self, pool: &Pool, now: Timestamp) -> Price {
        if pool.purchase == Purchase::OnDemand {
            return pool.price;
        }
        let since = Duration::from_millis(Spent::midnight(now).0).saturating_sub(PRICES_HOLD);
        let least = self.machine().least_spot_price(instance_type(pool), since);
        least.map_or(pool.price, |usd| pool.price.min(Price::of_usd(usd)))
    }

    fn unbilled(&self) -> BTreeMap<String, Item> {
        let mut items = self.paid_for();
        items.retain(|name, _| !self.bill.0.contains_key(name));
        items
    }

    fn paid_for(&self) -> BTreeMap<String, Item> {
        let with_budget = self.rules.pools.values().filter(|pool| pool.daily_budget.is_some());
        with_budget
            .flat_map(|pool| if pool.is_serverless() { self.tasks_of(pool) } else { self.nodes_of(pool) })
            .collect()
    }

    fn nodes_of(&self, pool: &Pool) -> Vec<(String, Item)> {
        let item = Item { pool: pool.name.clone(), price: None };
        self.members(&pool.name).into_iter().map(|(node, _)| (node, item.clone())).collect()
    }

    /// A task does not tell its pool: there is one such pool in a tier.
    fn tasks_of(&self, pool: &Pool) -> Vec<(String, Item)> {
        let of_pool = self
            .tasks
            .iter()
            .filter(|(_, task)| task.node.is_empty() && task.tier == pool.trust && !task.is_ending);
        let item = |task: &Task| Item {
            pool: pool.name.clone(),
            price: Some(task_size::price(task.size, pool.arch, pool.purchase)),
        };
        of_pool.map(|(arn, task)| (arn.clone(), item(task))).collect()
    }
}
