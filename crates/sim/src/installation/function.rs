//! A run of one of our functions, which may be stopped between any two of its calls, or overtaken there.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use control::port::Ports;
use control::tick::{Call, Depth};
use model::time::Timestamp;

use super::{Installation, Who};
use crate::port::{Side, cut};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Webhook,
    Scaler,
    /// The broker, asked by a task.
    Claim,
    /// The broker, asked by a node.
    Node,
}

impl Function {
    pub(super) fn who(self) -> Who {
        match self {
            Self::Webhook => Who::Webhook,
            Self::Scaler => Who::Scaler,
            Self::Claim | Self::Node => Who::Broker,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It is never heard of again.
    Stop,
    /// So many ticks happen before it goes on, called for the same as the last one: each of them is overtaken
    /// by the next at the same call.
    Overtaken(Depth, u32),
    /// The world goes on without it for so long, other ticks among it.
    Slow(Duration),
}

/// What happens to a function at its `call`-th call, counted over all its runs.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    pub function: Function,
    pub call: u64,
    pub side: Side,
    pub mishap: Mishap,
    /// Calls so far.
    seen: u64,
    pub has_struck: bool,
}

impl Trouble {
    pub fn new(function: Function, call: u64, side: Side, mishap: Mishap) -> Self {
        Self { function, call, side, mishap, seen: 0, has_struck: false }
    }
}

/// A function's clock that is wrong for its next runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    pub function: Function,
    pub by: Duration,
    pub is_ahead: bool,
    /// Runs left.
    pub times: u32,
}

impl Skew {
    /// What the clock tells at this time.
    pub(super) fn shows(&self, now: Timestamp) -> Timestamp {
        let by = u64::try_from(self.by.as_millis()).unwrap_or(u64::MAX);
        Timestamp(if self.is_ahead { now.0.saturating_add(by) } else { now.0.saturating_sub(by) })
    }
}

impl Installation {
    /// What time a function believes it is.
    pub(super) fn time_of(&mut self, function: Function) -> Timestamp {
        let now = self.clock.now();
        let Some(skew) = self.skews.iter_mut().find(|it| it.function == function && it.times > 0) else {
            return now;
        };
        skew.times -= 1;
        skew.shows(now)
    }

    /// Nothing, if it was stopped.
    pub(super) fn run<T>(&mut self, function: Function, body: impl AsyncFnOnce(Ports) -> T) -> Option<T> {
        let trouble = self.trouble.filter(|trouble| trouble.function == function && !trouble.has_struck);
        let Some(mut trouble) = trouble else {
            let done = run(pin!(body(self.ports.clone())));
            self.look_around(function);
            return done;
        };
        let (ports, scissors) = cut(&self.ports, trouble.call - trouble.seen, trouble.side);
        let mut future = pin!(body(ports));
        let mut done = run(future.as_mut());
        trouble.seen += scissors.n_calls();
        trouble.has_struck = done.is_none();
        self.trouble = Some(trouble);
        self.look_around(function);
        if done.is_some() {
            return done;
        }
        self.tell_trouble(&trouble);
        match trouble.mishap {
            Mishap::Stop => return None,
            Mishap::Overtaken(depth, n) => {
                if n > 1 {
                    let next = Mishap::Overtaken(depth, n - 1);
                    self.trouble = Some(Trouble::new(Function::Scaler, trouble.call, trouble.side, next));
                }
                self.tick(Call { depth, ..self.called.clone() });
                // It may have made fewer calls than that.
                self.trouble = Some(trouble);
            }
            Mishap::Slow(span) => self.run_for(span),
        }
        scissors.open();
        done = run(future.as_mut());
        self.look_around(function);
        done
    }

    /// What it has rung, and the rules that it has broken.
    fn look_around(&mut self, function: Function) {
        self.pass_rings_on();
        self.note_seen(function);
    }

    fn tell_trouble(&mut self, trouble: &Trouble) {
        let who = trouble.function.who();
        let side = match trouble.side {
            Side::Before => "before",
            Side::After => "after",
        };
        let call = trouble.call;
        self.tell(who, "trouble", || match trouble.mishap {
            Mishap::Stop => format!("is stopped {side} its call {call}"),
            Mishap::Overtaken(_, 1) => format!("is overtaken by a tick {side} its call {call}"),
            Mishap::Overtaken(_, n) => {
                format!("is overtaken by {n} ticks {side} its call {call}, each by the next")
            }
            Mishap::Slow(span) => format!("hangs {side} its call {call} for {} s", span.as_secs()),
        });
    }
}

/// Runs it as far as it goes: all ports answer at once, so one that waits has been cut off.
fn run<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return Some(output),
            Poll::Pending if woken.0.swap(false, Ordering::SeqCst) => {}
            Poll::Pending => return None,
        }
    }
}

#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
