//! What is remembered of a pool without nodes whose provider has no place.

use model::rules::PoolName;
use model::time::Timestamp;
use wire::ledger::{Key, Row};

use crate::error::PortError;
use crate::port::{Ledger, Set, When, WriteError};
use crate::write::set;

/// Which zone is the provider's to choose, and so none is named.
const ZONE: &str = "any";

pub(super) async fn remember(
    ledger: &dyn Ledger,
    pool: &PoolName,
    why: &str,
    now: Timestamp,
) -> Result<(), PortError> {
    let key = Key::Pool(pool.clone());
    let known = match ledger.get(std::slice::from_ref(&key)).await?.pop().flatten() {
        Some(Row::Pool(memory)) => memory.refusals,
        Some(_) | None => Vec::new(),
    };
    tracing::warn!(pool.name = %pool, why, "a pool without nodes has no capacity");
    let refusals = planner::refused(&known, &ZONE.into(), why, now);
    let known = wire::ledger::refusals(&refusals).map(|(field, value)| Set::To(field, value));
    match ledger.write(&[set(key, vec![When::Present], known.into())]).await {
        Ok(()) | Err(WriteError::Refused(_)) => Ok(()),
        Err(WriteError::Port(error)) => Err(error),
    }
}
