//! A run of one of our functions, which may be stopped between any two of its calls, or overtaken there.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use control::port::Ports;
use control::tick::{Call, Depth};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It is never heard of again.
    Stop,
    /// A whole tick happens before it goes on, called for the same as the last one.
    Overtaken(Depth),
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

impl Installation {
    /// Nothing, if it was stopped.
    pub(super) fn run<T>(&mut self, function: Function, body: impl AsyncFnOnce(Ports) -> T) -> Option<T> {
        let trouble = self.trouble.filter(|trouble| trouble.function == function && !trouble.has_struck);
        let Some(mut trouble) = trouble else {
            let done = run(pin!(body(self.ports.clone())));
            self.pass_rings_on();
            return done;
        };
        let (ports, scissors) = cut(&self.ports, trouble.call - trouble.seen, trouble.side);
        let mut future = pin!(body(ports));
        let mut done = run(future.as_mut());
        trouble.seen += scissors.n_calls();
        trouble.has_struck = done.is_none();
        self.trouble = Some(trouble);
        self.pass_rings_on();
        if done.is_some() {
            return done;
        }
        self.tell_trouble(&trouble);
        match trouble.mishap {
            Mishap::Stop => return None,
            Mishap::Overtaken(depth) => {
                self.tick(Call { depth, ..self.called.clone() });
            }
            Mishap::Slow(span) => self.run_for(span),
        }
        scissors.open();
        done = run(future.as_mut());
        self.pass_rings_on();
        done
    }
}

impl Installation {
    fn tell_trouble(&mut self, trouble: &Trouble) {
        let who = match trouble.function {
            Function::Webhook => Who::Webhook,
            Function::Scaler => Who::Scaler,
            Function::Claim | Function::Node => Who::Broker,
        };
        let side = match trouble.side {
            Side::Before => "before",
            Side::After => "after",
        };
        let call = trouble.call;
        self.tell(who, "trouble", || match trouble.mishap {
            Mishap::Stop => format!("is stopped {side} its call {call}"),
            Mishap::Overtaken(_) => format!("is overtaken by a tick {side} its call {call}"),
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
