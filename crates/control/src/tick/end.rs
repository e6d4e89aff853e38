//! Writes down that launches are over.

use std::collections::{BTreeMap, BTreeSet};

use model::Trust;
use model::id::{JobId, LaunchId, TaskId};
use model::job::Note;
use model::launch::{EndedLaunch, Launch, LaunchState};
use model::plan::Blame;
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use super::counter::{counter, taken};
use crate::error::PortError;
use crate::port::{Change, Ledger, Set, When};
use crate::why;
use crate::write::{Transaction, delete, note, put, set, write_most};

/// An end is up to three rows and the one that counts the launch; a transaction holds a hundred.
const AT_ONCE: usize = 25;

#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) launch: Launch,
    /// What must be true of its row: an end that was only decided gives way to what happened meanwhile.
    pub(super) when: Vec<When>,
    /// The job that waited for it, and waits on.
    pub(super) fails: Option<JobId>,
    /// The job that ran on it, and is lost with its machine.
    pub(super) loses: Option<JobId>,
    /// A node that is gone has taken its counts with it.
    pub(super) is_counted: bool,
    pub(super) stop: Option<TaskId>,
    pub(super) blame: Blame,
    pub(super) why: String,
}

/// A task that may still run, of a launch that is over.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) trust: Trust,
    pub(super) task: TaskId,
    pub(super) why: String,
}

/// What came of many ends.
#[derive(Debug, Default)]
pub(super) struct Ends {
    pub(super) stops: Vec<Stop>,
    /// The rows that still count a launch that was to end: they have less room than was reckoned with.
    pub(super) counters: BTreeSet<Key>,
}

/// The rows become history, the node or the pool has the room again, and the job that waited knows why it waits on.
pub(super) async fn write_ends(
    ledger: &dyn Ledger,
    ends: Vec<Ending>,
    now: Timestamp,
) -> Result<Ends, PortError> {
    let mut all = Ends::default();
    // One after the other: they may change the same rows.
    for chunk in ends.chunks(AT_ONCE) {
        let written = write_most(ledger, chunk.to_vec(), |ends| transaction(ends, now)).await?;
        let ended: BTreeSet<LaunchId> = written.iter().map(|end| end.launch.id).collect();
        let left = chunk.iter().filter(|end| end.is_counted && !ended.contains(&end.launch.id));
        all.counters.extend(left.map(|end| counter(&end.launch)));
        let stops = written
            .into_iter()
            .filter_map(|end| Some(Stop { trust: end.launch.trust, task: end.stop?, why: end.why }));
        all.stops.extend(stops);
    }
    Ok(all)
}

fn transaction(ends: &[Ending], now: Timestamp) -> Transaction {
    let mut transaction = Transaction::default();
    let mut by_counter: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (item, end) in ends.iter().enumerate() {
        transaction.for_item(item, delete(Key::Launch(end.launch.id), end.when.clone()));
        let ended = EndedLaunch { launch: end.launch.clone(), at: now, why: end.why.clone() };
        transaction.for_item(item, put(Row::EndedLaunch(ended)));
        if let Some(job) = end.fails {
            transaction.for_item(item, failure(job, end, now));
        } else if let Some(job) = end.loses {
            transaction.for_item(item, note(job, now, Note::Lost, why::LOST.to_owned()));
        }
        if end.is_counted {
            by_counter.entry(counter(&end.launch)).or_default().push(item);
        }
    }
    for (counter, items) in by_counter {
        let taken = taken(&counter, items.iter().map(|item| &ends[*item].launch));
        let given_back = taken.into_iter().map(|(field, taken)| Set::Add(field, -taken));
        let of_node = if matches!(counter, Key::Node(_)) { of_node(ends, &items, now) } else { vec![] };
        transaction.for_items(items, set(counter, vec![When::Present], given_back.chain(of_node).collect()));
    }
    transaction
}

/// Since when it is idle is true once the last one has ended, whoever writes that.
fn of_node(ends: &[Ending], items: &[usize], now: Timestamp) -> Vec<Set> {
    let took_one = items.iter().any(|item| matches!(ends[*item].launch.state, LaunchState::Busy { .. }));
    let n_failed = items.iter().filter(|item| ends[**item].blame == Blame::Node).count();
    let mut told = vec![Set::To(field::IDLE_SINCE, now.into())];
    if took_one {
        told.push(Set::Clear(field::N_FAILED));
    } else if n_failed > 0 {
        told.push(Set::Add(field::N_FAILED, i64::try_from(n_failed).unwrap_or(0)));
    }
    told
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
