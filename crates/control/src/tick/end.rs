//! Writes down that launches are over.

use std::collections::BTreeMap;

use model::Trust;
use model::id::{InstanceId, JobId, TaskId};
use model::launch::{EndedLaunch, Launch};
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use crate::error::PortError;
use crate::port::{Change, Ledger, Set, When};
use crate::write::{Transaction, delete, put, set, write_most};

/// An end is up to three rows, beside the node's; a transaction holds a hundred.
const AT_ONCE: usize = 33;

#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) launch: Launch,
    /// What must be true of its row: an end that was only decided gives way to what happened meanwhile.
    pub(super) when: Vec<When>,
    /// The job that waited for it, and waits on.
    pub(super) fails: Option<JobId>,
    /// A node that is gone has taken its counts with it.
    pub(super) has_node: bool,
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

/// The rows become history, the node has the room again, and the job that waited knows why it waits on.
pub(super) async fn write_ends(
    ledger: &dyn Ledger,
    ends: Vec<Ending>,
    now: Timestamp,
) -> Result<Vec<Stop>, PortError> {
    let mut by_node: BTreeMap<InstanceId, Vec<Ending>> = BTreeMap::new();
    for end in ends {
        by_node.entry(end.launch.node.clone()).or_default().push(end);
    }
    let mut written = Vec::new();
    for ends in by_node.values() {
        // One after the other: they change the same node.
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
    if let Some(end) = ends.iter().find(|end| end.has_node) {
        let sum =
            |part: fn(&Launch) -> u32| -> i64 { ends.iter().map(|end| i64::from(part(&end.launch))).sum() };
        transaction.for_all(set(
            Key::Node(end.launch.node.clone()),
            vec![When::Present],
            vec![
                Set::Add(field::CPU_USED, -sum(|launch| launch.size.cpu.0)),
                Set::Add(field::MEMORY_USED, -sum(|launch| launch.size.memory.0)),
                Set::Add(field::N_LAUNCHES, -sum(|_| 1)),
                // True once the last one has ended, whoever writes that.
                Set::To(field::IDLE_SINCE, now.into()),
            ],
        ));
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
