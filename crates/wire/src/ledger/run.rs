//! Rows of runs that have lost jobs with their machines.

use model::id::{JobId, RunId};
use model::run::{LostRun, LostState};

use super::field::{self, state};
use super::item::{Item, Unreadable, Value, put, small, text, texts, time};
use super::open::{put_repository, repository};

pub(super) fn from_run(run: &LostRun) -> Item {
    let mut item = Item::new();
    put_repository(&mut item, &run.repository);
    put(&mut item, field::RUN_ATTEMPT, run.attempt);
    item.insert(field::JOBS.to_owned(), job_ids(&run.jobs));
    put(&mut item, field::AT, run.at);
    match run.state {
        LostState::Waiting => put(&mut item, field::STATE, state::WAITING),
        LostState::Asked { at, n } => {
            put(&mut item, field::STATE, state::ASKED);
            put(&mut item, field::ASKED_AT, at);
            put(&mut item, field::N, n);
        }
        LostState::Over { at } => {
            put(&mut item, field::STATE, state::OVER);
            put(&mut item, field::ENDED_AT, at);
        }
    }
    item
}

pub(super) fn to_run(id: RunId, item: &Item) -> Result<LostRun, Unreadable> {
    let jobs = texts(item, field::JOBS)?.iter().map(|id| id.parse().map(JobId)).collect::<Result<_, _>>();
    let state = match text(item, field::STATE)? {
        state::WAITING => LostState::Waiting,
        state::ASKED => LostState::Asked { at: time(item, field::ASKED_AT)?, n: small(item, field::N)? },
        state::OVER => LostState::Over { at: time(item, field::ENDED_AT)? },
        _ => return Err(field::STATE),
    };
    Ok(LostRun {
        id,
        repository: repository(item)?,
        attempt: small(item, field::RUN_ATTEMPT)?,
        jobs: jobs.map_err(|_| field::JOBS)?,
        at: time(item, field::AT)?,
        state,
    })
}

pub fn job_ids(jobs: &[JobId]) -> Value {
    Value::Texts(jobs.iter().map(ToString::to_string).collect())
}
