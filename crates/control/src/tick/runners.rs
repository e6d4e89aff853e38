//! What a plan says of registered runners, written down and done.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream;
use model::id::{JobId, LaunchId};
use model::observation::Observation;
use model::plan::{Dismiss, Plan};
use model::registration::ScopeMemory;
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use super::commit::endings;
use super::end::{Ending, write_ends};
use super::execute::stop_all;
use crate::error::{Chain, PortError};
use crate::port::{Ledger, Ports, Removed, Set};
use crate::write::{Transaction, delete, put, set, unchanged, write_most};

const AT_ONCE: usize = 8;
const BUSY: usize = 90;

/// A registration to be removed, and what is written once it is.
#[derive(Debug)]
pub(super) struct Dismissal {
    dismiss: Dismiss,
    ending: Option<Ending>,
}

pub(super) fn dismissals(seen: &Observation, plan: &Plan) -> Vec<Dismissal> {
    let dismissals = plan.dismiss.iter().map(|dismiss| Dismissal {
        dismiss: dismiss.clone(),
        ending: endings(seen, plan, &dismiss.end).pop(),
    });
    dismissals.collect()
}

/// Before the jobs' own rows say so: a launch that has another's job is not waited for.
pub(super) async fn busy(
    ledger: &dyn Ledger,
    seen: &Observation,
    busy: &BTreeMap<LaunchId, Option<JobId>>,
    now: Timestamp,
) -> Result<(), PortError> {
    let busy: Vec<(&LaunchId, &Option<JobId>)> = busy.iter().collect();
    for chunk in busy.chunks(BUSY) {
        write_most(ledger, chunk.to_vec(), |busy| {
            let mut transaction = Transaction::default();
            for (item, (id, took)) in busy.iter().enumerate() {
                let mut sets =
                    vec![Set::To(field::STATE, state::BUSY.into()), Set::To(field::BUSY_AT, now.into())];
                sets.extend(took.map(|job| Set::To(field::TOOK, job.0.into())));
                transaction.for_item(item, set(Key::Launch(**id), unchanged(&seen.launches[id]), sets));
            }
            transaction
        })
        .await?;
    }
    Ok(())
}

/// Written before a launch is: once it claims, its runner has to be found again.
pub(super) async fn scopes(ledger: &dyn Ledger, plan: &Plan, now: Timestamp) -> Result<(), PortError> {
    let remembered =
        plan.remember.iter().map(|scope| put(Row::Scope(ScopeMemory { scope: scope.clone(), at: now })));
    let forgotten = plan.forget.iter().map(|scope| delete(Key::Scope(scope.clone()), vec![]));
    let changes: Vec<_> = remembered.chain(forgotten).collect();
    for chunk in changes.chunks(BUSY) {
        write_most(ledger, chunk.to_vec(), |changes| {
            let mut transaction = Transaction::default();
            for (item, change) in changes.iter().enumerate() {
                transaction.for_item(item, change.clone());
            }
            transaction
        })
        .await?;
    }
    Ok(())
}

/// The runner first, and its task only when nobody can give it a job any more. Whether a launch ended, so
/// that its room can be used.
pub(super) async fn dismiss_all(
    ports: &Ports,
    dismissals: Vec<Dismissal>,
    now: Timestamp,
) -> Result<bool, PortError> {
    let asked = stream::iter(dismissals).map(async |Dismissal { dismiss, ending }| {
        let removed = match dismiss.id {
            Some(id) => ports.forge.dismiss(&dismiss.scope, id).await,
            None => ports.forge.remove(&dismiss.scope, dismiss.name).await,
        };
        match removed {
            Ok(Removed::Gone) => ending,
            Ok(Removed::Busy) => {
                tracing::info!(runner = %dismiss.name, "a runner that was to be removed is at work");
                None
            }
            Err(error) => {
                tracing::warn!(runner = %dismiss.name, error = %Chain(&error), "a runner could not be removed");
                None
            }
        }
    });
    let endings: Vec<Ending> =
        asked.buffer_unordered(AT_ONCE).filter_map(async |ending| ending).collect().await;
    if endings.is_empty() {
        return Ok(false);
    }
    let ends = write_ends(ports.ledger.as_ref(), endings, now).await?;
    stop_all(ports, &ends.stops).await;
    Ok(true)
}
