//! What spot machines cost: asked for now and then, and written down for the ticks between.

use std::collections::BTreeMap;

use model::id::Zone;
use model::observation::Observation;
use model::price::{Price, SpotPrices};
use model::rules::{PoolName, Rules};
use model::time::Timestamp;
use wire::ledger::Row;

use crate::error::{Chain, PortError};
use crate::port::{Ledger, Ports, WriteError};
use crate::write::put;

/// Nothing where they are known, or cannot be asked for now: what was known goes on to count.
pub(super) async fn quoted(
    ports: &Ports,
    rules: &Rules,
    seen: &Observation,
    now: Timestamp,
) -> Option<BTreeMap<PoolName, BTreeMap<Zone, Price>>> {
    let pools = planner::unpriced(seen, rules, now);
    if pools.is_empty() {
        return None;
    }
    match ports.compute.spot_prices(&pools).await {
        Ok(quoted) => Some(quoted),
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "nobody tells what spot machines cost");
            None
        }
    }
}

/// Of two ticks at once both were told the same.
pub(super) async fn write(ledger: &dyn Ledger, prices: Option<&SpotPrices>) -> Result<(), PortError> {
    let Some(prices) = prices else { return Ok(()) };
    match ledger.write(&[put(Row::SpotPrices(prices.clone()))]).await {
        Ok(()) | Err(WriteError::Refused(_)) => Ok(()),
        Err(WriteError::Port(error)) => Err(error),
    }
}
