//! Writes down what keeps failing: task definitions, and offerings whose machines are taken back.

use std::collections::BTreeMap;

use model::failing::Failing;
use model::id::Revision;
use model::node::Breaker;
use model::observation::Observation;
use model::plan::{Blame, Plan};
use model::rules::PoolName;
use model::time::Timestamp;
use wire::ledger::field;
use wire::ledger::{Key, Row};

use super::end::Ending;
use crate::error::PortError;
use crate::port::{Change, Ledger, Set, What, When, WriteError};
use crate::write::{delete, set};

/// As the plan leaves it.
pub(super) fn known(seen: &Observation, plan: &Plan) -> BTreeMap<Revision, Failing> {
    let mut known = seen.failing.clone();
    for (revision, failing) in &plan.failing {
        match failing {
            Some(failing) => drop(known.insert(revision.clone(), failing.clone())),
            None => drop(known.remove(revision)),
        }
    }
    known
}

/// Of two ticks that count at once, one is enough.
pub(super) async fn write(
    ledger: &dyn Ledger,
    seen: &Observation,
    failing: &BTreeMap<Revision, Option<Failing>>,
) -> Result<(), PortError> {
    for (revision, failing) in failing {
        let key = Key::Failing(revision.clone());
        let when = unchanged(seen.failing.get(revision));
        let change = match failing {
            Some(failing) => Change { key, when, what: What::Put(Box::new(Row::Failing(failing.clone()))) },
            None => delete(key, when),
        };
        unless_refused(ledger, change).await?;
    }
    Ok(())
}

/// Counts tasks that could not even be started, and says who is to blame. That the provider has no place is not
/// the image's doing.
pub(super) async fn refused(
    ledger: &dyn Ledger,
    known: &BTreeMap<Revision, Failing>,
    ends: &mut [Ending],
    now: Timestamp,
) -> Result<(), PortError> {
    let mut counted: BTreeMap<Revision, Failing> = BTreeMap::new();
    for end in ends.iter_mut().filter(|end| end.blame == Blame::Node) {
        let revision = &end.launch.revision;
        let before = counted.get(revision).or_else(|| known.get(revision));
        let failing = planner::failed(before, &end.launch, &end.why, now);
        end.blame = if planner::is_suspect(&failing) { Blame::Image } else { Blame::Node };
        counted.insert(revision.clone(), failing);
    }
    for (revision, failing) in counted {
        let when = unchanged(known.get(&revision));
        let what = What::Put(Box::new(Row::Failing(failing)));
        unless_refused(ledger, Change { key: Key::Failing(revision), when, what }).await?;
    }
    Ok(())
}

fn unchanged(known: Option<&Failing>) -> Vec<When> {
    match known {
        Some(known) => vec![When::Is(field::AT, known.at.into()), When::Is(field::N, known.n.into())],
        None => vec![When::Absent],
    }
}

/// As with refusals, whoever saw an older row is refused.
pub(super) async fn breakers(
    ledger: &dyn Ledger,
    seen: &Observation,
    breakers: &BTreeMap<PoolName, Vec<Breaker>>,
) -> Result<(), PortError> {
    for (pool, breakers) in breakers {
        let known = seen.pools.get(pool).map_or(&[][..], |memory| &memory.breakers);
        let unchanged = if known.is_empty() {
            vec![When::Present, When::Lacks(field::BREAKERS)]
        } else {
            vec![When::Is(field::BREAKERS, wire::ledger::breakers(known))]
        };
        let told = if breakers.is_empty() {
            Set::Clear(field::BREAKERS)
        } else {
            Set::To(field::BREAKERS, wire::ledger::breakers(breakers))
        };
        unless_refused(ledger, set(Key::Pool(pool.clone()), unchanged, vec![told])).await?;
    }
    Ok(())
}

async fn unless_refused(ledger: &dyn Ledger, change: Change) -> Result<(), PortError> {
    match ledger.write(&[change]).await {
        Ok(()) | Err(WriteError::Refused(_)) => Ok(()),
        Err(WriteError::Port(error)) => Err(error),
    }
}
