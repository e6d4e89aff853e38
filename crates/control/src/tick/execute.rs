//! Does what the ledger says is to be done, and writes down how that went.

use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use model::id::{InstanceId, TaskId};
use model::launch::Launch;
use model::node::{Node, NodeState, Order, PoolMemory, Refusal};
use model::rules::Rules;
use model::size::Size;
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row, TaskRow};

use super::commit::Committed;
use super::end::{Ending, Stop, write_ends};
use super::rerun;
use crate::error::{Chain, PortError};
use crate::port::{Ordered, Ports, Set, Started, When};
use crate::write::{Transaction, delete, put_new, set, unchanged, write_most};

/// The provider takes a hundred at once and forty a second after that.
const STARTS_AT_ONCE: usize = 50;
/// Two rows each, of the hundred that a transaction holds.
const ASKED: usize = 50;
/// How long an offering without capacity is not asked again; Karpenter waits as long.
const REFUSED_FOR: Duration = Duration::from_mins(3);

/// A call that failed is not repeated here: the launch or the order stands in the ledger, and the next
/// tick asks once more with the same token.
pub(super) async fn execute(
    ports: &Ports,
    rules: &Rules,
    todo: Committed,
    now: Timestamp,
) -> Result<(), PortError> {
    let (started, ordered, (), ()) = futures::join!(
        start_all(ports, todo.launches, now),
        join_all(
            todo.orders.into_iter().map(|(order, memory)| place_order(ports, rules, order, memory, now))
        ),
        stop_all(ports, &todo.stops),
        rerun::ask(ports, todo.reruns, now),
    );
    let mut is_to_be_seen_again = started? || todo.is_partial;
    for ordered in ordered {
        is_to_be_seen_again |= ordered?;
    }
    if is_to_be_seen_again {
        ports.ledger.ring().await?;
    }
    Ok(())
}

/// Whether something was refused, so that its job can be planned for anew, or asked for too often.
async fn start_all(ports: &Ports, launches: Vec<Launch>, now: Timestamp) -> Result<bool, PortError> {
    let started = stream::iter(launches).map(async |launch| (start(ports, &launch).await, launch));
    let started: Vec<(Asked, Launch)> = started.buffer_unordered(STARTS_AT_ONCE).collect().await;
    let mut asked = Vec::new();
    let mut refused = Vec::new();
    let mut is_to_be_seen_again = false;
    for (outcome, launch) in started {
        match outcome {
            Asked::Answered(Started::Task(task)) => asked.push((launch, task)),
            Asked::Answered(Started::Refused(why)) => refused.push(Ending {
                when: unchanged(&launch),
                fails: launch.job,
                has_node: true,
                stop: None,
                why: format!("its task was refused: {why}"),
                launch,
            }),
            Asked::TooOften => is_to_be_seen_again = true,
            Asked::Unknown => {}
        }
    }
    let chunks = asked
        .chunks(ASKED)
        .map(|chunk| write_most(ports.ledger.as_ref(), chunk.to_vec(), |asked| record(asked, now)));
    futures::future::try_join_all(chunks).await?;
    is_to_be_seen_again |= !refused.is_empty();
    write_ends(ports.ledger.as_ref(), refused, now).await?;
    Ok(is_to_be_seen_again)
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
        let row = TaskRow { task: task.clone(), launch: launch.id, at: now };
        transaction.for_item(item, put_new(Row::Task(row)));
    }
    transaction
}

/// Whether something was refused, so that the next tick tries another zone.
async fn place_order(
    ports: &Ports,
    rules: &Rules,
    order: Order,
    memory: PoolMemory,
    now: Timestamp,
) -> Result<bool, PortError> {
    let ordered = match ports.compute.order(&order).await {
        Ok(ordered) => ordered,
        Err(error @ (PortError::Throttled { .. } | PortError::Transient { .. })) => {
            tracing::warn!(order.id = %order.id, error = %Chain(&error), "an order is given again at the next tick");
            return Ok(matches!(error, PortError::Throttled { .. }));
        }
        Err(error @ (PortError::Refused { .. } | PortError::Denied { .. } | PortError::NotFound { .. })) => {
            tracing::error!(order.id = %order.id, error = %Chain(&error), "an order cannot be given");
            Ordered { instances: vec![], refused: Some(Chain(&error).to_string()) }
        }
    };
    let Ordered { instances, refused } = ordered;
    let is_refused = refused.is_some() || instances.is_empty();
    let why = refused.unwrap_or_else(|| "nothing was launched, and no reason given".to_owned());
    if is_refused {
        tracing::warn!(pool.name = %order.id.pool, zone = %order.zone, why, "an offering has no capacity");
    }
    let size = rules.pools.get(&order.id.pool).map_or(Size::default(), |pool| pool.node);
    let mut refusals: Vec<Refusal> = memory
        .refusals
        .into_iter()
        .filter(|refusal| now < refusal.until && refusal.zone != order.zone)
        .collect();
    if is_refused {
        refusals.push(Refusal { zone: order.zone.clone(), until: now.after(REFUSED_FOR), why });
    }
    settle(ports, &order, instances, refusals, size, now).await?;
    Ok(is_refused)
}

/// The order becomes nodes, even those that a sweep has adopted meanwhile.
async fn settle(
    ports: &Ports,
    order: &Order,
    instances: Vec<InstanceId>,
    refusals: Vec<Refusal>,
    size: Size,
    now: Timestamp,
) -> Result<(), PortError> {
    let is_nothing = instances.is_empty();
    let closed = |nodes: &[InstanceId]| {
        let mut transaction = Transaction::default();
        transaction.for_all(delete(Key::Order(order.id.clone()), vec![When::Present]));
        let known = Set::To(field::REFUSALS, wire::ledger::refusals(&refusals));
        transaction.for_all(set(Key::Pool(order.id.pool.clone()), vec![], vec![known]));
        for (item, id) in nodes.iter().enumerate() {
            let node = Node {
                id: id.clone(),
                pool: order.id.pool.clone(),
                zone: order.zone.clone(),
                state: NodeState::Ordered,
                version: 0,
                size,
                used: Size::default(),
                n_launches: 0,
                ordered_at: now,
                ready_at: None,
                cordon: None,
            };
            transaction.for_item(item, put_new(Row::Node(node)));
        }
        transaction
    };
    let written = write_most(ports.ledger.as_ref(), instances, closed).await?;
    if written.is_empty() && !is_nothing {
        tracing::warn!(order.id = %order.id, "the nodes of an order are known already");
    }
    Ok(())
}

async fn stop_all(ports: &Ports, stops: &[Stop]) {
    for stop in stops {
        if let Err(error) = ports.compute.stop(stop.trust, &stop.task, &stop.why).await {
            // Its launch is over: the task is told so when it asks, and goes by itself.
            tracing::warn!(task.id = %stop.task, error = %Chain(&error), "a task could not be stopped");
        }
    }
}
