//! What the forge says of a job, written down.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use model::id::JobId;
use model::job::{Ended, Job, Note};
use model::observation::Observation;
use model::plan::Settle;
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use super::commit::write_if_true;
use crate::error::PortError;
use crate::port::{Ledger, Set, When};
use crate::why;
use crate::write::{Transaction, delete, note, put, set, write_most};

const SAME: usize = 90;

/// The jobs that run, with their runners: whoever reads that knows these for busy.
pub(super) async fn running(
    ledger: &dyn Ledger,
    seen: &Observation,
    settle: &BTreeMap<JobId, Settle>,
    now: Timestamp,
) -> Result<(), PortError> {
    let running = settle.iter().filter(|(_, what)| is_running(what));
    try_join_all(running.map(|(id, what)| settle_one(ledger, &seen.jobs[id], what, now))).await?;
    Ok(())
}

/// The others: what is new on its own, what is not in few transactions. Of a job that is over nobody is told its runner
/// again, which is known for busy by then.
pub(super) async fn others(
    ledger: &dyn Ledger,
    seen: &Observation,
    settle: &BTreeMap<JobId, Settle>,
    now: Timestamp,
) -> Result<(), PortError> {
    let jobs =
        || settle.iter().filter(|(_, what)| !is_running(what)).map(|(id, what)| (&*seen.jobs[id], what));
    try_join_all(jobs().map(|(job, what)| settle_one(ledger, job, what, now))).await?;
    let same: Vec<&Job> = jobs().filter(|(_, what)| **what == Settle::Same).map(|(job, _)| job).collect();
    for chunk in same.chunks(SAME) {
        write_most(ledger, chunk.to_vec(), |jobs| {
            let mut transaction = Transaction::default();
            for (item, job) in jobs.iter().enumerate() {
                let checked = vec![Set::To(field::CHECKED_AT, now.into())];
                transaction.for_item(item, set(Key::Job(job.id), unchanged(job), checked));
            }
            transaction
        })
        .await?;
    }
    Ok(())
}

fn is_running(what: &Settle) -> bool {
    matches!(what, Settle::Running { .. })
}

/// Changed since the forge was asked, its answer is too old.
fn unchanged(job: &Job) -> Vec<When> {
    let doubted = match job.doubted_at {
        Some(at) => When::Is(field::DOUBTED_AT, at.into()),
        None => When::Lacks(field::DOUBTED_AT),
    };
    let state = if job.state.is_queued() { state::QUEUED } else { state::RUNNING };
    vec![doubted, When::Is(field::STATE, state.into())]
}

async fn settle_one(ledger: &dyn Ledger, job: &Job, what: &Settle, now: Timestamp) -> Result<(), PortError> {
    let (key, doubted) = (Key::Job(job.id), unchanged(job));
    let mut changes = match what {
        Settle::Same => return Ok(()),
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
    changes.extend(job.doubted_at.map(|at| note(job.id, at, Note::Doubted, why::DOUBT.to_owned())));
    let answered = if *what == Settle::Forget { Note::Gated } else { Note::Answered };
    changes.push(note(job.id, now, answered, why::answer(what)));
    write_if_true(ledger, &changes).await
}
