//! One job's story, from what the ledger keeps: what happened, what was decided, and what it waited for.

use std::fmt::Write as _;
use std::time::Duration;

use model::id::{JobId, LaunchId};
use model::job::{Ended, Job, JobState};
use model::launch::{Launch, LaunchState};
use model::time::Timestamp;
use wire::ledger::Row;

use crate::error::PortError;
use crate::port::Ledger;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Who the job is.
    pub job: String,
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// What it waits for now; nothing, once it is over.
    pub open: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: Timestamp,
    pub text: String,
}

/// All rows that may speak of the job, of a ledger that is in use.
pub async fn rows_of(ledger: &dyn Ledger, job: JobId) -> Result<Vec<Row>, PortError> {
    let mut rows = ledger.open().await?.rows;
    rows.extend(ledger.history(job).await?);
    // Its runner may have been started for another's job, or for none.
    if let Some(launch) = served_by(&rows, job).filter(|launch| launch.job != job) {
        rows.extend(ledger.history(launch.job).await?);
    }
    Ok(rows)
}

/// Nothing, if no row speaks of the job.
pub fn why(rows: &[Row], job: JobId) -> Option<Why> {
    let served_by = served_by(rows, job);
    let mut told = Teller { job, served_by, entries: Vec::new(), who: None, open: None };
    for row in rows {
        told.row(row);
    }
    let Teller { mut entries, who, open, .. } = told;
    if entries.is_empty() {
        return None;
    }
    entries.sort_by_key(|entry| entry.at);
    entries.dedup();
    let job = who.unwrap_or_else(|| format!("job {job}"));
    Some(Why { job, entries, open })
}

impl Why {
    /// With the time in whatever way the reader counts it, and how long it was until the next thing.
    pub fn text(&self, clock: impl Fn(Timestamp) -> String) -> String {
        let mut text = format!("{}\n", self.job);
        for (place, entry) in self.entries.iter().enumerate() {
            let next = self.entries.get(place + 1).map(|next| span(next.at.since(entry.at)));
            let _ = writeln!(text, "{}  {:>9}  {}", clock(entry.at), next.unwrap_or_default(), entry.text);
        }
        if let Some(open) = &self.open {
            let _ = writeln!(text, "and now {open}");
        }
        text
    }
}

/// The launch whose runner took the job.
fn served_by(rows: &[Row], job: JobId) -> Option<LaunchId> {
    rows.iter().find_map(|row| match row {
        Row::Tombstone(ended) if ended.id == job => {
            let runner = ended.runner.as_deref().and_then(model::id::RunnerName::parse);
            runner.map(|name| name.launch)
        }
        Row::Job(Job { id, state: JobState::Running { runner, .. }, .. }) if *id == job => {
            runner.map(|name| name.launch)
        }
        Row::Job(_)
        | Row::Launch(_)
        | Row::Node(_)
        | Row::Order(_)
        | Row::Pool(_)
        | Row::Run(_)
        | Row::Scope(_)
        | Row::Deliveries(_)
        | Row::SpotPrices(_)
        | Row::Failing(_)
        | Row::Tombstone(_)
        | Row::EndedLaunch(_)
        | Row::Waited(_) => None,
    })
}

struct Teller {
    job: JobId,
    served_by: Option<LaunchId>,
    entries: Vec<Entry>,
    who: Option<String>,
    open: Option<String>,
}

impl Teller {
    fn row(&mut self, row: &Row) {
        match row {
            Row::Job(job) if job.id == self.job => self.alive(job),
            Row::Tombstone(ended) if ended.id == self.job => self.ended(ended),
            Row::Launch(launch) if self.is_about(launch) => self.launch(launch),
            Row::EndedLaunch(ended) if self.is_about(&ended.launch) => {
                self.launch(&ended.launch);
                self.add(ended.at, format!("launch {} is over: {}", ended.launch.id, ended.why));
            }
            Row::Waited(waited) if waited.job == self.job => {
                let reason = &waited.reason;
                self.add(waited.at, format!("waits ({}): {}", reason.code.as_str(), reason.text));
            }
            Row::Job(_)
            | Row::Launch(_)
            | Row::Node(_)
            | Row::Order(_)
            | Row::Pool(_)
            | Row::Run(_)
            | Row::Scope(_)
            | Row::Deliveries(_)
            | Row::SpotPrices(_)
            | Row::Failing(_)
            | Row::Tombstone(_)
            | Row::EndedLaunch(_)
            | Row::Waited(_) => {}
        }
    }

    fn add(&mut self, at: Timestamp, text: String) {
        self.entries.push(Entry { at, text });
    }

    /// Started for the job, given to it, or taken by it.
    fn is_about(&self, launch: &Launch) -> bool {
        launch.id.job == self.job || launch.job == Some(self.job) || Some(launch.id) == self.served_by
    }

    fn alive(&mut self, job: &Job) {
        let of = job.repository.full_name();
        self.who = Some(format!("job {} of {of}, {}", job.id, job.labels.join(", ")));
        self.add(job.queued_at, "queued at GitHub".to_owned());
        if let Some(failed) = &job.failed {
            self.add(failed.at, format!("its launch failed: {}", failed.why));
        }
        if let Some(at) = job.doubted_at {
            self.add(at, "an event says that it waits no more; the forge is asked".to_owned());
        }
        self.open = Some(match job.state {
            JobState::Running { runner, at } => {
                self.add(at, format!("runs on {}", by_name(runner.map(|name| name.to_string()).as_deref())));
                "it runs".to_owned()
            }
            JobState::Queued => match (&job.reason, job.launch) {
                (Some(reason), _) => format!("it waits: {}", reason.text),
                (None, Some(launch)) => format!("it waits for launch {launch}"),
                (None, None) => "it waits for the next tick".to_owned(),
            },
        });
    }

    fn ended(&mut self, ended: &Ended) {
        self.who = Some(format!("job {} of {}, {}", ended.id, ended.repository, ended.labels.join(", ")));
        if let Some(at) = ended.queued_at {
            self.add(at, "queued at GitHub".to_owned());
        }
        if let Some(at) = ended.started_at {
            self.add(at, format!("runs on {}", by_name(ended.runner.as_deref())));
        }
        let ran = if ended.has_run { "" } else { ", and never ran" };
        let how = ended.conclusion.as_deref().unwrap_or("nobody knows how");
        self.add(ended.ended_at, format!("has ended: {how}{ran}"));
    }

    fn launch(&mut self, launch: &Launch) {
        let Launch { id, pool, node, .. } = launch;
        let whose = match () {
            () if id.job == self.job => "",
            () if id.is_standby() => ", which stood by,",
            () => ", which was another job's",
        };
        let place = node.as_ref().map_or_else(String::new, |node| format!(", on node {node}"));
        self.add(launch.at.planned, format!("launch {id}{whose} is placed in {pool}{place}"));
        if let Some(at) = launch.at.asked {
            let task = launch.state.task().map_or_else(String::new, |task| format!(" {task}"));
            self.add(at, format!("launch {id}: task{task} was started"));
        }
        if let Some(at) = launch.at.claimed {
            self.add(at, format!("launch {id}: its task claimed a runner"));
        }
        if let LaunchState::Busy { took, .. } = &launch.state
            && *took != Some(self.job)
            && let Some(at) = launch.at.busy
        {
            let took =
                took.map_or_else(|| "a job that nobody has told of".to_owned(), |job| format!("job {job}"));
            self.add(at, format!("launch {id}: its runner took {took}"));
        }
        if let Some(at) = launch.at.over {
            self.add(at, format!("launch {id}: its runner is gone, and its task goes on"));
        }
    }
}

fn by_name(runner: Option<&str>) -> String {
    runner.map_or_else(|| "somebody else's runner".to_owned(), |name| format!("runner {name}"))
}

/// Short: `51 ms`, `41.1 s`, `12 min`, `3 h`.
fn span(span: Duration) -> String {
    let ms = span.as_millis();
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}
