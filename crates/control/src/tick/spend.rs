//! Writes down what pools have cost.

use std::collections::BTreeMap;

use model::money::Spent;
use model::observation::Observation;
use model::rules::PoolName;
use wire::ledger::Key;
use wire::ledger::field;

use crate::error::PortError;
use crate::port::{Ledger, Set, When, WriteError};
use crate::write::set;

/// On what was counted before: of two ticks at once, one counts.
pub(super) async fn write(
    ledger: &dyn Ledger,
    seen: &Observation,
    spent: &BTreeMap<PoolName, Spent>,
) -> Result<(), PortError> {
    let written = spent.iter().map(async |(pool, spent)| {
        let before = seen.pools.get(pool).and_then(|memory| memory.spent);
        let when = match before {
            Some(before) => When::Is(field::SPENT_UNTIL, before.until.into()),
            None => When::Lacks(field::SPENT_UNTIL),
        };
        let sets =
            vec![Set::To(field::SPENT, spent.usd.0.into()), Set::To(field::SPENT_UNTIL, spent.until.into())];
        match ledger.write(&[set(Key::Pool(pool.clone()), vec![When::Present, when], sets)]).await {
            Ok(()) | Err(WriteError::Refused(_)) => Ok(()),
            Err(WriteError::Port(error)) => Err(error),
        }
    });
    futures::future::try_join_all(written).await?;
    Ok(())
}
