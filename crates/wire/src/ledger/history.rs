//! Rows of what is over. They expire by themselves.

use std::time::Duration;

use model::id::{JobId, LaunchId, RunId};
use model::job::{Ended, Note, Noted, Waited};
use model::launch::EndedLaunch;
use model::reason::{Code, Reason};
use model::time::Timestamp;

use super::item::{
    Item, Unreadable, Value, flag, maybe_text, maybe_time, number, put, put_some, text, texts, time,
};
use super::{field, open};

/// GitHub redelivers for three days and its Enterprise Server for seven; a month of history beside
/// that is what a replay of a team's own jobs needs.
const KEPT: Duration = Duration::from_hours(24 * 31);

pub(super) fn from_ended(ended: &Ended) -> Item {
    let mut item = Item::new();
    put(&mut item, field::RUN, ended.run.0);
    put(&mut item, field::REPOSITORY, ended.repository.as_str());
    item.insert(field::LABELS.to_owned(), Value::Texts(ended.labels.clone()));
    put(&mut item, field::HAS_RUN, ended.has_run);
    put_some(&mut item, field::CONCLUSION, ended.conclusion.as_deref());
    put_some(&mut item, field::RUNNER, ended.runner.as_deref());
    put_some(&mut item, field::QUEUED_AT, ended.queued_at);
    put_some(&mut item, field::STARTED_AT, ended.started_at);
    put(&mut item, field::ENDED_AT, ended.ended_at);
    put(&mut item, field::EXPIRES_AT, expiry(ended.ended_at));
    item
}

pub(super) fn to_ended(id: JobId, item: &Item) -> Result<Ended, Unreadable> {
    Ok(Ended {
        id,
        run: RunId(number(item, field::RUN)?),
        repository: text(item, field::REPOSITORY)?.to_owned(),
        labels: texts(item, field::LABELS)?,
        has_run: flag(item, field::HAS_RUN)?,
        conclusion: maybe_text(item, field::CONCLUSION).map(str::to_owned),
        runner: maybe_text(item, field::RUNNER).map(str::to_owned),
        queued_at: maybe_time(item, field::QUEUED_AT),
        started_at: maybe_time(item, field::STARTED_AT),
        ended_at: time(item, field::ENDED_AT)?,
    })
}

pub(super) fn from_ended_launch(ended: &EndedLaunch) -> Item {
    let mut item = open::from_launch(&ended.launch);
    put(&mut item, field::ENDED_AT, ended.at);
    put(&mut item, field::WHY, ended.why.as_str());
    put(&mut item, field::EXPIRES_AT, expiry(ended.at));
    item
}

pub(super) fn to_ended_launch(id: LaunchId, item: &Item) -> Result<EndedLaunch, Unreadable> {
    Ok(EndedLaunch {
        launch: open::to_launch(id, item)?,
        at: time(item, field::ENDED_AT)?,
        why: text(item, field::WHY)?.to_owned(),
    })
}

pub(super) fn from_waited(waited: &Waited) -> Item {
    let mut item = Item::new();
    put(&mut item, field::REASON_CODE, waited.reason.code.as_str());
    put(&mut item, field::REASON, waited.reason.text.as_str());
    put(&mut item, field::EXPIRES_AT, expiry(waited.at));
    item
}

pub(super) fn to_waited(job: JobId, at: Timestamp, item: &Item) -> Result<Waited, Unreadable> {
    let code = Code::parse(text(item, field::REASON_CODE)?).ok_or(field::REASON_CODE)?;
    Ok(Waited { job, at, reason: Reason { code, text: text(item, field::REASON)?.to_owned() } })
}

pub(super) fn from_noted(noted: &Noted) -> Item {
    let mut item = Item::new();
    put(&mut item, field::TEXT, noted.text.as_str());
    put(&mut item, field::EXPIRES_AT, expiry(noted.at));
    item
}

pub(super) fn to_noted(job: JobId, at: Timestamp, what: Note, item: &Item) -> Result<Noted, Unreadable> {
    Ok(Noted { job, at, what, text: text(item, field::TEXT)?.to_owned() })
}

/// In seconds, as the table's time to live wants it.
pub(super) fn expiry(at: Timestamp) -> u64 {
    at.after(KEPT).0 / 1000
}
