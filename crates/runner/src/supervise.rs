//! What to do about a listener: events in, actions out, in the time it is told.

use std::time::Duration;

use wire::claim::ReportKind;

use crate::ending::{Ending, Stop};
use crate::marker::{Marker, TaskResult};

/// How long the output of a listener that is gone may still arrive. Orphans of a job can keep the pipe
/// open for ever.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long an update may take until the listener is started again in any case, and how often one
/// looks, both as GitHub's own `run.sh` has it.
const UPDATE: Duration = Duration::from_secs(30);
const UPDATE_LOOK: Duration = Duration::from_secs(1);
/// One update is usual where the image is old; a listener that only ever updates is broken.
const MAX_UPDATES: u32 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    Line(&'a str),
    OutputEnded,
    Exited(Exit),
    Stop(Stop),
    /// The time asked for by `wake_at` has come.
    Tick {
        is_updated: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Start the listener again.
    Restart,
    /// SIGINT to the listener's process group.
    Interrupt,
    /// SIGKILL to the listener's process group.
    Kill,
    Report(ReportKind, &'static str),
    Finish(Ending),
}

/// One listener from its start to its end, updates included.
#[derive(Debug)]
pub(crate) struct Supervisor {
    stop_timeout: Duration,
    phase: Phase,
    is_output_over: bool,
    job: Job,
    is_runner_gone: bool,
    stop: Option<Stopping>,
    n_updates: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    /// Gone, but its last lines may still be on their way.
    LastWords {
        exit: Exit,
        until: Duration,
    },
    Updating {
        until: Duration,
        look_at: Duration,
    },
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    NotTaken,
    Running,
    Completed(TaskResult),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stopping {
    signal: Stop,
    /// None once it was killed.
    kill_at: Option<Duration>,
}

impl Supervisor {
    /// Over a listener that was just started.
    pub(crate) fn new(stop_timeout: Duration) -> Self {
        Self {
            stop_timeout,
            phase: Phase::Running,
            is_output_over: false,
            job: Job::NotTaken,
            is_runner_gone: false,
            stop: None,
            n_updates: 0,
        }
    }

    pub(crate) fn on(&mut self, event: Event<'_>, now: Duration) -> Vec<Action> {
        match event {
            Event::Line(line) => self.on_line(line),
            Event::OutputEnded => self.on_output_ended(now),
            Event::Exited(exit) => self.on_exit(exit, now),
            Event::Stop(signal) => self.on_stop(signal, now),
            Event::Tick { is_updated } => self.on_tick(is_updated, now),
        }
    }

    /// When a tick is wanted next.
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        match self.phase {
            Phase::Running => self.stop.and_then(|stop| stop.kill_at),
            Phase::LastWords { until, .. } => Some(until),
            Phase::Updating { until, look_at } => Some(until.min(look_at)),
            Phase::Over => None,
        }
    }

    /// Whether a tick wants to know if the update is done.
    pub(crate) fn is_updating(&self) -> bool {
        matches!(self.phase, Phase::Updating { .. })
    }

    fn on_line(&mut self, line: &str) -> Vec<Action> {
        match Marker::read(line) {
            Some(Marker::JobTaken) => self.job = Job::Running,
            Some(Marker::JobCompleted(result)) => self.job = Job::Completed(result),
            Some(Marker::RunnerGone) => self.is_runner_gone = true,
            Some(Marker::Listening) | None => {}
        }
        vec![]
    }

    fn on_output_ended(&mut self, now: Duration) -> Vec<Action> {
        self.is_output_over = true;
        match self.phase {
            Phase::LastWords { exit, .. } => self.conclude(exit, now),
            Phase::Running | Phase::Updating { .. } | Phase::Over => vec![],
        }
    }

    fn on_exit(&mut self, exit: Exit, now: Duration) -> Vec<Action> {
        if self.is_output_over {
            return self.conclude(exit, now);
        }
        self.phase = Phase::LastWords { exit, until: now + LAST_WORDS };
        vec![]
    }

    fn on_stop(&mut self, signal: Stop, now: Duration) -> Vec<Action> {
        if self.stop.is_some() {
            return vec![];
        }
        self.stop = Some(Stopping { signal, kill_at: Some(now + self.stop_timeout) });
        match self.phase {
            Phase::Running => vec![Action::Interrupt],
            Phase::Updating { .. } => self.finish(Ending::Stopped(signal)),
            Phase::LastWords { .. } | Phase::Over => vec![],
        }
    }

    fn on_tick(&mut self, is_updated: bool, now: Duration) -> Vec<Action> {
        match self.phase {
            Phase::Running => self.kill_if_due(now),
            Phase::LastWords { exit, until } if now >= until => self.conclude(exit, now),
            Phase::Updating { until, .. } if is_updated || now >= until => {
                self.phase = Phase::Running;
                self.is_output_over = false;
                vec![Action::Restart]
            }
            Phase::Updating { until, .. } => {
                self.phase = Phase::Updating { until, look_at: now + UPDATE_LOOK };
                vec![]
            }
            Phase::LastWords { .. } | Phase::Over => vec![],
        }
    }

    fn kill_if_due(&mut self, now: Duration) -> Vec<Action> {
        match &mut self.stop {
            Some(stop) if stop.kill_at.is_some_and(|at| now >= at) => {
                stop.kill_at = None;
                vec![Action::Kill]
            }
            Some(_) | None => vec![],
        }
    }

    /// What the listener's end means, now that all it said was heard.
    fn conclude(&mut self, exit: Exit, now: Duration) -> Vec<Action> {
        let ending = match exit {
            Exit::Code(code @ 100..) if TaskResult::from_number(code - 100).is_some() => {
                self.job = TaskResult::from_number(code - 100).map_or(self.job, Job::Completed);
                self.ending_without_job(Ending::ListenerFailed)
            }
            // By itself it says nothing: a shutdown, a deleted runner and a revoked token end so too.
            Exit::Code(0) => self.ending_without_job(Ending::NoJob),
            Exit::Code(3 | 4) if self.may_update() => return self.update(now),
            Exit::Code(5) => Ending::SessionConflict,
            Exit::Code(7) => Ending::VersionRefused,
            // 1 is terminated, and 2 retryable, which a runner good for one job is not.
            Exit::Code(_) | Exit::Signal(_) if self.is_runner_gone => self.ending_without_job(Ending::NoJob),
            Exit::Code(_) | Exit::Signal(_) => self.ending_without_job(Ending::ListenerFailed),
        };
        self.finish(ending)
    }

    /// What became of the job, or the given ending where there was none.
    fn ending_without_job(&self, otherwise: Ending) -> Ending {
        let stopped = self.stop.map(|stop| Ending::Stopped(stop.signal));
        match self.job {
            Job::Completed(
                TaskResult::Succeeded
                | TaskResult::SucceededWithIssues
                | TaskResult::Failed
                | TaskResult::Skipped,
            ) => Ending::Served,
            Job::Completed(TaskResult::Cancelled) => stopped.unwrap_or(Ending::Served),
            Job::Completed(TaskResult::Abandoned) | Job::Running => stopped.unwrap_or(Ending::JobLost),
            Job::NotTaken => stopped.unwrap_or(otherwise),
        }
    }

    fn may_update(&self) -> bool {
        self.stop.is_none() && self.job == Job::NotTaken && self.n_updates < MAX_UPDATES
    }

    fn update(&mut self, now: Duration) -> Vec<Action> {
        self.n_updates += 1;
        self.phase = Phase::Updating { until: now + UPDATE, look_at: now };
        vec![]
    }

    fn finish(&mut self, ending: Ending) -> Vec<Action> {
        self.phase = Phase::Over;
        let mut actions = vec![Action::Finish(ending)];
        if ending == Ending::VersionRefused {
            actions.insert(
                0,
                Action::Report(ReportKind::RunnerFailed, "GitHub refuses this version of the runner"),
            );
        }
        actions
    }
}

#[cfg(test)]
mod tests;
