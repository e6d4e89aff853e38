//! Nodes filled one after the other, each time of the pool that gives most for its price.

use model::rules::Pool;
use model::size::Size;

use super::stock::Stock;
use super::{Class, Counts, Lot, Taken, price, shares};

/// Which jobs are put on a node first. None is best for every batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// Those that take the largest part of CPU or of memory.
    Dominant,
    /// Of both together.
    Sum,
    Cpu,
    Memory,
    /// Those that take most of what there is most of.
    Balance,
}

impl Rank {
    pub(super) const ALL: [Self; 5] = [Self::Dominant, Self::Sum, Self::Cpu, Self::Memory, Self::Balance];

    pub(super) fn of(self, size: Size, free: Size, node: Size) -> f64 {
        let (cpu, memory) = shares(size, node);
        match self {
            Self::Dominant => cpu.max(memory),
            Self::Sum => cpu + memory,
            Self::Cpu => cpu + memory / 1e3,
            Self::Memory => memory + cpu / 1e3,
            Self::Balance => {
                let (free_cpu, free_memory) = shares(free, node);
                cpu * free_cpu + memory * free_memory
            }
        }
    }
}

/// All of the lot, and what the nodes cost that are not on their way; nothing, if there are not enough. With
/// `only`, jobs that may go to that pool go to no other.
pub(super) fn fill_all<'a>(
    lot: &Lot<'a>,
    coming: &Counts<'a>,
    spare: &Counts<'a>,
    rank: Rank,
    only: Option<&'a Pool>,
) -> Option<(u64, Vec<Taken<'a>>)> {
    let mut stock = Stock::new(coming, spare);
    let mut left: Vec<usize> = lot.classes.iter().map(|class| class.jobs.len()).collect();
    let mut nodes = Vec::new();
    while left.iter().any(|n| *n > 0) {
        let open: Vec<&'a Pool> = lot.pools.iter().copied().filter(|pool| stock.has(pool)).collect();
        let filled = open.iter().map(|pool| Filled::new(lot, &left, pool, rank, only));
        let best = filled.reduce(|best, other| if other.gain > best.gain { other } else { best })?;
        if best.takes.is_empty() {
            return None;
        }
        let pool = best.cheapest(lot, &open);
        // The same node again, as long as there is as much to put on it.
        let again = best.takes.iter().map(|(class, n)| left[*class] / n).min().unwrap_or(0);
        for _ in 0..again {
            if !stock.has(pool) {
                break;
            }
            nodes.push(stock.take(pool, best.take(lot, &mut left))?);
        }
    }
    Some((stock.cost, nodes))
}

/// A node as it would be filled with what is left.
struct Filled<'a> {
    pool: &'a Pool,
    /// How many of each class.
    takes: Vec<(usize, usize)>,
    /// What it holds is worth so much of what it costs.
    gain: f64,
}

impl<'a> Filled<'a> {
    fn new(lot: &Lot<'a>, left: &[usize], pool: &'a Pool, rank: Rank, only: Option<&'a Pool>) -> Self {
        let may = |class: &Class<'_>| {
            let elsewhere = only.filter(|only| only.name != pool.name);
            elsewhere.is_none_or(|only| !class.wants.contains_key(&only.name))
        };
        let mut free = pool.node;
        let mut takes: Vec<(usize, usize)> = Vec::new();
        let mut gain = 0.0;
        let mut rest: Vec<usize> =
            (0..left.len()).filter(|at| left[*at] > 0 && may(&lot.classes[*at])).collect();
        let wants = |at: usize| lot.classes[at].wants.get(&pool.name).copied();
        loop {
            let is_empty = takes.is_empty();
            rest.retain(|at| {
                let is_alone = lot.classes[*at].is_alone;
                wants(*at).is_some_and(|size| size.fits_in(free)) && (is_empty || !is_alone)
            });
            let rank = |at: &usize| wants(*at).map_or(0.0, |size| rank.of(size, free, pool.node));
            let Some(next) =
                rest.iter().copied().reduce(|one, other| if rank(&other) > rank(&one) { other } else { one })
            else {
                break;
            };
            let (class, size) = (&lot.classes[next], wants(next).unwrap_or_default());
            free = free.saturating_sub(size);
            gain += class.worth;
            match takes.iter_mut().find(|(at, _)| *at == next) {
                Some((_, n)) => *n += 1,
                None => takes.push((next, 1)),
            }
            let n = takes.iter().find(|(at, _)| *at == next).map_or(0, |(_, n)| *n);
            if n == left[next] {
                rest.retain(|at| *at != next);
            }
            if class.is_alone {
                break;
            }
        }
        Self { pool, takes, gain: gain / price(pool) }
    }

    /// The cheapest pool of which a node holds the same.
    fn cheapest(&self, lot: &Lot<'a>, pools: &[&'a Pool]) -> &'a Pool {
        let holds = |pool: &&&'a Pool| {
            let mut free = Some(pool.node);
            for (class, n) in &self.takes {
                let size = lot.classes[*class].wants.get(&pool.name);
                for _ in 0..*n {
                    free = free.zip(size).and_then(|(free, size)| free.checked_sub(*size));
                }
            }
            free.is_some()
        };
        pools.iter().filter(holds).min_by_key(|pool| pool.price).map_or(self.pool, |pool| pool)
    }

    fn take(&self, lot: &Lot<'a>, left: &mut [usize]) -> Vec<usize> {
        let mut jobs = Vec::new();
        for (class, n) in &self.takes {
            // The oldest first.
            let from = lot.classes[*class].jobs.len() - left[*class];
            jobs.extend(&lot.classes[*class].jobs[from..from + n]);
            left[*class] -= n;
        }
        jobs
    }
}
