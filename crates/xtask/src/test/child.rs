//! A program and all that it starts, in a group of their own that ends as one.

use std::{fs::File, os::unix::process::CommandExt, process::Command, time::Duration};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::signal::unix::{SignalKind, signal};

/// nextest gives its tests ten seconds to end, and a world needs some of them.
const PATIENCE: Duration = Duration::from_secs(20);

/// What whoever started this program wants of it.
#[derive(Debug)]
pub(super) struct Interrupts {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Passed,
    Failed,
    Interrupted,
}

impl Interrupts {
    pub(super) fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// Runs it to its end, or ends it with everything in its group.
pub(super) async fn run(mut command: Command, output: &File, interrupts: &mut Interrupts) -> Result<Ended> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.process_group(0).stdout(output.try_clone()?).stderr(output.try_clone()?);
    let mut child =
        tokio::process::Command::from(command).spawn().with_context(|| format!("starting {name}"))?;
    let group = Group::of(&child).context("a child that was not waited for has an id")?;
    tokio::select! {
        status = child.wait() => {
            let has_passed = status.with_context(|| format!("waiting for {name}"))?.success();
            Ok(if has_passed { Ended::Passed } else { Ended::Failed })
        }
        () = interrupts.next() => {
            group.signal(Signal::SIGINT);
            // Those that will not end in time are ended with the group.
            let _ = tokio::time::timeout(PATIENCE, child.wait()).await;
            Ok(Ended::Interrupted)
        }
    }
}

/// Dropping it ends what is left of the group.
#[derive(Debug)]
struct Group(Pid);

impl Group {
    fn of(child: &tokio::process::Child) -> Option<Self> {
        child.id().and_then(|id| i32::try_from(id).ok()).map(|id| Self(Pid::from_raw(id)))
    }

    fn signal(&self, signal: Signal) {
        // A group in which nobody lives any more needs no signal.
        let _ = killpg(self.0, signal);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}
