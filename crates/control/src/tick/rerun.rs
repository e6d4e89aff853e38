//! Runs that have lost jobs with their machines: what has become of them, and their second chance.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use model::id::RunId;
use model::job::Note;
use model::observation::{Fate, Observation};
use model::plan::Rerun;
use model::run::{LostRun, LostState, RunState};
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use crate::error::{Chain, PortError};
use crate::port::{Change, Ledger, Ports, Reran, Set, What, When, WriteError};
use crate::write::{delete, note, set};

/// Questions to the forge at once, and in one sweep: what is not asked now is asked a minute later.
const AT_ONCE: usize = 8;
const RUNS: usize = 32;

/// What the forge says of runs that may have ended.
pub(super) async fn fates(ports: &Ports, seen: &Observation, now: Timestamp) -> BTreeMap<RunId, Fate> {
    let over = seen.runs.values().filter(|run| planner::may_have_ended(seen, run, now));
    let asked = stream::iter(over.take(RUNS)).map(async |run| match fate(ports, run).await {
        Ok(fate) => Some((run.id, fate)),
        Err(error) => {
            tracing::warn!(run.id = run.id.0, error = %Chain(&error), "a run could not be asked for");
            None
        }
    });
    asked.buffer_unordered(AT_ONCE).filter_map(async |fate| fate).collect().await
}

async fn fate(ports: &Ports, run: &LostRun) -> Result<Fate, PortError> {
    let is: RunState = ports.forge.run(&run.repository, run.id).await?;
    let mut fate = Fate { run: is, jobs: BTreeMap::new() };
    if fate.run.attempt == run.attempt && fate.run.conclusion.is_some() {
        for job in &run.jobs {
            fate.jobs.insert(*job, ports.forge.job(&run.repository, *job).await?);
        }
    }
    Ok(fate)
}

/// Two ticks that see one loss write the same; of two that see different ones, one row is enough.
pub(super) async fn lose(
    ledger: &dyn Ledger,
    seen: &Observation,
    lost: &BTreeMap<RunId, LostRun>,
) -> Result<(), PortError> {
    for run in lost.values() {
        tracing::warn!(
            run.id = run.id.0,
            n_jobs = run.jobs.len(),
            "jobs of a run are lost with their machine"
        );
        let when = match seen.runs.get(&run.id) {
            Some(known) => unchanged(known),
            None => vec![When::Absent],
        };
        let put = Change { key: Key::Run(run.id), when, what: What::Put(Box::new(Row::Run(run.clone()))) };
        is_written(ledger, &[put]).await?;
    }
    Ok(())
}

/// The runs that this tick, and no other, is to ask for.
pub(super) async fn decide(
    ledger: &dyn Ledger,
    seen: &Observation,
    reruns: &BTreeMap<RunId, Rerun>,
    now: Timestamp,
) -> Result<Vec<LostRun>, PortError> {
    let mut asks = Vec::new();
    for (id, rerun) in reruns {
        let Some(run) = seen.runs.get(id) else { continue };
        let (key, when) = (Key::Run(*id), unchanged(run));
        match rerun {
            Rerun::Ask => {
                let n = if let LostState::Asked { n, .. } = run.state { n + 1 } else { 1 };
                let asked = vec![
                    Set::To(field::STATE, state::ASKED.into()),
                    Set::To(field::ASKED_AT, now.into()),
                    Set::To(field::N, n.into()),
                ];
                if is_written(ledger, &[set(key, when, asked)]).await? {
                    asks.push(LostRun { state: LostState::Asked { at: now, n }, ..run.clone() });
                }
            }
            Rerun::Over(why) => {
                tracing::info!(run.id = id.0, why, "a run is not asked for any more");
                let told = format!("its run is not asked to run again: {why}");
                is_written(ledger, &over(run, &told, now)).await?;
            }
            Rerun::Forget => drop(is_written(ledger, &[delete(key, when)]).await?),
        }
    }
    Ok(asks)
}

/// Whatever is not answered is asked for by a later sweep, if the run is not there by then.
pub(super) async fn ask(ports: &Ports, runs: Vec<LostRun>, now: Timestamp) {
    join_all(runs.iter().map(async |run| {
        let told = match ports.forge.rerun(&run.repository, run.id).await {
            Ok(Reran::Started) => {
                tracing::info!(run.id = run.id.0, "the failed jobs of a run run again");
                "the failed jobs of its run run again".to_owned()
            }
            Ok(Reran::Refused(why)) => {
                tracing::warn!(run.id = run.id.0, why, "a run does not run again");
                format!("its run does not run again: {why}")
            }
            Err(
                error @ (PortError::Denied { .. } | PortError::Refused { .. } | PortError::NotFound { .. }),
            ) => {
                tracing::error!(run.id = run.id.0, error = %Chain(&error), "a run cannot run again: the App needs `actions: write`");
                "its run cannot run again: the App needs `actions: write`".to_owned()
            }
            Err(error @ (PortError::Throttled { .. } | PortError::Transient { .. })) => {
                tracing::warn!(run.id = run.id.0, error = %Chain(&error), "a run is asked for again at a later sweep");
                return;
            }
        };
        if let Err(error) = is_written(ports.ledger.as_ref(), &over(run, &told, now)).await {
            tracing::warn!(run.id = run.id.0, error = %Chain(&error), "the next sweep finds the new attempt");
        }
    }))
    .await;
}

/// The run is not asked for any more, and its lost jobs are told why.
fn over(run: &LostRun, told: &str, now: Timestamp) -> Vec<Change> {
    let over = vec![
        Set::To(field::STATE, state::OVER.into()),
        Set::To(field::ENDED_AT, now.into()),
        Set::Clear(field::ASKED_AT),
        Set::Clear(field::N),
    ];
    let notes = run.jobs.iter().map(|job| note(*job, now, Note::Rerun, told.to_owned()));
    [set(Key::Run(run.id), unchanged(run), over)].into_iter().chain(notes).collect()
}

/// The row as it was seen.
fn unchanged(run: &LostRun) -> Vec<When> {
    let mut when = vec![
        When::Is(field::RUN_ATTEMPT, run.attempt.into()),
        When::Is(field::JOBS, wire::ledger::job_ids(&run.jobs)),
    ];
    when.extend(match run.state {
        LostState::Waiting => vec![When::Is(field::STATE, state::WAITING.into())],
        LostState::Asked { at, n } => vec![
            When::Is(field::STATE, state::ASKED.into()),
            When::Is(field::ASKED_AT, at.into()),
            When::Is(field::N, n.into()),
        ],
        LostState::Over { at } => {
            vec![When::Is(field::STATE, state::OVER.into()), When::Is(field::ENDED_AT, at.into())]
        }
    });
    when
}

/// Somebody else may have been faster.
async fn is_written(ledger: &dyn Ledger, changes: &[Change]) -> Result<bool, PortError> {
    match ledger.write(changes).await {
        Ok(()) => Ok(true),
        Err(WriteError::Refused(_)) => Ok(false),
        Err(WriteError::Port(error)) => Err(error),
    }
}
