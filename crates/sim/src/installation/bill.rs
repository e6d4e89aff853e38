//! A pool that may cost so much in a day buys nothing that goes beyond it.

use std::collections::BTreeMap;
use std::time::Duration;

use model::Purchase;
use model::money::{Spent, Usd};
use model::price::Price;
use model::rules::{Pool, PoolName};
use model::time::Timestamp;

use super::Installation;
use super::setup::instance_type;

/// Each machine's first hour is set aside when it is bought.
const AHEAD: Duration = Duration::from_hours(1);
/// What is counted lags behind what there is: by a sweep, by a tick that was stopped, by a machine that goes.
const LAG: Duration = Duration::from_mins(5);

/// What is known of prices is believed for so long.
const PRICES_HOLD: Duration = Duration::from_hours(24);

/// The machines of pools with a budget, by when they were first seen and when they were gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Bill(BTreeMap<String, Entry>);

#[derive(Clone, Debug)]
struct Entry {
    pool: PoolName,
    from: Timestamp,
    until: Option<Timestamp>,
}

impl Bill {
    pub(super) fn ended(&mut self, node: &str, now: Timestamp) {
        if let Some(entry) = self.0.get_mut(node) {
            entry.until = Some(now);
        }
    }

    /// What the pool has cost since midnight at least, at this price of one machine, first hours included, without
    /// what may not be counted yet.
    fn cost(&self, pool: &Pool, price: Price, now: Timestamp) -> Usd {
        let midnight = Spent::midnight(now);
        let of_pool = self.0.values().filter(|entry| entry.pool == pool.name);
        let cost = |entry: &Entry| {
            let until = entry.until.unwrap_or_else(|| now.max(entry.from.after(AHEAD)));
            Usd::of(price, until.since(entry.from.max(midnight)).saturating_sub(LAG))
        };
        of_pool.map(cost).fold(Usd::default(), Usd::plus)
    }
}

impl Installation {
    /// Machines that nobody of ours has bought come before a tick. One that somebody takes out of its group is no more
    /// its pool's to pay for.
    pub(super) fn note_machines(&mut self) {
        let now = self.clock.now();
        let paid_for = self.paid_for();
        let left = self.bill.0.iter_mut().filter(|(node, entry)| {
            entry.until.is_none() && !paid_for.contains(&(entry.pool.clone(), (*node).clone()))
        });
        left.for_each(|(_, entry)| entry.until = Some(now));
        for (pool, node) in self.unbilled() {
            self.bill.0.insert(node, Entry { pool, from: now, until: None });
        }
    }

    /// Asked after each tick.
    pub(super) fn overspent(&mut self) -> Vec<String> {
        let now = self.clock.now();
        let mut n_new: BTreeMap<PoolName, u32> = BTreeMap::new();
        for (pool, _) in self.unbilled() {
            *n_new.entry(pool).or_default() += 1;
        }
        let too_much = |(name, n): (&PoolName, &u32)| {
            let pool = self.rules.pools.get(name)?;
            let price = self.least_price(pool, now);
            let (cost, budget) = (self.bill.cost(pool, price, now), pool.daily_budget?);
            let most = Usd(cost.0 + u64::from(n - 1) * price.0);
            (most >= budget)
                .then(|| format!("pool {name} has cost {cost}, may cost {budget}, and has bought {n} more"))
        };
        let faults = n_new.iter().filter_map(too_much).collect();
        self.note_machines();
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

    fn unbilled(&self) -> Vec<(PoolName, String)> {
        self.paid_for().into_iter().filter(|(_, node)| !self.bill.0.contains_key(node)).collect()
    }

    fn paid_for(&self) -> Vec<(PoolName, String)> {
        let with_budget = self.rules.pools.values().filter(|pool| pool.daily_budget.is_some());
        with_budget
            .flat_map(|pool| self.members(&pool.name).into_iter().map(|(node, _)| (pool.name.clone(), node)))
            .collect()
    }
}
