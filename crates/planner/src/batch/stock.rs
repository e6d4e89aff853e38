//! Nodes taken one after the other: those on their way first, then those that a pool has to spare.

use model::rules::Pool;

use super::{Counts, Taken};

#[derive(Clone, Debug)]
pub(super) struct Stock<'a> {
    coming: Counts<'a>,
    spare: Counts<'a>,
    /// Of those that are bought.
    pub(super) cost: u64,
}

impl<'a> Stock<'a> {
    pub(super) fn new(coming: &Counts<'a>, spare: &Counts<'a>) -> Self {
        Self { coming: coming.clone(), spare: spare.clone(), cost: 0 }
    }

    pub(super) fn has(&self, pool: &Pool) -> bool {
        let n = |counts: &Counts<'_>| counts.get(&pool.name).copied().unwrap_or(0);
        n(&self.coming) > 0 || n(&self.spare) > 0
    }

    /// What one more of it costs now; nothing, if there is none.
    pub(super) fn price(&self, pool: &Pool) -> Option<u64> {
        let n = |counts: &Counts<'_>| counts.get(&pool.name).copied().unwrap_or(0);
        if n(&self.coming) > 0 {
            return Some(0);
        }
        (n(&self.spare) > 0).then_some(pool.price.0)
    }

    pub(super) fn take(&mut self, pool: &'a Pool, jobs: Vec<usize>) -> Option<Taken<'a>> {
        let is_coming = self.coming.get(&pool.name).is_some_and(|n| *n > 0);
        let counts = if is_coming { &mut self.coming } else { &mut self.spare };
        let n = counts.get_mut(&pool.name)?;
        *n = n.checked_sub(1)?;
        if !is_coming {
            self.cost += pool.price.0;
        }
        Some(Taken { pool, jobs, is_coming })
    }
}
