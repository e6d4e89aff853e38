//! Pools that a job may go to beside those of its label, because their owner has said so.

use std::collections::BTreeSet;
use std::time::Duration;

use model::job::Job;
use model::observation::Observation;
use model::rules::{Fallback, Pool, PoolName, Rules};
use model::time::Timestamp;

use crate::breaker::closed;
use crate::serverless;

/// Which pools nothing can be ordered from, and after how long jobs may look elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Fallbacks<'a> {
    rules: &'a Rules,
    closed: BTreeSet<&'a PoolName>,
    /// Every time for which some job may have to wait, the shortest first.
    waits: Vec<Duration>,
}

/// How patient a job has been: as many of the waits as it has waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Patience(usize);

impl<'a> Fallbacks<'a> {
    pub(crate) fn new(seen: &Observation, rules: &'a Rules, now: Timestamp) -> Self {
        let closed = rules.pools.values().filter(|pool| is_closed(seen, pool, now));
        let waits: BTreeSet<Duration> = rules.pools.values().flat_map(|pool| waits(pool, rules)).collect();
        Self { rules, closed: closed.map(|pool| &pool.name).collect(), waits: waits.into_iter().collect() }
    }

    pub(crate) fn patience(&self, job: &Job, now: Timestamp) -> Patience {
        let waited = now.since(job.queued_at);
        Patience(self.waits.iter().filter(|wait| **wait <= waited).count())
    }

    /// The pools that stand in for these, the nearest first.
    pub(crate) fn of(&self, pools: &[&'a Pool], patience: Patience) -> Vec<(&'a Pool, String)> {
        let waited = patience.0.checked_sub(1).map_or(Duration::ZERO, |last| self.waits[last]);
        let mut found: Vec<(&Pool, String)> = Vec::new();
        for first in pools {
            let (mut pool, mut wait) = (*first, Duration::ZERO);
            while let Some(fallback) = &pool.fallback {
                if !self.closed.contains(&pool.name) {
                    wait = wait.saturating_add(fallback.after);
                }
                let Some(next) = self.rules.pools.get(&fallback.pool).filter(|_| wait <= waited) else {
                    break;
                };
                let is_known = |pool: &Pool| pool.name == next.name;
                if pools.iter().any(|pool| is_known(pool)) || found.iter().any(|(pool, _)| is_known(pool)) {
                    break;
                }
                found.push((next, self.why(pool, fallback)));
                pool = next;
            }
        }
        found
    }

    /// Why the job looks beyond this pool.
    fn why(&self, pool: &Pool, fallback: &Fallback) -> String {
        let name = &pool.name;
        if self.closed.contains(name) {
            return format!("pool `{name}` gets no node just now");
        }
        format!("it has waited {} min for pool `{name}`", fallback.after.as_secs() / 60)
    }
}

/// In none of its zones is anything to be had.
fn is_closed(seen: &Observation, pool: &Pool, now: Timestamp) -> bool {
    let memory = seen.pools.get(&pool.name);
    if pool.is_serverless() {
        return serverless::refusal(seen, pool, now).is_some();
    }
    !pool.zones.is_empty() && pool.zones.iter().all(|zone| closed(memory, zone, now).is_some())
}

/// The sums of the waits on the way from a pool, with and without those that a closed pool takes away.
fn waits(pool: &Pool, rules: &Rules) -> BTreeSet<Duration> {
    let mut sums = BTreeSet::from([Duration::ZERO]);
    let mut next = Some(pool);
    for _ in 0..rules.pools.len() {
        let Some(fallback) = next.and_then(|pool| pool.fallback.as_ref()) else { break };
        let longer: Vec<Duration> = sums.iter().map(|sum| sum.saturating_add(fallback.after)).collect();
        sums.extend(longer);
        next = rules.pools.get(&fallback.pool);
    }
    sums
}
