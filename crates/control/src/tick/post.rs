//! Events that did not arrive: read in the forge's list of attempts, and asked for again.

use futures::StreamExt;
use futures::stream;
use model::delivery::{Deliveries, Outcome};
use model::observation::Observation;
use model::plan::Redeliver;
use model::time::Timestamp;
use wire::ledger::Row;

use crate::error::{Chain, PortError};
use crate::port::{DeliveryPage, Ports, WriteError};
use crate::write::put;

const PAGES: usize = 10;
/// Each of them is a write at the forge, which counts them: the rest is read by the next sweep.
const FAILED: usize = 20;
const AT_ONCE: usize = 8;

/// Nothing where the forge does not answer.
pub(super) async fn deliveries(ports: &Ports, seen: &Observation, now: Timestamp) -> Option<Deliveries> {
    let rest = seen.delivered.as_ref().and_then(|memory| memory.rest.as_ref());
    let until = planner::since(seen, now);
    match read(ports, rest.map(|rest| rest.page.clone()), until).await {
        Ok(read) => Some(read),
        // Where it went on is forgotten there: it is read from its beginning.
        Err(PortError::Refused { .. }) if rest.is_some() => Some(read(ports, None, until).await.ok()?),
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "the attempts to deliver events could not be listed");
            None
        }
    }
}

async fn read(ports: &Ports, mut page: Option<String>, until: Timestamp) -> Result<Deliveries, PortError> {
    let mut read = Deliveries::default();
    for _ in 0..PAGES {
        let DeliveryPage { deliveries, oldest, next } = ports.forge.deliveries(page.as_deref()).await?;
        read.list.extend(deliveries.into_iter().filter(|delivery| until <= delivery.at));
        page = next;
        let is_done = oldest.is_none_or(|oldest| oldest < until);
        if is_done || page.is_none() {
            return Ok(read);
        }
        if read.list.iter().filter(|delivery| delivery.outcome == Outcome::Failed).count() >= FAILED {
            break;
        }
    }
    read.rest = page;
    Ok(read)
}

/// What was looked through is written down when nothing of it is left to be asked for.
pub(super) async fn redeliver_all(ports: &Ports, redeliver: Option<Redeliver>) {
    let Some(Redeliver { deliveries, then }) = redeliver else { return };
    let n = deliveries.len();
    let asked = stream::iter(deliveries).map(async |delivery| match ports.forge.redeliver(delivery).await {
        // The forge keeps it no longer.
        Ok(()) | Err(PortError::NotFound { .. } | PortError::Refused { .. }) => true,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "an event could not be asked for again");
            false
        }
    });
    if !asked.buffer_unordered(AT_ONCE).all(async |is_asked| is_asked).await {
        return;
    }
    if n > 0 {
        tracing::info!(n, "events that did not arrive were asked for again");
    }
    if let Err(WriteError::Port(error)) = ports.ledger.write(&[put(Row::Deliveries(then))]).await {
        tracing::warn!(error = %Chain(&error), "how far deliveries were looked through could not be written down");
    }
}
