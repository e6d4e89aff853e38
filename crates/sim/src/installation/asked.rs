//! How often the outside was asked, by what for.

use std::collections::BTreeMap;

use control::tick::Depth;

use super::Installation;
use crate::port::Count;

/// What kinds of functions have asked so far.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub by_ring: Tally,
    pub by_sweep: Tally,
    /// Webhooks, claims and announcements.
    pub by_others: Tally,
}

/// Calls of many runs of one function.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub n_runs: u64,
    /// The most in one run, all names together.
    pub most: u64,
    pub calls: BTreeMap<String, Sum>,
}

/// Calls of one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub n: u64,
    /// In one run.
    pub most: u64,
    pub n_refused: u64,
}

impl Tally {
    fn add(&mut self, calls: BTreeMap<String, Count>) {
        self.n_runs += 1;
        self.most = self.most.max(calls.values().map(|count| count.n).sum());
        for (name, count) in calls {
            let sum = self.calls.entry(name).or_default();
            sum.n += count.n;
            sum.most = sum.most.max(count.n);
            sum.n_refused += count.n_refused;
        }
    }
}

impl Installation {
    /// What was asked before a tick was others' doing.
    pub(super) fn before_tick(&mut self) {
        let calls = self.calls.take();
        self.told.asked.by_others.add(calls);
    }

    pub(super) fn after_tick(&mut self, depth: Depth) {
        let calls = self.calls.take();
        match depth {
            Depth::Ring => self.told.asked.by_ring.add(calls),
            Depth::Sweep => self.told.asked.by_sweep.add(calls),
        }
    }
}
