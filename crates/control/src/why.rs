//! One job's story, from what the ledger keeps: what happened, what was decided, and what it waited for.

mod order;
mod span;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use model::cordon::CordonReason;
use model::id::{JobId, LaunchId, RunId, RunnerName};
use model::job::{Ended, Job, JobState, Note, Noted};
use model::launch::{Launch, LaunchState};
use model::node::Node;
use model::plan::Settle;
use model::run::{LostRun, LostState};
use model::time::Timestamp;
use wire::ledger::Row;

use crate::error::PortError;
use crate::port::Ledger;
use order::Kind;
pub use order::{Accuracy, Entry};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Who the job is.
    pub job: String,
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// What it waits for now; nothing, once it is over.
    pub open: Option<String>,
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
    let mut told = Teller::new(rows, job);
    for row in rows {
        told.row(row);
    }
    let Teller { entries, who, mut open, notes, .. } = told;
    if entries.is_empty() {
        return None;
    }
    if who.is_none() && notes.contains(&Note::Gated) {
        open = Some("it waits for an approval, and is queued once more after that".to_owned());
    }
    let job = who.unwrap_or_else(|| format!("job {job}"));
    Some(Why { job, entries: order::in_order(entries), open })
}

impl Why {
    /// With the time in whatever way the reader counts it, and how long each thing was.
    pub fn text(&self, clock: impl Fn(Timestamp, Accuracy) -> String) -> String {
        let lines = self.entries.iter().zip(span::spans(&self.entries)).map(|(entry, span)| {
            format!("{}  {span:>9}  {}\n", clock(entry.at, entry.accuracy()), entry.text)
        });
        let open = self.open.iter().map(|open| format!("and now {open}\n"));
        [format!("{}\n", self.job)].into_iter().chain(lines).chain(open).collect()
    }
}

/// As far as anybody can tell who has lost sight of the machine.
pub(crate) const LOST: &str = "its machine is gone, and it is taken for lost";

pub(crate) const DOUBT: &str = "an event says otherwise; GitHub is asked";

pub(crate) fn answer(what: &Settle) -> String {
    match what {
        Settle::Same => "GitHub says nothing new".to_owned(),
        Settle::Queued => "GitHub says that it waits".to_owned(),
        Settle::Running { runner } => found(*runner),
        Settle::Forget => "GitHub says that it waits for an approval".to_owned(),
        Settle::Ended(_) => "GitHub says that it has ended".to_owned(),
    }
}

/// It may have run for a while.
fn found(runner: Option<RunnerName>) -> String {
    format!("GitHub says that it runs on {}", by_name(runner.map(|name| name.to_string()).as_deref()))
}

pub(crate) fn ended_by_event(ended: &Ended) -> String {
    format!("an event says that it has ended: {}", how(ended))
}

pub(crate) fn given(launch: LaunchId) -> String {
    let whose = if launch.is_standby() { "stood by" } else { "was another job's" };
    format!("launch {launch}, which {whose}, is given to it")
}

fn how(ended: &Ended) -> &str {
    ended.conclusion.as_deref().unwrap_or("nobody knows how")
}

/// The launch whose runner took the job.
fn served_by(rows: &[Row], job: JobId) -> Option<LaunchId> {
    rows.iter().find_map(|row| match row {
        Row::Tombstone(ended) if ended.id == job => {
            let runner = ended.runner.as_deref().and_then(RunnerName::parse);
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
        | Row::Waited(_)
        | Row::Noted(_) => None,
    })
}

struct Teller<'a> {
    job: JobId,
    served_by: Option<LaunchId>,
    /// The launches about it that are not over.
    launches: Vec<&'a Launch>,
    /// The kinds of what was noted of it.
    notes: BTreeSet<Note>,
    /// The jobs that it is the second chance of, and those that are its second chance.
    lost_before: Option<String>,
    there_again: Option<String>,
    entries: Vec<Entry>,
    who: Option<String>,
    open: Option<String>,
}

impl<'a> Teller<'a> {
    fn new(rows: &'a [Row], job: JobId) -> Self {
        let served_by = served_by(rows, job);
        let mut told = Self {
            job,
            served_by,
            launches: Vec::new(),
            notes: BTreeSet::new(),
            lost_before: lost_before(rows, job),
            there_again: there_again(rows, job),
            entries: Vec::new(),
            who: None,
            open: None,
        };
        for row in rows {
            if let Row::Launch(launch) = row
                && told.is_about(launch)
            {
                told.launches.push(launch);
            }
            if let Row::Noted(noted) = row
                && noted.job == job
            {
                told.notes.insert(noted.what);
            }
        }
        told
    }

    fn row(&mut self, row: &Row) {
        match row {
            Row::Job(job) if job.id == self.job => self.alive(job),
            Row::Tombstone(ended) if ended.id == self.job => self.ended(ended),
            Row::Launch(launch) if self.is_about(launch) => {
                self.launch(launch);
            }
            Row::EndedLaunch(ended) if self.is_about(&ended.launch) => {
                let last = self.launch(&ended.launch);
                let text = format!("launch {} is over: {}", ended.launch.id, ended.why);
                let is_own = self.is_own(&ended.launch);
                self.add(Kind::Over, ended.at, text).of(ended.launch.id, is_own, last);
            }
            Row::Waited(waited) if waited.job == self.job => {
                let reason = &waited.reason;
                self.add(Kind::Wait, waited.at, format!("waits ({}): {}", reason.code.as_str(), reason.text));
            }
            Row::Noted(noted) if noted.job == self.job => self.noted(noted),
            Row::Node(node) if self.launches.iter().any(|launch| launch.is_on(&node.id)) => self.node(node),
            Row::Run(run) if run.jobs.contains(&self.job) => self.lost(run),
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
            | Row::Waited(_)
            | Row::Noted(_) => {}
        }
    }

    fn add(&mut self, kind: Kind, at: Timestamp, text: String) -> &mut Entry {
        self.entries.push(Entry::new(kind, at, text));
        self.entries.last_mut().expect("it was pushed")
    }

    /// Started for the job, given to it, or taken by it.
    fn is_about(&self, launch: &Launch) -> bool {
        launch.id.job == self.job || launch.job == Some(self.job) || Some(launch.id) == self.served_by
    }

    fn is_own(&self, launch: &Launch) -> bool {
        launch.id.job == self.job
    }

    fn alive(&mut self, job: &Job) {
        let of = job.repository.full_name();
        self.who = Some(format!("job {} of {of}, {}", job.id, job.labels.join(", ")));
        self.queued(job.queued_at);
        if let Some(at) = job.doubted_at {
            self.add(Kind::Note, at, DOUBT.to_owned());
        }
        if let JobState::Running { runner, at } = job.state {
            self.runs(runner.map(|name| name.to_string()).as_deref(), at);
        }
        self.open = Some(match job.state {
            JobState::Running { .. } if self.notes.contains(&Note::Lost) => {
                "its machine is gone; GitHub has not given it up yet".to_owned()
            }
            JobState::Running { .. } if job.doubted_at.is_some() => {
                "it runs, as far as GitHub has said; it is being asked".to_owned()
            }
            JobState::Running { .. } => "it runs".to_owned(),
            JobState::Queued => self.waits(job),
        });
    }

    fn waits(&self, job: &Job) -> String {
        if let Some(reason) = &job.reason {
            return format!("it waits: {}", reason.text);
        }
        let Some(id) = job.launch else { return "it waits for the next tick".to_owned() };
        let launch = self.launches.iter().find(|launch| launch.id == id);
        match launch.map(|launch| &launch.state) {
            Some(LaunchState::Planned) => format!("it waits for launch {id}, whose task is asked for"),
            Some(LaunchState::Asked { task }) => {
                format!("it waits for launch {id}, whose task {task} starts")
            }
            Some(LaunchState::Claimed { .. }) => {
                format!("it waits for launch {id}, whose runner can take it")
            }
            Some(LaunchState::Busy { .. }) => {
                format!("it waits, and the runner of its launch {id} has another job")
            }
            None => format!("it waits for launch {id}"),
        }
    }

    fn ended(&mut self, ended: &Ended) {
        self.who.get_or_insert_with(|| {
            format!("job {} of {}, {}", ended.id, ended.repository, ended.labels.join(", "))
        });
        if let Some(at) = ended.queued_at {
            self.queued(at);
        }
        if let Some(at) = ended.started_at {
            self.runs(ended.runner.as_deref(), at);
        }
        let still = self.launches.iter().find(|launch| Some(launch.id) == self.served_by);
        // Nothing follows from it: its task may be at work.
        let is_only_told = still.is_some() && !self.notes.contains(&Note::Answered);
        let text = match ended.started_at {
            _ if is_only_told || self.notes.contains(&Note::Ended) => ended_by_event(ended),
            _ if !ended.has_run => format!("has ended: {}, and never ran", how(ended)),
            Some(_) => format!("has ended: {}", how(ended)),
            None => format!("has ended: {}, on {}", how(ended), by_name(ended.runner.as_deref())),
        };
        if let Some(launch) = still {
            let task = launch.state.task().map_or_else(String::new, |task| format!(" {task}"));
            self.open.get_or_insert(format!("task{task} of launch {} is still there", launch.id));
        }
        self.add(Kind::Ended, ended.ended_at, text);
    }

    fn queued(&mut self, at: Timestamp) {
        let lost = self.lost_before.as_ref();
        let why = lost.map_or_else(String::new, |lost| {
            format!(" once more, in place of what was lost with its machine: {lost}")
        });
        self.add(Kind::Queued, at, format!("queued at GitHub{why}"));
    }

    /// A time of GitHub's own is when it began.
    fn runs(&mut self, runner: Option<&str>, at: Timestamp) {
        if !at.is_whole_second() {
            let runner = runner.and_then(RunnerName::parse);
            self.add(Kind::Answer, at, found(runner));
            return;
        }
        let launch = self.served_by;
        self.add(Kind::Runs, at, format!("runs on {}", by_name(runner))).launch = launch;
    }

    /// When it came as far as it is: none of this can have been before the one above it, whatever a clock says.
    fn launch(&mut self, launch: &Launch) -> Timestamp {
        let Launch { id, pool, node, .. } = launch;
        let is_own = self.is_own(launch);
        let whose = match () {
            () if is_own => "",
            () if id.is_standby() => ", which stood by,",
            () => ", which was another job's,",
        };
        let place = node.as_ref().map_or_else(String::new, |node| format!(", on node {node}"));
        let mut last = launch.at.planned;
        let text = format!("launch {id}{whose} is placed in {pool}{place}");
        self.add(Kind::Step, launch.at.planned, text).of(*id, is_own, last);
        if let Some(at) = launch.at.asked {
            let task = launch.state.task().map_or_else(String::new, |task| format!(" {task}"));
            last = last.max(at);
            self.add(Kind::Step, at, format!("launch {id}: task{task} was started")).of(*id, is_own, last);
        }
        if let Some(at) = launch.at.claimed {
            last = last.max(at);
            self.add(Kind::Step, at, format!("launch {id}: its task claimed a runner")).of(*id, is_own, last);
        }
        if let LaunchState::Busy { took, .. } = &launch.state
            && *took != Some(self.job)
            && let Some(at) = launch.at.busy
        {
            let took =
                took.map_or_else(|| "a job that nobody has told of".to_owned(), |job| format!("job {job}"));
            let how = if at.is_whole_second() { "took" } else { "is found to have taken" };
            self.add(Kind::Took, at, format!("launch {id}: its runner {how} {took}")).of(*id, is_own, last);
        }
        if let Some(at) = launch.at.over {
            last = last.max(at);
            let text = format!("launch {id}: its runner is gone, and its task goes on");
            self.add(Kind::Over, at, text).of(*id, is_own, last);
        }
        last
    }

    fn noted(&mut self, noted: &Noted) {
        let kind = match noted.what {
            Note::Answered => Kind::Answer,
            Note::Ended => Kind::Ended,
            Note::Given => Kind::Given,
            Note::Lost => Kind::Over,
            Note::Gated => Kind::Wait,
            Note::Doubted | Note::Told | Note::Rerun => Kind::Note,
        };
        let mut text = noted.text.clone();
        if let (Note::Rerun, Some(again)) = (noted.what, &self.there_again) {
            let _ = write!(text, ": {again}");
        }
        self.add(kind, noted.at, text);
    }

    /// What may become of its machine, while it is on one.
    fn node(&mut self, node: &Node) {
        let id = &node.id;
        if let Some(at) = node.lost_at {
            self.add(Kind::Note, at, format!("the agent of node {id} is not heard of"));
        }
        let Some(cordon) = node.cordon else { return };
        let what = match cordon.why {
            CordonReason::Reclaimed => "is taken back by its provider",
            CordonReason::AtRisk => "is likely to be taken back by its provider",
            CordonReason::Drained => "was taken out of service",
            // They take no more launches, which is nothing to those that they have.
            CordonReason::Spent | CordonReason::Outdated | CordonReason::Failing => return,
        };
        self.add(Kind::Note, cordon.at, format!("node {id} {what}"));
    }

    /// It was lost with its machine, and its run is to run again.
    fn lost(&mut self, run: &LostRun) {
        match run.state {
            LostState::Waiting => {
                let open = format!("run {} has to end: then its failed jobs run again", run.id);
                self.open.get_or_insert(open);
            }
            LostState::Asked { at, .. } => {
                self.add(
                    Kind::Note,
                    at,
                    format!("GitHub is asked to run the failed jobs of run {} again", run.id),
                );
            }
            // What came of it was noted.
            LostState::Over { .. } => {}
        }
    }
}

fn by_name(runner: Option<&str>) -> String {
    runner.map_or_else(|| "somebody else's runner".to_owned(), |name| format!("runner {name}"))
}

/// What tells a run's jobs apart, alive or not.
struct Kin<'a> {
    id: JobId,
    run: RunId,
    labels: &'a [String],
    queued_at: Option<Timestamp>,
}

impl<'a> Kin<'a> {
    fn of(row: &'a Row) -> Option<Self> {
        if let Row::Job(job) = row {
            let Job { id, run, labels, queued_at, .. } = job;
            return Some(Self { id: *id, run: *run, labels, queued_at: Some(*queued_at) });
        }
        let Row::Tombstone(Ended { id, run, labels, queued_at, .. }) = row else { return None };
        Some(Self { id: *id, run: *run, labels, queued_at: *queued_at })
    }
}

/// The jobs that were lost with their machines, where this one is there because they were.
fn lost_before(rows: &[Row], job: JobId) -> Option<String> {
    let me = rows.iter().filter_map(Kin::of).find(|kin| kin.id == job)?;
    let run = rows.iter().find_map(|row| {
        let Row::Run(run) = row else { return None };
        (run.id == me.run && run.state != LostState::Waiting).then_some(run)
    })?;
    let is_later = !run.jobs.contains(&job) && me.queued_at > Some(run.at);
    is_later.then(|| names(run.jobs.iter().copied()))
}

/// The jobs that are there because this one was lost, as far as these rows know them.
fn there_again(rows: &[Row], job: JobId) -> Option<String> {
    let me = rows.iter().filter_map(Kin::of).find(|kin| kin.id == job)?;
    let lost_at = rows.iter().find_map(|row| {
        let Row::Noted(noted) = row else { return None };
        (noted.job == job && noted.what == Note::Lost).then_some(noted.at)
    })?;
    let is_later = |kin: &Kin<'_>| {
        kin.run == me.run && kin.labels == me.labels && kin.id != job && kin.queued_at > Some(lost_at)
    };
    let again: BTreeSet<JobId> = rows.iter().filter_map(Kin::of).filter(is_later).map(|kin| kin.id).collect();
    (!again.is_empty()).then(|| names(again))
}

fn names(jobs: impl IntoIterator<Item = JobId>) -> String {
    jobs.into_iter().map(|job| format!("job {job}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
