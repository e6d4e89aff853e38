//! Does what the ledger says is to be done, and writes down how that went.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use futures::stream;
use model::failing::Failing;
use model::id::{Revision, TaskId};
use model::launch::Launch;
use model::plan::Blame;
use model::rules::{PoolName, Rules};
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use super::capacity;
use super::commit::Committed;
use super::end::{Ending, Stop, write_ends};
use super::post::redeliver_all;
use super::runners::dismiss_all;
use super::tell::tell_all;
use super::{drain, failing, hung, loose, order, rerun};
use crate::error::{Chain, PortError};
use crate::port::{Ledger, Ports, Set, Started, When};
use crate::write::{Transaction, set, unchanged, write_most};

/// The provider takes a hundred at once and forty a second after that.
const STARTS_AT_ONCE: usize = 50;
/// Two rows each, of the hundred that a transaction holds.
const ASKED: usize = 50;
/// Keys of one question to the ledger.
const READ_AT_ONCE: usize = 100;

/// A call that failed is not repeated here: the launch or the order stands in the ledger, and the next
/// tick asks once more with the same token.
pub(super) async fn execute(
    ports: &Ports,
    rules: &Rules,
    todo: Committed,
    now: Timestamp,
) -> Result<(), PortError> {
    let (started, is_refused, (), (), (), (), dismissed, stopped, (), ()) = futures::join!(
        start_all(ports, todo.launches, &todo.failing, now),
        order::give_all(ports, rules, todo.orders, now),
        stop_all(ports, &todo.stops),
        drain::give_back_all(ports, rules, &todo.returns),
        loose::scrap_all(ports, &todo.scrap),
        rerun::ask(ports, todo.reruns, now),
        dismiss_all(ports, todo.dismissals, now),
        hung::stop_all(ports, todo.hung, now),
        redeliver_all(ports, todo.redeliver),
        tell_all(ports, todo.notices, now),
    );
    if started? | is_refused? | dismissed? | stopped? | todo.is_partial {
        ports.ledger.ring().await?;
    }
    Ok(())
}

/// Whether something was refused, so that its job can be planned for anew, or asked for too often.
async fn start_all(
    ports: &Ports,
    launches: Vec<Launch>,
    known: &BTreeMap<Revision, Failing>,
    now: Timestamp,
) -> Result<bool, PortError> {
    let started = stream::iter(launches).map(async |launch| (start(ports, &launch).await, launch));
    let started: Vec<(Asked, Launch)> = started.buffer_unordered(STARTS_AT_ONCE).collect().await;
    let mut asked = Vec::new();
    let mut refused = Vec::new();
    let mut short: BTreeMap<PoolName, String> = BTreeMap::new();
    let mut is_to_be_seen_again = false;
    for (outcome, launch) in started {
        match outcome {
            Asked::Answered(Started::Task(task)) => asked.push((launch, task)),
            Asked::Answered(Started::Refused(why)) => refused.push(refusal(launch, &why, Blame::Node)),
            Asked::Answered(Started::NoCapacity(why)) => {
                short.insert(launch.pool.clone(), why.clone());
                refused.push(refusal(launch, &why, Blame::Nobody));
            }
            Asked::TooOften => is_to_be_seen_again = true,
            Asked::Unknown => {}
        }
    }
    let chunks = asked
        .chunks(ASKED)
        .map(|chunk| write_most(ports.ledger.as_ref(), chunk.to_vec(), |asked| record(asked, now)));
    futures::future::try_join_all(chunks).await?;
    is_to_be_seen_again |= !refused.is_empty();
    failing::refused(ports.ledger.as_ref(), known, &mut refused, now).await?;
    for (pool, why) in short {
        capacity::remember(ports.ledger.as_ref(), &pool, &why, now).await?;
    }
    let refused = with_who_waits(ports.ledger.as_ref(), refused).await?;
    write_ends(ports.ledger.as_ref(), refused, now).await?;
    Ok(is_to_be_seen_again)
}

/// A job that another launch's runner took waits for its own no more, and does not hold up its end.
async fn with_who_waits(ledger: &dyn Ledger, mut ends: Vec<Ending>) -> Result<Vec<Ending>, PortError> {
    let jobs: Vec<Key> = ends.iter().filter_map(|end| end.fails).map(Key::Job).collect();
    let mut waited_for = BTreeSet::new();
    for jobs in jobs.chunks(READ_AT_ONCE) {
        for row in ledger.get(jobs).await?.into_iter().flatten() {
            if let Row::Job(job) = row
                && job.state.is_queued()
            {
                waited_for.extend(job.launch);
            }
        }
    }
    for end in &mut ends {
        end.fails = end.fails.filter(|_| waited_for.contains(&end.launch.id));
    }
    Ok(ends)
}

fn refusal(launch: Launch, why: &str, blame: Blame) -> Ending {
    Ending {
        when: unchanged(&launch),
        fails: launch.job,
        loses: None,
        is_counted: true,
        stop: None,
        blame,
        why: format!("its task was refused: {why}"),
        launch,
    }
}

/// What came of asking for a task.
#[derive(Debug)]
enum Asked {
    Answered(Started),
    /// The provider will take it in a moment.
    TooOften,
    /// Nobody knows whether it was started.
    Unknown,
}

async fn start(ports: &Ports, launch: &Launch) -> Asked {
    match ports.compute.start(launch).await {
        Ok(started) => Asked::Answered(started),
        Err(error @ (PortError::Refused { .. } | PortError::Denied { .. } | PortError::NotFound { .. })) => {
            tracing::error!(launch.id = %launch.id, error = %Chain(&error), "a task cannot be started");
            Asked::Answered(Started::Refused(Chain(&error).to_string()))
        }
        Err(error @ (PortError::Throttled { .. } | PortError::Transient { .. })) => {
            tracing::warn!(launch.id = %launch.id, error = %Chain(&error), "a task is asked for again at the next tick");
            if matches!(error, PortError::Throttled { .. }) { Asked::TooOften } else { Asked::Unknown }
        }
    }
}

fn record(asked: &[(Launch, TaskId)], now: Timestamp) -> Transaction {
    let mut transaction = Transaction::default();
    for (item, (launch, task)) in asked.iter().enumerate() {
        let asked = vec![
            Set::To(field::STATE, state::ASKED.into()),
            Set::To(field::TASK, task.0.as_str().into()),
            Set::To(field::ASKED_AT, now.into()),
        ];
        let planned = vec![When::Is(field::STATE, state::PLANNED.into())];
        transaction.for_item(item, set(Key::Launch(launch.id), planned, asked));
    }
    transaction
}

pub(super) async fn stop_all(ports: &Ports, stops: &[Stop]) {
    for stop in stops {
        if let Err(error) = ports.compute.stop(stop.trust, &stop.task, &stop.why).await {
            // Its launch is over: the task is told so when it asks, and goes by itself.
            tracing::warn!(task.id = %stop.task, error = %Chain(&error), "a task could not be stopped");
        }
    }
}
