//! Takes what the forge tells us into the ledger, in any order, any number of times.

use model::id::{JobId, LaunchId, RunnerName};
use model::job::{Ended, Job, JobState, Note, Noted};
use model::label::{self, Verdict};
use model::rules::Rules;
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use crate::error::PortError;
use crate::event::Event;
use crate::port::{Change, Ledger, Refused, Set, What, When, WriteError};
use crate::why;

/// What became of an event. All but an error mean: it is in the ledger, or there is nothing to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// Another runner's labels: not a single call was made.
    Foreign,
    New,
    /// The ledger knew it, or knows better.
    Known,
    /// It does not agree with the ledger: the next tick asks the forge.
    Doubted,
}

pub async fn admit(
    ledger: &dyn Ledger,
    rules: &Rules,
    event: &Event,
    now: Timestamp,
) -> Result<Admitted, PortError> {
    if label::parse(event.labels(), rules.min_version.as_ref()) == Verdict::Foreign {
        return Ok(Admitted::Foreign);
    }
    match event {
        Event::Queued(job) => queued(ledger, job, now).await,
        Event::Waiting { job, .. } => {
            doubt(ledger, *job, When::Is(field::STATE, state::QUEUED.into()), now).await
        }
        Event::InProgress { job, runner, at } => in_progress(ledger, job, *runner, *at, now).await,
        Event::Completed(ended) => completed(ledger, ended, now).await,
    }
}

/// Rings even for a job that is known: the first delivery may have been stopped before its bell.
async fn queued(ledger: &dyn Ledger, job: &Job, now: Timestamp) -> Result<Admitted, PortError> {
    let changes = [check(Key::Tombstone(job.id)), put_new(Row::Job(job.clone()))];
    let refused = match ledger.write(&changes).await {
        Ok(()) => {
            ledger.ring().await?;
            return Ok(Admitted::New);
        }
        Err(WriteError::Refused(refused)) => refused,
        Err(WriteError::Port(error)) => return Err(error),
    };
    match at(&refused, 0) {
        Some(Some(Row::Tombstone(ended))) if ended.has_run => Ok(Admitted::Known),
        // Its end came first and nobody saw it run: the end may be the lie.
        Some(_) => {
            let doubted = Job { doubted_at: Some(now), ..job.clone() };
            unless_refused(ledger, &[put_new(Row::Job(doubted))]).await?;
            ledger.ring().await?;
            Ok(Admitted::Doubted)
        }
        None => {
            ledger.ring().await?;
            Ok(Admitted::Known)
        }
    }
}

/// A job that is known has had its tick, or has it coming: whoever took it, the bell is not needed. A launch
/// that finds its job gone is given another when it claims.
async fn in_progress(
    ledger: &dyn Ledger,
    job: &Job,
    runner: Option<RunnerName>,
    at_: Timestamp,
    now: Timestamp,
) -> Result<Admitted, PortError> {
    let mut is_known = true;
    let mut taker = runner;
    loop {
        let mut changes = vec![check(Key::Tombstone(job.id)), running(job, runner, is_known, at_)];
        changes.extend(taker.map(|name| busy(name.launch, job.id, at_)));
        let refused = match ledger.write(&changes).await {
            Ok(()) => break,
            Err(WriteError::Refused(refused)) => refused,
            Err(WriteError::Port(error)) => return Err(error),
        };
        if at(&refused, 0).is_some() {
            return Ok(Admitted::Known);
        }
        if matches!(at(&refused, 2), Some(Some(Row::Launch(_)))) {
            return unproven(ledger, job, now).await;
        }
        is_known &= at(&refused, 1).is_none();
        // The launch is over already: the job runs all the same.
        taker = taker.filter(|_| at(&refused, 2).is_none());
    }
    if !is_known || taker.is_none() {
        ledger.ring().await?;
    }
    Ok(Admitted::New)
}

/// Said to run where no runner of ours can be: whatever it is, the forge is asked before it counts.
async fn unproven(ledger: &dyn Ledger, job: &Job, now: Timestamp) -> Result<Admitted, PortError> {
    let doubted = Job { doubted_at: Some(now), state: JobState::Queued, ..job.clone() };
    if unless_refused(ledger, &[check(Key::Tombstone(job.id)), put_new(Row::Job(doubted))]).await? {
        ledger.ring().await?;
        return Ok(Admitted::Doubted);
    }
    doubt(ledger, job.id, When::Present, now).await
}

/// Believed at once of a job that was seen to run on the very runner of ours that has ended it: nothing is
/// stopped for that. Of any other the forge is asked.
async fn completed(ledger: &dyn Ledger, ended: &Ended, now: Timestamp) -> Result<Admitted, PortError> {
    let Some(runner) = ended.runner.as_deref().filter(|name| RunnerName::parse(name).is_some()) else {
        return unseen(ledger, ended, now).await;
    };
    let over = Change {
        key: Key::Job(ended.id),
        when: vec![When::Is(field::STATE, state::RUNNING.into()), When::Is(field::RUNNER, runner.into())],
        what: What::Delete,
    };
    let seen_running = Ended { has_run: true, ..ended.clone() };
    let refused = match ledger.write(&[over, put_new(Row::Tombstone(seen_running))]).await {
        Ok(()) => return Ok(Admitted::New),
        Err(WriteError::Refused(refused)) => refused,
        Err(WriteError::Port(error)) => return Err(error),
    };
    let Some(found) = at(&refused, 1) else { return unseen(ledger, ended, now).await };
    if let Some(Row::Tombstone(known)) = found {
        contradicted(ledger, known, ended).await?;
    }
    Ok(Admitted::Known)
}

/// A job ends once. Whichever event is the lie, nothing follows from either: its story tells both.
async fn contradicted(ledger: &dyn Ledger, known: &Ended, ended: &Ended) -> Result<(), PortError> {
    let is_other = known.ended_at != ended.ended_at || known.conclusion != ended.conclusion;
    if is_other && known.ended_at.is_whole_second() {
        let text = why::ended_by_event(ended);
        let noted = Noted { job: ended.id, at: ended.ended_at, what: Note::Ended, text };
        unless_refused(ledger, &[put_new(Row::Noted(noted))]).await?;
    }
    Ok(())
}

/// Never heard of, it was skipped, cancelled at once, or its first event is still on the way. If it is known,
/// the forge is asked whether it still waits or runs by now, for this event is told only once.
async fn unseen(ledger: &dyn Ledger, ended: &Ended, now: Timestamp) -> Result<Admitted, PortError> {
    let unseen = Ended { has_run: false, ..ended.clone() };
    let absent = Change { key: Key::Job(ended.id), when: vec![When::Absent], what: What::Check };
    let refused = match ledger.write(&[absent, put_new(Row::Tombstone(unseen))]).await {
        Ok(()) => return Ok(Admitted::New),
        Err(WriteError::Refused(refused)) => refused,
        Err(WriteError::Port(error)) => return Err(error),
    };
    if at(&refused, 0).is_none() {
        return Ok(Admitted::Known);
    }
    doubt(ledger, ended.id, When::Present, now).await
}

/// Marks a job that may no longer be what the ledger says, once more if it was marked before: an answer to
/// the first doubt may be older than the second. A job that is not there needs no mark.
async fn doubt(ledger: &dyn Ledger, job: JobId, when: When, now: Timestamp) -> Result<Admitted, PortError> {
    let doubted = What::Set(vec![Set::To(field::DOUBTED_AT, now.into())]);
    let mark = Change { key: Key::Job(job), when: vec![when], what: doubted };
    if !unless_refused(ledger, &[mark]).await? {
        return Ok(Admitted::Known);
    }
    ledger.ring().await?;
    Ok(Admitted::Doubted)
}

/// The whole row as the event tells it, and nothing of what only the ledger knows: an update makes the
/// row of a job whose first event was lost and leaves the others their launches.
fn running(job: &Job, runner: Option<RunnerName>, is_known: bool, at: Timestamp) -> Change {
    let item = Row::Job(job.clone()).to_item();
    let told = item.into_iter().filter(|(name, _)| name != field::STATE && name != field::N_LAUNCHES);
    let mut set: Vec<Set> = told.filter_map(|(name, value)| Some(Set::To(known(&name)?, value))).collect();
    set.push(Set::To(field::STATE, state::RUNNING.into()));
    set.push(Set::To(field::STARTED_AT, at.into()));
    set.push(match runner {
        Some(name) => Set::To(field::RUNNER, name.to_string().into()),
        None => Set::Clear(field::RUNNER),
    });
    // A doubt stays: it may come from the event that followed this one, and was faster.
    set.extend([field::REASON, field::REASON_CODE].map(Set::Clear));
    let when = if is_known { vec![When::Present] } else { vec![] };
    Change { key: Key::Job(job.id), when, what: What::Set(set) }
}

/// What an event tells of a job, by the names that an update says.
fn known(name: &str) -> Option<&'static str> {
    const TOLD: [&str; 10] = [
        field::RUN,
        field::RUN_ATTEMPT,
        field::REPOSITORY_ID,
        field::INSTALLATION,
        field::OWNER,
        field::REPOSITORY,
        field::IS_ORGANIZATION,
        field::IS_PRIVATE,
        field::LABELS,
        field::QUEUED_AT,
    ];
    TOLD.into_iter().find(|told| *told == name)
}

fn busy(launch: LaunchId, took: JobId, at: Timestamp) -> Change {
    Change {
        key: Key::Launch(launch),
        // A launch that has claimed nothing has no runner.
        when: vec![When::Has(field::ATTEMPT)],
        what: What::Set(vec![
            Set::To(field::STATE, state::BUSY.into()),
            Set::To(field::TOOK, took.0.into()),
            Set::To(field::BUSY_AT, at.into()),
            Set::Clear(field::OVER_AT),
        ]),
    }
}

fn check(key: Key) -> Change {
    Change { key, when: vec![When::Absent], what: What::Check }
}

fn put_new(row: Row) -> Change {
    Change { key: row.key(), when: vec![When::Absent], what: What::Put(Box::new(row)) }
}

/// Whether it was written.
async fn unless_refused(ledger: &dyn Ledger, changes: &[Change]) -> Result<bool, PortError> {
    match ledger.write(changes).await {
        Ok(()) => Ok(true),
        Err(WriteError::Refused(_)) => Ok(false),
        Err(WriteError::Port(error)) => Err(error),
    }
}

/// What stood at a change that was refused; nothing, if that change was not.
fn at(refused: &[Refused], index: usize) -> Option<Option<&Row>> {
    refused.iter().find(|refused| refused.index == index).map(|refused| refused.found.as_ref())
}
