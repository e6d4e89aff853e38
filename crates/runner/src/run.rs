//! The two loops around the two machines: they do what they are told, and decide nothing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use door::Door;
use model::id::LaunchId;
use nix::sys::signal::Signal;
use wire::claim::{ClaimRequest, Detail, Nonce, ReportKind, ReportRequest};

use crate::claim::{Jitter, Next, Pace, Work};
use crate::ending::Ending;
use crate::events::Event;
use crate::listener::{Listener, Start, reap};
use crate::log::{Level, chain, log};
use crate::supervise::{self, Action, Supervisor};

/// What GitHub's updater leaves in the runner's root when it is done.
const UPDATED: &str = "update.finished";

pub(crate) struct Runner {
    pub(crate) door: Arc<Door>,
    pub(crate) launch: LaunchId,
    pub(crate) stop_timeout: Duration,
    pub(crate) inherited: BTreeMap<OsString, OsString>,
    pub(crate) sender: Sender<Event>,
    pub(crate) events: Receiver<Event>,
    /// Since the start of the program.
    pub(crate) now: Box<dyn Fn() -> Duration>,
}

impl Runner {
    pub(crate) fn run(self, nonce: Nonce) -> Ending {
        match self.claim(&nonce) {
            Ok(work) => {
                log(Level::Info, "claimed", &[("runner.name", work.runner_name.as_str().into())]);
                self.supervise(&work)
            }
            Err(ending) => ending,
        }
    }

    fn claim(&self, nonce: &Nonce) -> Result<Work, Ending> {
        let mut pace = Pace::default();
        let mut ask_at = Some((self.now)());
        loop {
            match self.event_before(ask_at) {
                None => {
                    ask_at = None;
                    self.ask(ClaimRequest { launch: self.launch, nonce: nonce.clone() });
                }
                Some(Event::Claimed(answer)) => {
                    if let Err(error) = &answer {
                        log(Level::Warn, "no work was claimed", &[("error", chain(error))]);
                    }
                    match pace.next(answer, (self.now)(), jitter()) {
                        Next::Run(work) => return Ok(work),
                        Next::AskAgain { at } => ask_at = Some(at),
                        Next::End(ending) => return Err(ending),
                    }
                }
                Some(Event::Stop(stop)) => return Err(Ending::Stopped(stop)),
                Some(Event::Children) => drop(reap()),
                Some(Event::Line(_) | Event::OutputEnded(_)) => {}
            }
        }
    }

    /// Asks on a thread of its own, so that a signal is heard meanwhile.
    fn ask(&self, claim: ClaimRequest) {
        let (door, sender) = (self.door.clone(), self.sender.clone());
        // Nobody waits for the answer if a signal came first.
        thread::spawn(move || drop(sender.send(Event::Claimed(door.claim(&claim)))));
    }

    fn supervise(&self, work: &Work) -> Ending {
        let mut start = Start(1);
        let mut supervisor = Supervisor::new(self.stop_timeout);
        let Some(mut listener) = self.start(start, work) else { return Ending::ListenerFailed };
        loop {
            let event = self.event_before(supervisor.wake_at());
            let actions = match &event {
                None => {
                    let is_updated = supervisor.is_updating() && is_updated();
                    supervisor.on(supervise::Event::Tick { is_updated }, (self.now)())
                }
                Some(event) => match heard(event, &mut listener) {
                    Some(event) => supervisor.on(event, (self.now)()),
                    None => vec![],
                },
            };
            for action in actions {
                match action {
                    Action::Interrupt => listener.signal(Signal::SIGINT),
                    Action::Kill => listener.signal(Signal::SIGKILL),
                    Action::Report(kind, detail) => self.report(kind, detail),
                    Action::Restart => {
                        start = Start(start.0 + 1);
                        let Some(restarted) = self.start(start, work) else { return Ending::ListenerFailed };
                        listener = restarted;
                    }
                    Action::Finish(ending) => {
                        // What the job left running ends with it.
                        listener.signal(Signal::SIGKILL);
                        return ending;
                    }
                }
            }
        }
    }

    fn start(&self, start: Start, work: &Work) -> Option<Listener> {
        let started = Listener::start(start, &self.inherited, &work.jit_config, &self.sender);
        started
            .inspect_err(|error| {
                log(Level::Error, "bin/Runner.Listener cannot be started", &[("error", chain(error))]);
            })
            .ok()
    }

    /// Advice, sent once: what is lost is no harm.
    fn report(&self, kind: ReportKind, detail: &str) {
        let detail = Detail::shortened(detail).expect("our own sentences have characters");
        if let Err(error) = self.door.report(&ReportRequest { launch: self.launch, kind, detail }) {
            log(Level::Warn, "the report was not noted", &[("error", chain(&error))]);
        }
    }

    /// The next event, or none if the time came first.
    fn event_before(&self, time: Option<Duration>) -> Option<Event> {
        let event = match time {
            Some(at) => self.events.recv_timeout(at.saturating_sub((self.now)())),
            None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match event {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => unreachable!("we hold a sender ourselves"),
        }
    }
}

pub(crate) fn random_nonce() -> io::Result<Nonce> {
    random().map(Nonce::from_bytes)
}

/// What an event says about the listener, if anything.
fn heard<'a>(event: &'a Event, listener: &mut Listener) -> Option<supervise::Event<'a>> {
    match event {
        Event::Line(line) => Some(supervise::Event::Line(line)),
        Event::OutputEnded(start) => listener.ends_with(*start).then_some(supervise::Event::OutputEnded),
        Event::Children => listener.reap().map(supervise::Event::Exited),
        Event::Stop(stop) => Some(supervise::Event::Stop(*stop)),
        Event::Claimed(_) => None,
    }
}

/// Removes the updater's flag as it is seen, as GitHub's own `run.sh` does.
fn is_updated() -> bool {
    Path::new(UPDATED).exists() && fs::remove_file(UPDATED).is_ok()
}

/// Without randomness a pause is merely not spread.
fn jitter() -> Jitter {
    Jitter(random().map_or(u16::MAX, u16::from_ne_bytes))
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
