//! Writes a plan down before anything of it is done.

use std::collections::BTreeMap;

use model::failing::Failing;
use model::id::{InstanceId, JobId, LaunchId, Revision};
use model::job::{Note, Repository, Waited};
use model::launch::Launch;
use model::node::{Node, PoolMemory};
use model::observation::Observation;
use model::plan::{Assign, End, NewLaunch, Placement, Plan, Redeliver, Repair, Stand};
use model::reason::Reason;
use model::run::LostRun;
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use super::counter::taken;
use super::drain::{self, Return};
use super::end::{Ending, Stop, write_ends};
use super::order::{self, PoolOrders};
use super::runners::{self, Dismissal};
use super::trust::{self, Learnt};
use super::{cordon, failing, hung, price, rerun, settle, spend, standby, tell};
use crate::error::PortError;
use crate::port::{Change, Ledger, Notice, Set, When, WriteError};
use crate::why;
use crate::write::{Transaction, delete, note, put, put_new, set, unchanged, write_most};

/// A transaction holds a hundred rows. A placement is two of them, beside the one that counts it.
const PLACEMENTS: usize = 49;
/// A reason is two of them: the job's, and that of its story.
const REASONS: usize = 49;

/// What the ledger now says is to be done.
#[derive(Debug, Default)]
pub(super) struct Committed {
    pub(super) launches: Vec<Launch>,
    pub(super) orders: Vec<PoolOrders>,
    pub(super) stops: Vec<Stop>,
    pub(super) dismissals: Vec<Dismissal>,
    /// Launches that are over once their task is stopped.
    pub(super) hung: Vec<Ending>,
    pub(super) redeliver: Option<Redeliver>,
    pub(super) notices: Vec<(Repository, Notice)>,
    /// What is remembered of task definitions that failed to start.
    pub(super) failing: BTreeMap<Revision, Failing>,
    /// What each pool is to be held at, and its nodes that are to be ended.
    pub(super) returns: Vec<Return>,
    /// Machines that no group has.
    pub(super) scrap: Vec<InstanceId>,
    /// Runs whose failed jobs are to run again.
    pub(super) reruns: Vec<LostRun>,
    pub(super) is_partial: bool,
}

/// What gives room comes before what takes it; a step that cannot be written ends the tick, for the
/// steps behind it count on it.
pub(super) async fn commit(
    ledger: &dyn Ledger,
    seen: &Observation,
    learnt: &Learnt,
    plan: &Plan,
    now: Timestamp,
) -> Result<Committed, PortError> {
    let failing = failing::known(seen, plan);
    let mut committed = Committed { is_partial: plan.is_partial, failing, ..Committed::default() };
    settle::running(ledger, seen, &plan.settle, now).await?;
    runners::busy(ledger, seen, &plan.busy, now).await?;
    settle::others(ledger, seen, &plan.settle, now).await?;
    futures::future::try_join_all(plan.repair.iter().map(|(node, what)| repair(ledger, node, what, now)))
        .await?;
    cordon::write(ledger, &plan.cordon).await?;
    runners::scopes(ledger, plan, now).await?;
    failing::breakers(ledger, seen, &plan.breakers).await?;
    failing::write(ledger, seen, &plan.failing).await?;
    spend::write(ledger, seen, &plan.spend).await?;
    price::write(ledger, plan.prices.as_ref()).await?;
    // Whoever ends these launches must not have forgotten what they cost.
    rerun::lose(ledger, seen, &plan.lose).await?;
    committed.reruns = rerun::decide(ledger, seen, &plan.rerun, now).await?;
    let ends = write_ends(ledger, endings(seen, plan, &plan.end), now).await?;
    committed.stops = ends.stops;
    committed.stops.extend(plan.stop.iter().map(|(task, stop)| Stop {
        trust: stop.trust,
        task: task.clone(),
        why: stop.why.clone(),
    }));
    hung::note(ledger, seen, &plan.over, now).await?;
    committed.hung = endings(seen, plan, &plan.hung);
    committed.redeliver.clone_from(&plan.redeliver);
    committed.notices = tell::notices(seen, &plan.tell);
    committed.dismissals = runners::dismissals(seen, plan);
    assigns(ledger, seen, learnt, &plan.assign, now).await?;
    let on_nodes = plan.place.iter().map(|(node, placement)| (Key::Node(node.clone()), placement));
    let in_pools = plan.serverless.iter().map(|(pool, placement)| (Key::Pool(pool.clone()), placement));
    // Whoever counts on an end that gave way has not the room.
    let has_room = |counter: &Key| !ends.counters.contains(counter);
    let with_room = on_nodes.chain(in_pools).filter(|(counter, _)| has_room(counter));
    let placed = with_room.map(|(counter, placement)| place(ledger, counter, placement));
    committed.launches = futures::future::try_join_all(placed).await?.concat();
    // A job that was dropped has moved on, and may have left another without its launch.
    let n_planned: usize = plan.place.values().map(|placement| placement.launches.len()).sum();
    committed.is_partial |= committed.launches.len() < n_planned;
    let drained = drain::write(ledger, &plan.drain).await?;
    drain::refuse(ledger, seen, &plan.refuse).await?;
    committed.returns = drain::returns(seen, plan, &drained);
    committed.scrap = plan.scrap.keys().cloned().collect();
    committed.orders = order::write(ledger, seen, plan).await?;
    let stood = standby::write(ledger, plan, &ends.counters).await?;
    committed.is_partial |= stood.len() < plan.standby.values().map(Stand::n_launches).sum();
    committed.launches.extend(stood);
    explain(ledger, learnt, &plan.explain, now).await?;
    trust::write(ledger, learnt, plan).await?;
    Ok(committed)
}

async fn repair(
    ledger: &dyn Ledger,
    node: &InstanceId,
    what: &Repair,
    now: Timestamp,
) -> Result<(), PortError> {
    let key = Key::Node(node.clone());
    let change = match what {
        Repair::Adopt(node) => put_new(Row::Node(Node::clone(node))),
        Repair::Ready(size) => set(
            key,
            vec![When::Is(field::STATE, state::ORDERED.into())],
            vec![
                Set::To(field::STATE, state::READY.into()),
                Set::To(field::READY_AT, now.into()),
                Set::To(field::IDLE_SINCE, now.into()),
                Set::To(field::CPU, size.cpu.0.into()),
                Set::To(field::MEMORY, size.memory.0.into()),
                Set::Add(field::VERSION, 1),
            ],
        ),
        Repair::Lost => set(
            key,
            vec![When::Is(field::STATE, state::READY.into()), When::Lacks(field::LOST_AT)],
            vec![Set::To(field::LOST_AT, now.into()), Set::Add(field::VERSION, 1)],
        ),
        Repair::Found => set(
            key,
            vec![When::Is(field::STATE, state::READY.into())],
            vec![Set::Clear(field::LOST_AT), Set::Add(field::VERSION, 1)],
        ),
        Repair::Gone => delete(key, vec![When::Present]),
    };
    write_if_true(ledger, &[change]).await
}

/// Somebody else may have been faster: then it is as it should be.
pub(super) async fn write_if_true(ledger: &dyn Ledger, changes: &[Change]) -> Result<(), PortError> {
    match ledger.write(changes).await {
        Ok(()) | Err(WriteError::Refused(_)) => Ok(()),
        Err(WriteError::Port(error)) => Err(error),
    }
}

/// What ends write of launches that are still there.
pub(super) fn endings<'a>(
    seen: &Observation,
    plan: &Plan,
    ends: impl IntoIterator<Item = &'a End>,
) -> Vec<Ending> {
    let endings = ends.into_iter().filter_map(|end| {
        let launch = seen.launches.get(&end.launch)?;
        let is_gone = |node: &InstanceId| plan.repair.get(node) == Some(&Repair::Gone);
        Some(Ending {
            launch: Launch::clone(launch),
            when: if end.stop.is_some() { unchanged(launch) } else { vec![When::Present] },
            fails: end.fails,
            loses: end.loses,
            // Its row is deleted by now, if this plan has found the node gone.
            is_counted: launch
                .node
                .as_ref()
                .is_none_or(|node| seen.nodes.contains_key(node) && !is_gone(node)),
            stop: end.stop.clone(),
            blame: end.blame,
            why: end.why.clone(),
        })
    });
    endings.collect()
}

async fn assigns(
    ledger: &dyn Ledger,
    seen: &Observation,
    learnt: &Learnt,
    assigns: &[Assign],
    now: Timestamp,
) -> Result<(), PortError> {
    let written = assigns.iter().map(async |assign| {
        let job = set(
            Key::Job(assign.job),
            vec![When::Is(field::STATE, state::QUEUED.into()), launch_is(assign.instead_of)],
            [
                Set::To(field::LAUNCH, assign.launch.to_string().into()),
                Set::Clear(field::REASON),
                Set::Clear(field::REASON_CODE),
            ]
            .into_iter()
            .chain(trust::told(learnt, assign.job))
            .collect(),
        );
        let launch = set(
            Key::Launch(assign.launch),
            unchanged(&seen.launches[&assign.launch]),
            vec![Set::To(field::JOB, assign.job.0.into())],
        );
        let given = note(assign.job, now, Note::Given, why::given(assign.launch));
        write_if_true(ledger, &[job, launch, given]).await
    });
    futures::future::try_join_all(written).await?;
    Ok(())
}

async fn place(ledger: &dyn Ledger, counter: Key, placement: &Placement) -> Result<Vec<Launch>, PortError> {
    let mut placed = Vec::new();
    // Each transaction moves the row on by one.
    for (version, chunk) in (placement.version..).zip(placement.launches.chunks(PLACEMENTS)) {
        let written =
            write_most(ledger, chunk.to_vec(), |launches| placing(&counter, version, launches)).await?;
        if written.is_empty() {
            break;
        }
        placed.extend(written.into_iter().map(|new| new.launch));
    }
    Ok(placed)
}

fn placing(counter: &Key, version: u64, launches: &[NewLaunch]) -> Transaction {
    let mut transaction = Transaction::default();
    if launches.is_empty() {
        return transaction;
    }
    for (item, NewLaunch { launch, instead_of }) in launches.iter().enumerate() {
        let Some(job) = launch.job else { continue };
        transaction.for_item(
            item,
            set(
                Key::Job(job),
                vec![
                    When::Is(field::STATE, state::QUEUED.into()),
                    When::Lacks(field::DOUBTED_AT),
                    launch_is(*instead_of),
                ],
                vec![
                    Set::To(field::LAUNCH, launch.id.to_string().into()),
                    Set::To(field::N_LAUNCHES, launch.id.n.into()),
                    Set::To(field::TRUST, launch.trust.name().into()),
                    Set::Clear(field::REASON),
                    Set::Clear(field::REASON_CODE),
                ],
            ),
        );
        transaction.for_item(item, put_new(Row::Launch(launch.clone())));
    }
    transaction.for_all(counting(counter, version, launches));
    transaction
}

/// The row that had the room still has the version that was seen. A pool without nodes gets its row
/// with its first launches.
pub(super) fn counting(counter: &Key, version: u64, launches: &[NewLaunch]) -> Change {
    if let (Key::Pool(name), 0) = (counter, version) {
        let n_launches = u32::try_from(launches.len()).expect("a chunk is small");
        return put_new(Row::Pool(PoolMemory { n_launches, ..PoolMemory::first(name.clone()) }));
    }
    let mut when = vec![When::Is(field::VERSION, version.into())];
    if matches!(counter, Key::Node(_)) {
        when.push(When::Is(field::STATE, state::READY.into()));
    }
    let taken = taken(counter, launches.iter().map(|new| &new.launch));
    let counted = taken.into_iter().chain([(field::VERSION, 1)]).map(|(field, by)| Set::Add(field, by));
    set(counter.clone(), when, counted.collect())
}

fn launch_is(launch: Option<LaunchId>) -> When {
    match launch {
        Some(launch) => When::Is(field::LAUNCH, launch.to_string().into()),
        None => When::Lacks(field::LAUNCH),
    }
}

/// Many reasons in one transaction; a job that has moved on needs none.
async fn explain(
    ledger: &dyn Ledger,
    learnt: &Learnt,
    reasons: &BTreeMap<JobId, Reason>,
    now: Timestamp,
) -> Result<(), PortError> {
    let reasons: Vec<_> = reasons.iter().collect();
    for chunk in reasons.chunks(REASONS) {
        write_most(ledger, chunk.to_vec(), |reasons| {
            let mut transaction = Transaction::default();
            for (item, (job, reason)) in reasons.iter().enumerate() {
                let told = [
                    Set::To(field::REASON_CODE, reason.code.as_str().into()),
                    Set::To(field::REASON, reason.text.as_str().into()),
                ];
                let told = told.into_iter().chain(trust::told(learnt, **job)).collect();
                let queued = When::Is(field::STATE, state::QUEUED.into());
                transaction.for_item(item, set(Key::Job(**job), vec![queued], told));
                let waited = Waited { job: **job, at: now, reason: Reason::clone(reason) };
                transaction.for_item(item, put(Row::Waited(waited)));
            }
            transaction
        })
        .await?;
    }
    Ok(())
}
