//! What a started task gets when it asks for its work.

mod decide;

use std::time::Duration;

use model::id::{JobId, LaunchId, TaskId};
use model::job::{Job, JobState, Note, Repository};
use model::launch::{Launch, LaunchState};
use model::registration::Scope;
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use crate::error::{Chain, PortError};
use crate::port::{Forge, JitConfig, Ledger, Removed, Set, When, WriteError};
use crate::why;
use crate::write::{check, note, set};
use decide::{Decision, decide};

/// How soon to ask again: the scaler writes down what it has started within this.
const SOON: Duration = Duration::from_secs(1);

/// How soon one asks again that has no job yet, and may have none for hours: each question costs.
const STANDING: Duration = Duration::from_secs(2);

/// Whoever holds the task's identity asks, and proves to be the same each time by the nonce.
#[derive(Clone, Debug)]
pub struct Claimant {
    pub task: TaskId,
    /// As the task was told when it was started; what it says is checked, for anything may say it.
    pub launch: LaunchId,
    pub nonce_hash: String,
}

#[derive(Clone, Debug)]
pub enum Claimed {
    Run {
        runner: model::id::RunnerName,
        config: JitConfig,
    },
    /// Nothing yet. Waiting is no attempt.
    Wait(Duration),
    /// The same, for as long as it takes: it was started before there was a job for it.
    Stand(Duration),
    /// The launch is over, and there is no work.
    End(String),
    /// Somebody else's, or too often.
    Refused(String),
}

impl Claimed {
    /// As logs name it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Run { .. } => "run",
            Self::Wait(_) => "wait",
            Self::Stand(_) => "stand",
            Self::End(_) => "end",
            Self::Refused(_) => "refused",
        }
    }
}

/// Registers a runner for the job that the task's launch serves, if it still waits.
///
/// An error means that nobody knows whether a runner was registered: the same claimant asks again and
/// gets a fresh one, and the earlier one is removed.
pub async fn claim(
    ledger: &dyn Ledger,
    forge: &dyn Forge,
    by: &Claimant,
    now: Timestamp,
) -> Result<Claimed, PortError> {
    let (launch, job) = launch_and_job(ledger, by.launch).await?;
    match decide(launch.as_ref(), job.as_ref(), by, now) {
        Decision::Wait => Ok(Claimed::Wait(SOON)),
        Decision::Stand => Ok(Claimed::Stand(STANDING)),
        Decision::End => Ok(Claimed::End("this launch is over".to_owned())),
        Decision::Refuse(why) => Ok(Claimed::Refused(why.to_owned())),
        Decision::Release { launch, job: serves } => match left_behind(ledger, launch, job.as_ref()).await? {
            Some((other, job)) => {
                let work = Work { launch, job: &job, serves, instead_of: Some(other), attempt: 1 };
                grant(ledger, forge, by, &work, now).await
            }
            None => {
                release(ledger, launch, serves).await?;
                Ok(Claimed::Wait(SOON))
            }
        },
        Decision::Grant { launch, job, attempt } => {
            let work = Work { launch, job, serves: job.id, instead_of: None, attempt };
            grant(ledger, forge, by, &work, now).await
        }
    }
}

/// Whether it is this launch's task, as the ledger has it.
pub async fn is_task_of(ledger: &dyn Ledger, task: &TaskId, launch: LaunchId) -> Result<bool, PortError> {
    let row = ledger.get(&[Key::Launch(launch)]).await?.pop().flatten();
    Ok(matches!(row, Some(Row::Launch(launch)) if launch.state.task() == Some(task)))
}

/// The job is nearly always the one that the launch was started for, so both are asked for at once.
async fn launch_and_job(
    ledger: &dyn Ledger,
    id: LaunchId,
) -> Result<(Option<Launch>, Option<Job>), PortError> {
    let mut launch = None;
    let mut job = None;
    for row in ledger.get(&[Key::Launch(id), Key::Job(id.job)]).await?.into_iter().flatten() {
        match row {
            Row::Launch(row) => launch = Some(row),
            Row::Job(row) => job = Some(row),
            Row::Node(_)
            | Row::Order(_)
            | Row::Pool(_)
            | Row::Scope(_)
            | Row::Deliveries(_)
            | Row::SpotPrices(_)
            | Row::Run(_)
            | Row::Failing(_)
            | Row::Tombstone(_)
            | Row::EndedLaunch(_)
            | Row::Waited(_)
            | Row::Noted(_) => {}
        }
    }
    let Some(serves) = launch.as_ref().and_then(|launch| launch.job).filter(|serves| *serves != id.job)
    else {
        return Ok((launch, job));
    };
    let other = match ledger.get(&[Key::Job(serves)]).await?.pop().flatten() {
        Some(Row::Job(job)) => Some(job),
        Some(_) | None => None,
    };
    Ok((launch, other))
}

/// What a launch is given.
#[derive(Debug)]
struct Work<'a> {
    launch: &'a Launch,
    job: &'a Job,
    /// The job that the launch was written down to serve.
    serves: JobId,
    /// The launch that the job had and that took the other one.
    instead_of: Option<LaunchId>,
    attempt: u32,
}

/// Jobs of the same labels take each other's runners: whose runner took this launch's job has left its own
/// behind. It is found here and now; a tick would find the same.
async fn left_behind(
    ledger: &dyn Ledger,
    launch: &Launch,
    gone: Option<&Job>,
) -> Result<Option<(LaunchId, Job)>, PortError> {
    let LaunchState::Asked { .. } = launch.state else { return Ok(None) };
    let Some(Job { id, state: JobState::Running { runner: Some(runner), .. }, .. }) = gone else {
        return Ok(None);
    };
    let (taker, left) = launch_and_job(ledger, runner.launch).await?;
    let is_alike = taker.is_some_and(|taker| {
        taker.labels == launch.labels
            && taker.trust == launch.trust
            && matches!(taker.state, LaunchState::Busy { took, .. } if took == Some(*id))
    });
    let waits = |job: &Job| {
        job.state.is_queued()
            && job.launch == Some(runner.launch)
            && job.doubted_at.is_none()
            && job.id != *id
    };
    Ok(left.filter(|job| is_alike && waits(job)).map(|job| (runner.launch, job)))
}

/// The next tick gives the launch another job, or ends it.
async fn release(ledger: &dyn Ledger, launch: &Launch, job: JobId) -> Result<(), PortError> {
    let serves = vec![When::Is(field::JOB, job.0.into())];
    match ledger.write(&[set(Key::Launch(launch.id), serves, vec![Set::Clear(field::JOB)])]).await {
        Ok(()) | Err(WriteError::Refused(_)) => ledger.ring().await,
        Err(WriteError::Port(error)) => Err(error),
    }
}

async fn grant(
    ledger: &dyn Ledger,
    forge: &dyn Forge,
    by: &Claimant,
    work: &Work<'_>,
    now: Timestamp,
) -> Result<Claimed, PortError> {
    if !take(ledger, by, work, now).await? {
        return Ok(Claimed::Wait(SOON));
    }
    let Work { launch, job, attempt, .. } = *work;
    for earlier in 1..attempt {
        if forge.remove(&Scope::of(&job.repository), launch.runner(earlier)).await? == Removed::Busy {
            return Ok(Claimed::Refused("an earlier runner of this task is at work".to_owned()));
        }
    }
    let runner = launch.runner(attempt);
    match forge.register(&job.repository, runner, &job.labels).await {
        Ok(config) => Ok(Claimed::Run { runner, config }),
        Err(PortError::Throttled { retry_after, source }) => {
            tracing::warn!(launch.id = %launch.id, error = %source, "the forge takes no registration now");
            give_back(ledger, launch, attempt).await?;
            Ok(Claimed::Wait(retry_after.unwrap_or(SOON).max(SOON)))
        }
        Err(error) => Err(refused(&job.repository, error)),
    }
}

fn refused(repository: &Repository, error: PortError) -> PortError {
    tracing::error!(repository = repository.full_name(), error = %Chain(&error), "no runner could be registered");
    error
}

/// Written before the forge is asked: whoever comes second finds it taken.
async fn take(
    ledger: &dyn Ledger,
    by: &Claimant,
    work: &Work<'_>,
    now: Timestamp,
) -> Result<bool, PortError> {
    let Work { launch, job, serves, instead_of, attempt } = *work;
    let mut when =
        vec![When::Is(field::JOB, serves.0.into()), When::Is(field::TASK, by.task.0.as_str().into())];
    let mut sets = vec![
        Set::To(field::ATTEMPT, attempt.into()),
        Set::To(field::JOB, job.id.0.into()),
        Set::To(field::SCOPE, Scope::of(&job.repository).id.0.into()),
    ];
    if attempt == 1 {
        when.push(When::Is(field::STATE, state::ASKED.into()));
        sets.extend([
            Set::To(field::STATE, state::CLAIMED.into()),
            Set::To(field::NONCE_HASH, by.nonce_hash.as_str().into()),
            Set::To(field::CLAIMED_AT, now.into()),
        ]);
    } else {
        when.push(When::Is(field::STATE, state::CLAIMED.into()));
        when.push(When::Is(field::NONCE_HASH, by.nonce_hash.as_str().into()));
        when.push(When::Is(field::ATTEMPT, (attempt - 1).into()));
    }
    let still_waits = vec![
        When::Is(field::STATE, state::QUEUED.into()),
        When::Is(field::LAUNCH, instead_of.unwrap_or(launch.id).to_string().into()),
        When::Lacks(field::DOUBTED_AT),
    ];
    let job = match instead_of {
        None => check(Key::Job(job.id), still_waits),
        Some(_) => {
            let own = Set::To(field::LAUNCH, launch.id.to_string().into());
            set(Key::Job(job.id), still_waits, vec![own])
        }
    };
    let mut changes = vec![job, set(Key::Launch(launch.id), when, sets)];
    changes.extend(instead_of.map(|_| note(work.job.id, now, Note::Given, why::given(launch.id))));
    match ledger.write(&changes).await {
        Ok(()) => Ok(true),
        Err(WriteError::Refused(_)) => Ok(false),
        Err(WriteError::Port(error)) => Err(error),
    }
}

/// The forge has refused before it made anything, so this was no attempt.
async fn give_back(ledger: &dyn Ledger, launch: &Launch, attempt: u32) -> Result<(), PortError> {
    let sets = if attempt == 1 {
        vec![
            Set::To(field::STATE, state::ASKED.into()),
            Set::Clear(field::NONCE_HASH),
            Set::Clear(field::ATTEMPT),
            Set::Clear(field::CLAIMED_AT),
        ]
    } else {
        vec![Set::To(field::ATTEMPT, (attempt - 1).into())]
    };
    let claimed =
        vec![When::Is(field::STATE, state::CLAIMED.into()), When::Is(field::ATTEMPT, attempt.into())];
    match ledger.write(&[set(Key::Launch(launch.id), claimed, sets)]).await {
        Ok(()) | Err(WriteError::Refused(_)) => Ok(()),
        Err(WriteError::Port(error)) => Err(error),
    }
}
