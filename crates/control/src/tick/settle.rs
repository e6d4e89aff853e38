//! What the forge says of a job, written down.

use model::job::{Ended, Job};
use model::plan::Settle;
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use super::commit::write_if_true;
use crate::error::PortError;
use crate::port::{Ledger, Set, When};
use crate::write::{delete, put, set};

/// Changed since the forge was asked, its answer is too old.
pub(super) async fn write(
    ledger: &dyn Ledger,
    job: &Job,
    what: &Settle,
    now: Timestamp,
) -> Result<(), PortError> {
    let key = Key::Job(job.id);
    // Doubted anew since the forge was asked, its answer is too old.
    let doubted = match job.doubted_at {
        Some(at) => When::Is(field::DOUBTED_AT, at.into()),
        None => When::Lacks(field::DOUBTED_AT),
    };
    let state = if job.state.is_queued() { state::QUEUED } else { state::RUNNING };
    let doubted = vec![doubted, When::Is(field::STATE, state.into())];
    let changes = match what {
        Settle::Same => vec![set(key, doubted, vec![Set::To(field::CHECKED_AT, now.into())])],
        // The tombstone that made the doubt, if there is one, was wrong.
        Settle::Queued => vec![
            set(
                key,
                doubted,
                vec![
                    Set::Clear(field::DOUBTED_AT),
                    Set::To(field::STATE, state::QUEUED.into()),
                    Set::Clear(field::STARTED_AT),
                    Set::Clear(field::RUNNER),
                ],
            ),
            delete(Key::Tombstone(job.id), vec![]),
        ],
        Settle::Running { runner } => vec![
            set(
                key,
                doubted,
                vec![
                    Set::Clear(field::DOUBTED_AT),
                    Set::To(field::STATE, state::RUNNING.into()),
                    Set::To(field::STARTED_AT, now.into()),
                    match runner {
                        Some(name) => Set::To(field::RUNNER, name.to_string().into()),
                        None => Set::Clear(field::RUNNER),
                    },
                ],
            ),
            delete(Key::Tombstone(job.id), vec![]),
        ],
        Settle::Forget => vec![delete(key, doubted)],
        Settle::Ended(ended) => vec![delete(key, doubted), put(Row::Tombstone(Ended::clone(ended)))],
    };
    write_if_true(ledger, &changes).await
}
