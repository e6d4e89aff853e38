//! From which pool nodes are bought first: for all jobs that may go to the same pools, not for one.

use std::collections::BTreeMap;

use model::job::Job;
use model::rules::{Pool, PoolName};
use model::size::Size;

use crate::demand::Demand;

pub(crate) struct Cheapest<'a>(BTreeMap<Vec<&'a PoolName>, Batch<'a>>);

struct Batch<'a> {
    /// With what the batch takes of each.
    totals: Vec<(&'a Pool, Total)>,
    /// The cheapest for the whole batch first; among equals, as the jobs would have it.
    order: Vec<&'a Pool>,
}

#[derive(Clone, Copy, Default)]
struct Total {
    cpu: u64,
    memory: u64,
    /// Jobs that take a node each.
    n_alone: u64,
}

impl<'a> Cheapest<'a> {
    pub(crate) fn new(left: &[(&Job, Demand<'a>)]) -> Self {
        let mut batches: BTreeMap<Vec<&'a PoolName>, Batch<'a>> = BTreeMap::new();
        for (_, wants) in left {
            let batch = batches.entry(names(wants)).or_insert_with(|| Batch::new(wants));
            for (pool, total) in &mut batch.totals {
                total.add(wants.size(pool), wants.spec.single_tenant || wants.spec.gpu);
            }
        }
        for batch in batches.values_mut() {
            batch.totals.sort_by_key(|(pool, total)| total.cost(pool));
            batch.order = batch.totals.iter().map(|(pool, _)| *pool).collect();
        }
        Self(batches)
    }

    pub(crate) fn order(&self, wants: &Demand<'a>) -> &[&'a Pool] {
        self.0.get(&names(wants)).map_or(&[], |batch| &batch.order)
    }
}

impl<'a> Batch<'a> {
    fn new(wants: &Demand<'a>) -> Self {
        let totals = wants.pools.iter().map(|pool| (*pool, Total::default())).collect();
        Self { totals, order: Vec::new() }
    }
}

impl Total {
    fn add(&mut self, size: Size, is_alone: bool) {
        if is_alone {
            self.n_alone += 1;
        } else {
            self.cpu += u64::from(size.cpu.0);
            self.memory += u64::from(size.memory.0);
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
