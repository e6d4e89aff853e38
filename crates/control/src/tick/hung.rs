//! Tasks that go on when their runner is gone.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream;
use model::id::LaunchId;
use model::observation::Observation;
use model::plan::Over;
use model::time::Timestamp;
use wire::ledger::Key;
use wire::ledger::field;

use super::end::{Ending, write_ends};
use crate::error::{Chain, PortError};
use crate::port::{Ledger, Ports, Set, When};
use crate::write::{Transaction, set, unchanged, write_most};

const NOTES: usize = 90;
const AT_ONCE: usize = 8;

/// An event that came meanwhile knows better.
pub(super) async fn note(
    ledger: &dyn Ledger,
    seen: &Observation,
    notes: &BTreeMap<LaunchId, Over>,
    now: Timestamp,
) -> Result<(), PortError> {
    let notes: Vec<(&LaunchId, &Over)> = notes.iter().collect();
    for chunk in notes.chunks(NOTES) {
        write_most(ledger, chunk.to_vec(), |notes| {
            let mut transaction = Transaction::default();
            for (item, (id, over)) in notes.iter().enumerate() {
                let mut when = unchanged(&seen.launches[id]);
                let told = match over {
                    Over::Noted => {
                        when.push(When::Lacks(field::OVER_AT));
                        Set::To(field::OVER_AT, now.into())
                    }
                    Over::TakenBack => Set::Clear(field::OVER_AT),
                };
                transaction.for_item(item, set(Key::Launch(**id), when, vec![told]));
            }
            transaction
        })
        .await?;
    }
    Ok(())
}

/// The task first: it hangs, and asks nobody whether its launch is over. As long as the row stands, the next sweep
/// asks again. Whether a launch ended, so that its room can be used.
pub(super) async fn stop_all(ports: &Ports, hung: Vec<Ending>, now: Timestamp) -> Result<bool, PortError> {
    let asked = stream::iter(hung).map(async |ending| {
        let task = ending.stop.as_ref()?;
        match ports.compute.stop(ending.launch.trust, task, &ending.why).await {
            Ok(()) => {
                tracing::warn!(launch.id = %ending.launch.id, task.id = %task, why = ending.why, "a task that hung was stopped");
                Some(ending)
            }
            Err(error) => {
                tracing::warn!(task.id = %task, error = %Chain(&error), "a task that hangs could not be stopped");
                None
            }
        }
    });
    let endings: Vec<Ending> =
        asked.buffer_unordered(AT_ONCE).filter_map(async |ending| ending).collect().await;
    if endings.is_empty() {
        return Ok(false);
    }
    write_ends(ports.ledger.as_ref(), endings, now).await?;
    Ok(true)
}
