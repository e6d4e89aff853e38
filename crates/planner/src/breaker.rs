//! Offerings from which nothing is ordered for a while: refused, or taken back again and again.

use std::collections::BTreeMap;
use std::time::Duration;

use model::cordon::{Cordon, CordonReason};
use model::id::{InstanceId, Zone};
use model::node::{Breaker, PoolMemory};
use model::observation::Observation;
use model::rules::PoolName;
use model::time::Timestamp;

/// So many machines of one offering, each lost within this long of the one before, are no accident.
const LOSSES: u32 = 3;
const WINDOW: Duration = Duration::from_hours(1);
const FIRST_PAUSE: Duration = Duration::from_mins(10);
const LONGEST_PAUSE: Duration = Duration::from_hours(4);
/// An offering that has kept its machines for so long after its pause begins anew.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(2);

/// Why nothing is ordered there just now.
pub(crate) fn closed(memory: Option<&PoolMemory>, zone: &Zone, now: Timestamp) -> Option<String> {
    let memory = memory?;
    let refusal = memory.refusals.iter().find(|refusal| refusal.zone == *zone && now < refusal.until);
    let breaker = memory.breakers.iter().find(|breaker| breaker.zone == *zone && now < breaker.until);
    refusal.map(|refusal| refusal.why.clone()).or_else(|| breaker.map(told))
}

fn told(breaker: &Breaker) -> String {
    format!(
        "{LOSSES} machines of {} were taken back one after the other; it is left alone for {} min",
        breaker.zone,
        pause(breaker.n_pauses).as_secs() / 60
    )
}

/// The pools that remember more, now that these nodes are cordoned. Every warning is a loss, and is counted
/// with its node's cordon: once.
pub(crate) fn count(
    seen: &mut Observation,
    cordons: &BTreeMap<InstanceId, Cordon>,
    now: Timestamp,
) -> BTreeMap<PoolName, Vec<Breaker>> {
    let mut counted: BTreeMap<PoolName, Vec<Breaker>> = BTreeMap::new();
    let reclaimed = cordons.iter().filter(|(_, cordon)| cordon.why == CordonReason::Reclaimed);
    for node in reclaimed.filter_map(|(id, _)| seen.nodes.get(id)) {
        let Some(memory) = seen.pools.get(&node.pool) else { continue };
        let breakers = counted.entry(node.pool.clone()).or_insert_with(|| kept(&memory.breakers, now));
        if !breakers.iter().any(|breaker| breaker.zone == node.zone) {
            breakers.push(Breaker {
                zone: node.zone.clone(),
                n: 0,
                at: now,
                n_pauses: 0,
                until: Timestamp(0),
            });
        }
        breakers.iter_mut().filter(|breaker| breaker.zone == node.zone).for_each(|it| lose(it, now));
    }
    for (pool, breakers) in &counted {
        if let Some(memory) = seen.pools.get_mut(pool) {
            memory.breakers.clone_from(breakers);
        }
    }
    counted
}

fn kept(breakers: &[Breaker], now: Timestamp) -> Vec<Breaker> {
    let is_alive =
        |breaker: &&Breaker| now.since(breaker.at.max(breaker.until)) < FORGOTTEN_AFTER.max(WINDOW);
    breakers.iter().filter(is_alive).cloned().collect()
}

/// What is lost while nothing is ordered was ordered before: it says nothing new.
fn lose(breaker: &mut Breaker, now: Timestamp) {
    if breaker.n > 0 && now.since(breaker.at) > WINDOW {
        breaker.n = 0;
    }
    breaker.at = now;
    if now < breaker.until {
        return;
    }
    breaker.n += 1;
    if breaker.n >= LOSSES {
        breaker.n = 0;
        breaker.n_pauses = breaker.n_pauses.saturating_add(1);
        breaker.until = now.after(pause(breaker.n_pauses));
    }
}

fn pause(n: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(n.saturating_sub(1))).min(LONGEST_PAUSE)
}
