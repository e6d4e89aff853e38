//! What is remembered of a pool without nodes whose provider has no place.

use model::node::Refusal;
use model::rules::PoolName;
use model::time::Timestamp;
use wire::ledger::Key;
use wire::ledger::field;

use crate::error::PortError;
use crate::port::{Ledger, Set, When, WriteError};
use crate::write::set;

/// Which zone is the provider's to choose, and so none is named.
pub(super) async fn remember(
    ledger: &dyn Ledger,
    pool: &PoolName,
    why: String,
    until: Timestamp,
) -> Result<(), PortError> {
    let refusal = Refusal { zone: "any".into(), until, why };
    let known = Set::To(field::REFUSALS, wire::ledger::refusals(&[refusal]));
    match ledger.write(&[set(Key::Pool(pool.clone()), vec![When::Present], vec![known])]).await {
        Ok(()) | Err(WriteError::Refused(_)) => Ok(()),
        Err(WriteError::Port(error)) => Err(error),
    }
}
