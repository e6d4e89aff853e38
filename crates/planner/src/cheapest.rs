//! From which pool nodes are bought first: for all jobs that may go to the same pools, not for one.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::job::Job;
use model::rules::{Pool, PoolName};
use model::size::Size;

use crate::demand::Demand;

/// In which order each kind of demand buys. Jobs that ask alike share theirs, so that it is found by where
/// it is kept.
pub(crate) struct Cheapest<'a>(BTreeMap<*const Demand<'a>, Rc<[&'a Pool]>>);

#[derive(Clone, Copy, Default)]
struct Total {
    cpu: u64,
    memory: u64,
    /// Jobs that take a node each.
    n_alone: u64,
}

impl<'a> Cheapest<'a> {
    pub(crate) fn new(left: &[(&Job, Rc<Demand<'a>>)]) -> Self {
        let mut alike: BTreeMap<*const Demand<'a>, (&Demand<'a>, u64)> = BTreeMap::new();
        for (_, wants) in left {
            alike.entry(Rc::as_ptr(wants)).or_insert((wants, 0)).1 += 1;
        }
        let mut batches: BTreeMap<Vec<&'a PoolName>, Vec<(&'a Pool, Total)>> = BTreeMap::new();
        for (wants, n) in alike.values() {
            let none = || wants.pools.iter().map(|pool| (*pool, Total::default())).collect();
            for (pool, total) in batches.entry(names(wants)).or_insert_with(none) {
                total.add(*n, wants.size(pool), wants.is_alone);
            }
        }
        let orders: BTreeMap<Vec<&PoolName>, Rc<[&'a Pool]>> = batches
            .into_iter()
            .map(|(names, mut totals)| {
                // Among equals, as the jobs would have it.
                totals.sort_by_key(|(pool, total)| total.cost(pool));
                (names, totals.into_iter().map(|(pool, _)| pool).collect())
            })
            .collect();
        Self(alike.into_iter().map(|(at, (wants, _))| (at, orders[&names(wants)].clone())).collect())
    }

    pub(crate) fn order(&self, wants: &Rc<Demand<'a>>) -> &[&'a Pool] {
        &self.0[&Rc::as_ptr(wants)]
    }
}

impl Total {
    fn add(&mut self, n: u64, size: Size, is_alone: bool) {
        if is_alone {
            self.n_alone += n;
        } else {
            self.cpu += n * u64::from(size.cpu.0);
            self.memory += n * u64::from(size.memory.0);
        }
    }

    /// Of as many nodes as it takes at least.
    fn cost(&self, pool: &Pool) -> u64 {
        let by_cpu = self.cpu.div_ceil(u64::from(pool.node.cpu.0).max(1));
        let by_memory = self.memory.div_ceil(u64::from(pool.node.memory.0).max(1));
        (by_cpu.max(by_memory) + self.n_alone).saturating_mul(pool.price.0)
    }
}

fn names<'a>(wants: &Demand<'a>) -> Vec<&'a PoolName> {
    wants.pools.iter().map(|pool| &pool.name).collect()
}
