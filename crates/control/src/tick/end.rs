//! Writes down that launches are over.

use std::collections::BTreeMap;

use model::Trust;
use model::id::{JobId, TaskId};
use model::launch::{EndedLaunch, Launch};
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use super::counter::{counter, taken};
use crate::error::PortError;
use crate::port::{Change, Ledger, Set, When};
use crate::write::{Transaction, delete, put, set, write_most};

/// An end is up to three rows, beside the one that counts the launch; a transaction holds a hundred.
const AT_ONCE: usize = 33;

#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) launch: Launch,
    /// What must be true of its row: an end that was only decided gives way to what happened meanwhile.
    pub(super) when: Vec<When>,
    /// The job that waited for it, and waits on.
    pub(super) fails: Option<JobId>,
    /// A node that is gone has taken its counts with it.
    pub(super) is_counted: bool,
    pub(super) stop: Option<TaskId>,
    pub(super) why: String,
}

/// A task that may still run, of a launch that is over.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) trust: Trust,
    pub(super) task: TaskId,
    pub(super) why: String,
}

/// The rows become history, the node or the pool has the room again, and the job that waited knows why it waits on.
pub(super) async fn write_ends(
    ledger: &dyn Ledger,
    ends: Vec<Ending>,
    now: Timestamp,
) -> Result<Vec<Stop>, PortError> {
    let mut by_counter: BTreeMap<Key, Vec<Ending>> = BTreeMap::new();
    for end in ends {
        by_counter.entry(counter(&end.launch)).or_default().push(end);
    }
    let mut written = Vec::new();
    for ends in by_counter.values() {
        // One after the other: they change the same row.
        for chunk in ends.chunks(AT_ONCE) {
            written.extend(write_most(ledger, chunk.to_vec(), |ends| transaction(ends, now)).await?);
        }
    }
    let stops = written
        .into_iter()
        .filter_map(|end| Some(Stop { trust: end.launch.trust, task: end.stop?, why: end.why }));
    Ok(stops.collect())
}

fn transaction(ends: &[Ending], now: Timestamp) -> Transaction {
    let mut transaction = Transaction::default();
    for (item, end) in ends.iter().enumerate() {
        transaction.for_item(item, delete(Key::Launch(end.launch.id), end.when.clone()));
        let ended = EndedLaunch { launch: end.launch.clone(), at: now, why: end.why.clone() };
        transaction.for_item(item, put(Row::EndedLaunch(ended)));
        if let Some(job) = end.fails {
            transaction.for_item(item, failure(job, end, now));
        }
    }
    if let Some(end) = ends.iter().find(|end| end.is_counted) {
        let counter = counter(&end.launch);
        let taken = taken(&counter, ends.iter().map(|end| &end.launch));
        let given_back = taken.into_iter().map(|(field, taken)| Set::Add(field, -taken));
        // True of a node once the last one has ended, whoever writes that.
        let idle = matches!(counter, Key::Node(_)).then(|| Set::To(field::IDLE_SINCE, now.into()));
        transaction.for_all(set(counter, vec![When::Present], given_back.chain(idle).collect()));
    }
    transaction
}

fn failure(job: JobId, end: &Ending, now: Timestamp) -> Change {
    set(
        Key::Job(job),
        vec![
            When::Is(field::STATE, state::QUEUED.into()),
            When::Is(field::LAUNCH, end.launch.id.to_string().into()),
        ],
        vec![
            Set::Clear(field::LAUNCH),
            Set::To(field::FAILED_AT, now.into()),
            Set::To(field::FAILED_WHY, end.why.as_str().into()),
        ],
    )
}
