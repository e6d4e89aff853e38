//! GitHub's listener as a process: started, signalled, listened to and reaped.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use secrecy::{ExposeSecret, SecretString};

use crate::events::Event;
use crate::supervise::Exit;

/// A line without an end is passed on in pieces of this size.
const PIECE_BYTES: u64 = 64 * 1024;
/// Stdout and stderr: the one has the markers, the other the errors.
const N_STREAMS: u8 = 2;

/// Which start of the listener something comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start(pub(crate) u32);

/// A listener that leads a process group of its own.
#[derive(Debug)]
pub(crate) struct Listener {
    pid: Pid,
    start: Start,
    n_open: u8,
}

impl Listener {
    /// Starts it in the working directory. What it prints becomes events.
    pub(crate) fn start(
        start: Start,
        inherited: &BTreeMap<OsString, OsString>,
        jit_config: &SecretString,
        events: &Sender<Event>,
    ) -> io::Result<Self> {
        let mut child = Command::new("bin/Runner.Listener")
            .arg("run")
            .env_clear()
            .envs(inherited)
            .env("ACTIONS_RUNNER_INPUT_JITCONFIG", jit_config.expose_secret())
            .env("ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED", "1")
            .env("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("Linux has no pid above 2^22"));
        let stdout = child.stdout.take().expect("it was asked for");
        let stderr = child.stderr.take().expect("it was asked for");
        let (to_stdout, to_stderr) = (events.clone(), events.clone());
        thread::spawn(move || follow(stdout, io::stdout(), &to_stdout, start));
        thread::spawn(move || follow(stderr, io::stderr(), &to_stderr, start));
        Ok(Self { pid, start, n_open: N_STREAMS })
    }

    /// Whether all that this start of the listener printed was heard, once one of its streams ended.
    pub(crate) fn ends_with(&mut self, ended: Start) -> bool {
        if ended == self.start {
            self.n_open = self.n_open.saturating_sub(1);
        }
        self.n_open == 0
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // The only error left is that the whole group is gone, which is what a signal is for.
        let _ = killpg(self.pid, signal);
    }

    /// Reaps every child there is, orphans of the job included, and tells if the listener was among them.
    pub(crate) fn reap(&self) -> Option<Exit> {
        reap().into_iter().find_map(|(pid, exit)| (pid == self.pid).then_some(exit))
    }
}

/// Reaps every child that has ended.
pub(crate) fn reap() -> Vec<(Pid, Exit)> {
    let mut ended = vec![];
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) => ended.push((pid, Exit::Code(code))),
            Ok(WaitStatus::Signaled(pid, signal, _)) => ended.push((pid, Exit::Signal(signal as i32))),
            Ok(WaitStatus::StillAlive) => return ended,
            // Without WUNTRACED nothing else is told; an interrupted call is made again.
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return ended,
        }
    }
}

/// Passes output on as it comes, line by line, until its last writer is gone.
fn follow(from: impl Read, mut to: impl Write, events: &Sender<Event>, start: Start) {
    let mut from = BufReader::new(from);
    let mut piece = Vec::new();
    let mut is_line_start = true;
    loop {
        piece.clear();
        match from.by_ref().take(PIECE_BYTES).read_until(b'\n', &mut piece) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        // Whoever reads our output may be gone; the job goes on.
        drop(to.write_all(&piece).and_then(|()| to.flush()));
        if is_line_start {
            let line = String::from_utf8_lossy(&piece).trim_end().to_owned();
            drop(events.send(Event::Line(line)));
        }
        is_line_start = piece.ends_with(b"\n");
    }
    // Nobody listens any more once the runner itself has ended.
    drop(events.send(Event::OutputEnded(start)));
}
