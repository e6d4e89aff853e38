//! Offerings that have disappointed: no capacity, or machines that never came up.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::id::{InstanceId, Zone};
use model::node::Refusal;
use model::observation::Observation;
use model::plan::Drain;
use model::rules::PoolName;
use model::time::Timestamp;

use crate::drain::NEVER_REGISTERED;

/// How long an offering is left alone at first; Karpenter waits as long.
const FIRST_PAUSE: Duration = Duration::from_mins(3);
const LONGEST_PAUSE: Duration = Duration::from_mins(30);
/// An offering that has not refused for so long, though it was asked, begins anew.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(30);

/// What is remembered of a pool's offerings once one of them has refused again: each time in a row doubles
/// the pause.
#[must_use]
pub fn refused(known: &[Refusal], zone: &Zone, why: &str, now: Timestamp) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> =
        known.iter().filter(|refusal| now.since(refusal.until) < FORGOTTEN_AFTER).cloned().collect();
    let before = refusals.iter().position(|refusal| refusal.zone == *zone).map(|at| refusals.remove(at));
    let n = before.map_or(0, |refusal| refusal.n).saturating_add(1);
    refusals.push(Refusal { zone: zone.clone(), until: now.after(pause(n)), n, why: why.to_owned() });
    refusals
}

fn pause(n: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(n.saturating_sub(1))).min(LONGEST_PAUSE)
}

/// Machines that never came up count against where they came from: once, however many they are.
pub(crate) fn disappointing(
    seen: &mut Observation,
    drain: &BTreeMap<InstanceId, Drain>,
    now: Timestamp,
) -> BTreeMap<PoolName, Vec<Refusal>> {
    let mut refusals: BTreeMap<PoolName, Vec<Refusal>> = BTreeMap::new();
    let mut counted: BTreeSet<(&PoolName, &Zone)> = BTreeSet::new();
    for (id, drain) in drain.iter().filter(|(_, drain)| drain.why == NEVER_REGISTERED) {
        let node = &seen.nodes[id];
        if counted.insert((&node.pool, &node.zone)) {
            let known = || seen.pools.get(&node.pool).map_or_else(Vec::new, |memory| memory.refusals.clone());
            let of_pool = refusals.entry(node.pool.clone()).or_insert_with(known);
            *of_pool = refused(of_pool, &node.zone, &format!("{id}: {}", drain.why), now);
        }
    }
    for (pool, refusals) in &refusals {
        if let Some(memory) = seen.pools.get_mut(pool) {
            memory.refusals.clone_from(refusals);
        }
    }
    refusals
}
