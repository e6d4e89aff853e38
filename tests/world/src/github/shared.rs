//! The machine behind its lock, and the one way to touch it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sim::github::{GitHub, Output, Timestamp};
use tokio::sync::{Notify, watch};

use super::clock::Clock;
use super::credentials::Keys;
use super::description::Description;
use super::hooks;
use super::journal::Journal;
use super::payload::Examples;

pub(crate) struct Shared {
    pub(crate) base_url: String,
    pub(crate) clock: Clock,
    pub(crate) description: Description,
    pub(crate) examples: Examples,
    pub(crate) keys: Keys,
    pub(crate) seed: u64,
    pub(crate) runtime: tokio::runtime::Handle,
    state: Mutex<State>,
    /// Counts up whenever anything may have changed.
    changed: watch::Sender<u64>,
    driver: Notify,
}

pub(crate) struct State {
    pub(crate) machine: GitHub,
    pub(crate) journal: Journal,
    pub(crate) webhook_secret: String,
    pub(crate) hook_url: Option<String>,
    pub(crate) check_runs: Vec<serde_json::Value>,
}

pub(crate) struct Parts {
    pub(crate) base_url: String,
    pub(crate) description: Description,
    pub(crate) examples: Examples,
    pub(crate) keys: Keys,
    pub(crate) seed: u64,
    pub(crate) state: State,
}

impl Shared {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            base_url: parts.base_url,
            clock: Clock::default(),
            description: parts.description,
            examples: parts.examples,
            keys: parts.keys,
            seed: parts.seed,
            runtime: tokio::runtime::Handle::current(),
            state: Mutex::new(parts.state),
            changed: watch::channel(0).0,
            driver: Notify::new(),
        })
    }

    /// Reads or changes the world. What follows from it (webhooks, woken runners) is set going here.
    pub(crate) fn act<T>(self: &Arc<Self>, f: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let (answer, _) = self.touch(f);
        self.changed.send_modify(|count| *count += 1);
        answer
    }

    /// The same for a runner's poll: were it a change, runners that wait would wake each other for ever.
    pub(crate) fn poll<T>(self: &Arc<Self>, f: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let (answer, has_effect) = self.touch(f);
        if has_effect {
            self.changed.send_modify(|count| *count += 1);
        }
        answer
    }

    fn touch<T>(self: &Arc<Self>, f: impl FnOnce(&mut State, Timestamp) -> T) -> (T, bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        state.machine.advance(now);
        let answer = f(&mut state, now);
        state.machine.advance(now);
        let outputs = state.machine.take_outputs();
        for output in &outputs {
            match output {
                Output::Deliver(id) => hooks::send(self, &state, *id),
                // Runners wait for any change and poll again.
                Output::Wake(_) => {}
            }
        }
        drop(state);
        self.driver.notify_one();
        (answer, !outputs.is_empty())
    }

    /// Reads the world as it is, without moving it.
    pub(crate) fn read<T>(&self, f: impl FnOnce(&State, Timestamp) -> T) -> T {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        f(&state, self.clock.now())
    }

    /// Moves the model's clock. A runner that is polling now has been polling all along.
    pub(crate) fn shift_clock(self: &Arc<Self>, by: Duration) {
        self.act(|state, now| {
            let presence = state.machine.settings.timing.presence;
            for runner in state.machine.runners.values_mut() {
                if let Some(session) = &mut runner.session
                    && now.since(session.last_seen) <= presence
                {
                    session.last_seen = session.last_seen + by;
                }
            }
            self.clock.shift(by);
        });
        self.act(|_, _| ());
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Lets time pass: does what is due when it is due, until the task is dropped.
    pub(crate) async fn drive(self: Arc<Self>) {
        loop {
            let (due, now) = self.read(|state, now| (state.machine.next_due(), now));
            let wait = due.map_or(Duration::from_secs(3600), |due| due.since(now));
            tokio::select! {
                () = tokio::time::sleep(wait) => self.act(|_, _| ()),
                () = self.driver.notified() => {
                    let is_due = self.read(|s, now| s.machine.next_due().is_some_and(|due| due <= now));
                    if is_due {
                        self.act(|_, _| ());
                    }
                }
            }
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}
