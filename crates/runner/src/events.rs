//! Everything that happens to the runner, in one channel.

use std::sync::mpsc::Sender;
use std::thread;

use door::{Claimed, DoorError};
use nix::sys::signal::{SigSet, Signal};

use crate::ending::Stop;
use crate::listener::Start;

#[derive(Debug)]
pub(crate) enum Event {
    Claimed(Result<Claimed, DoorError>),
    Line(String),
    OutputEnded(Start),
    /// A child of ours ended, or several.
    Children,
    Stop(Stop),
}

/// Turns signals into events. It must be called before any other thread is there, because threads
/// inherit what is blocked, and a signal goes to any that does not block it.
pub(crate) fn catch_signals(events: Sender<Event>) -> nix::Result<()> {
    let caught: SigSet = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGCHLD].into_iter().collect();
    caught.thread_block()?;
    thread::spawn(move || {
        loop {
            let event = match caught.wait() {
                Ok(Signal::SIGTERM) => Event::Stop(Stop::Terminate),
                Ok(Signal::SIGINT) => Event::Stop(Stop::Interrupt),
                Ok(_) => Event::Children,
                Err(_) => continue,
            };
            if events.send(event).is_err() {
                return;
            }
        }
    });
    Ok(())
}
