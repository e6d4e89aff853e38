#![doc = include_str!("../README.md")]

mod claim;
mod ending;
mod environment;
mod events;
mod listener;
mod log;
mod marker;
mod run;
mod supervise;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Instant, SystemTime};

use door::Door;
use nix::sys::prctl;

use ending::Ending;
use environment::Environment;
use log::{Level, chain, log};
use run::Runner;

fn main() -> ExitCode {
    let ending = start().unwrap_or_else(|error| {
        log(Level::Error, "the runner cannot start", &[("error", chain(error.as_ref()))]);
        Ending::Misconfigured
    });
    let level = if ending.exit_code() == 0 { Level::Info } else { Level::Error };
    log(level, &ending.to_string(), &[("exit.code", ending.exit_code().into())]);
    ending.exit_code().into()
}

#[expect(clippy::disallowed_methods, reason = "this is where the clocks are read")]
fn start() -> Result<Ending, Box<dyn std::error::Error>> {
    // A job runs under the same user: without this it could read our environment and memory.
    prctl::set_dumpable(false)?;
    // Where we are not PID 1, orphans come to us all the same.
    prctl::set_child_subreaper(true)?;
    let (sender, events) = channel();
    events::catch_signals(sender.clone())?;
    let environment = Environment::read(std::env::vars_os().collect())?;
    let door = Arc::new(Door::new(environment.api, Arc::new(SystemTime::now))?);
    let began = Instant::now();
    let runner = Runner {
        door,
        launch: environment.launch,
        stop_timeout: environment.stop_timeout,
        inherited: environment.inherited,
        sender,
        events,
        now: Box::new(move || began.elapsed()),
    };
    Ok(runner.run(run::random_nonce()?))
}
