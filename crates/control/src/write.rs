//! Transactions over many things, of which some may have changed meanwhile.

use std::collections::BTreeSet;

use model::id::JobId;
use model::job::{Note, Noted};
use model::launch::{Launch, LaunchState};
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use crate::error::PortError;
use crate::port::{Change, Ledger, Set, What, When, WriteError};

/// A transaction, with which items each change is for.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    changes: Vec<Change>,
    items: Vec<For>,
}

#[derive(Clone, Debug)]
enum For {
    Items(Vec<usize>),
    All,
}

impl Transaction {
    pub(crate) fn for_item(&mut self, item: usize, change: Change) {
        self.for_items(vec![item], change);
    }

    pub(crate) fn for_items(&mut self, items: Vec<usize>, change: Change) {
        self.changes.push(change);
        self.items.push(For::Items(items));
    }

    pub(crate) fn for_all(&mut self, change: Change) {
        self.changes.push(change);
        self.items.push(For::All);
    }
}

/// Writes all items in one transaction; those whose conditions do not hold are dropped, and the rest is
/// sent once more, even if that is only what is for all. What comes back was written; nothing, if what all
/// depend on has changed, or somebody was faster twice.
pub(crate) async fn write_most<T>(
    ledger: &dyn Ledger,
    mut items: Vec<T>,
    transaction: impl Fn(&[T]) -> Transaction,
) -> Result<Vec<T>, PortError> {
    for _ in 0..2 {
        let Transaction { changes, items: owners } = transaction(&items);
        if changes.is_empty() {
            return Ok(items);
        }
        let refused = match ledger.write(&changes).await {
            Ok(()) => return Ok(items),
            Err(WriteError::Refused(refused)) => refused,
            Err(WriteError::Port(error)) => return Err(error),
        };
        let mut dropped = BTreeSet::<usize>::new();
        for refused in refused {
            match owners.get(refused.index) {
                Some(For::Items(items)) => dropped.extend(items),
                Some(For::All) | None => return Ok(Vec::new()),
            }
        }
        let mut place = 0..;
        items.retain(|_| place.next().is_some_and(|place: usize| !dropped.contains(&place)));
    }
    Ok(Vec::new())
}

/// A launch that stands where it was seen, for the job that it was seen to serve; one that was noted as over, with
/// that note.
pub(crate) fn unchanged(launch: &Launch) -> Vec<When> {
    let state = match launch.state {
        LaunchState::Planned => state::PLANNED,
        LaunchState::Asked { .. } => state::ASKED,
        LaunchState::Claimed { .. } => state::CLAIMED,
        LaunchState::Busy { .. } => state::BUSY,
    };
    let serves = launch.job.map_or(When::Lacks(field::JOB), |job| When::Is(field::JOB, job.0.into()));
    let noted = launch.at.over.map(|at| When::Is(field::OVER_AT, at.into()));
    [When::Is(field::STATE, state.into()), serves].into_iter().chain(noted).collect()
}

pub(crate) fn put_new(row: Row) -> Change {
    Change { key: row.key(), when: vec![When::Absent], what: What::Put(Box::new(row)) }
}

pub(crate) fn put(row: Row) -> Change {
    Change { key: row.key(), when: vec![], what: What::Put(Box::new(row)) }
}

/// A line of the job's story.
pub(crate) fn note(job: JobId, at: Timestamp, what: Note, text: String) -> Change {
    put(Row::Noted(Noted { job, at, what, text }))
}

pub(crate) fn set(key: Key, when: Vec<When>, set: Vec<Set>) -> Change {
    Change { key, when, what: What::Set(set) }
}

pub(crate) fn delete(key: Key, when: Vec<When>) -> Change {
    Change { key, when, what: What::Delete }
}

pub(crate) fn check(key: Key, when: Vec<When>) -> Change {
    Change { key, when, what: What::Check }
}
