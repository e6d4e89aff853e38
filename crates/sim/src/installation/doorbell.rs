//! The queue that wakes the scaler: in order, one batch at a time.

use std::collections::VecDeque;

use control::tick::{Call, Depth};
use model::cordon::Warned;
use model::observation::Stopped;
use model::time::Timestamp;

use crate::numbers::aws as number;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Ring,
    Sweep,
    Stopped(Stopped),
    /// Nobody's: it is logged, and done with.
    Unreadable,
    Warned(Warned),
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    sent_at: Timestamp,
    body: Body,
    n_received: u32,
}

#[derive(Debug, Default)]
pub(super) struct Doorbell {
    waiting: VecDeque<Message>,
    /// A batch is out, or was lost: nothing is handed out before this.
    pub(super) busy_until: Option<Timestamp>,
    /// When the last finished tick began.
    pub(super) began: Option<Timestamp>,
}

impl Doorbell {
    pub(super) fn push(&mut self, body: Body, now: Timestamp) {
        self.waiting.push_back(Message { sent_at: now, body, n_received: 0 });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn take(&mut self) -> Vec<Message> {
        let n = self.waiting.len().min(number::BATCH);
        self.waiting.drain(..n).collect()
    }

    /// The receiver died. How many of them will not be tried again.
    pub(super) fn put_back(&mut self, batch: Vec<Message>) -> u32 {
        let mut n_dead = 0;
        for mut message in batch.into_iter().rev() {
            message.n_received += 1;
            if message.n_received < number::RECEIVES {
                self.waiting.push_front(message);
            } else {
                n_dead += 1;
            }
        }
        n_dead
    }

    /// One call for the whole batch; none, if the last tick has seen all that it is about.
    pub(super) fn call(&self, batch: &[Message]) -> Option<Call> {
        let mut call: Option<Call> = None;
        for message in batch {
            if message.body == Body::Unreadable {
                continue;
            }
            let is_seen = self.began.is_some_and(|began| message.sent_at.after(number::SKEW) < began);
            if is_seen && message.body == Body::Ring {
                continue;
            }
            let call = call.get_or_insert(Call { depth: Depth::Ring, stopped: vec![], warned: vec![] });
            match &message.body {
                Body::Ring | Body::Unreadable => {}
                Body::Sweep => call.depth = Depth::Sweep,
                Body::Stopped(stopped) => call.stopped.push(stopped.clone()),
                Body::Warned(warned) => call.warned.push(warned.clone()),
            }
        }
        call
    }
}
