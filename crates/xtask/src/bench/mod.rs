//! What the functions cost in time and memory, measured from outside.

mod clock;
mod document;
mod figure;
mod function;
mod http;
mod payload;
mod report;
mod runtime_api;
mod scaler;
mod scene;
mod stand_in;
mod webhook;

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

use crate::process::Cargo;
use figure::Figures;
use stand_in::Secrets;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Prints one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// Where the release binaries lie; without it they are built first.
    #[arg(long, hide = true)]
    binaries: Option<PathBuf>,
}

pub(crate) fn run(cargo: &Cargo, options: &Options) -> Result<()> {
    match &options.binaries {
        None => build_and_become_release(cargo, options.json),
        Some(binaries) => print(&measured(binaries)?, options.json),
    }
}

/// What measures is a release build too, or its own slowness would be measured with the rest.
fn build_and_become_release(cargo: &Cargo, json: bool) -> Result<()> {
    note("building what is measured, as it is released: minutes, the first time");
    let binaries = cargo.build_release(&["webhook", "scaler"])?;
    note("building what measures");
    let ours = cargo.build_release(&["xtask"])?.join("xtask");
    let mut command = Command::new(&ours);
    command.args(["bench", "--binaries"]).arg(&binaries);
    if json {
        command.arg("--json");
    }
    // In this process's place, so that whoever interrupts the one interrupts the other.
    Err(command.exec()).with_context(|| format!("starting {}", ours.display()))
}

fn measured(binaries: &Path) -> Result<Figures> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        // The processes that were started end with the future that started them.
        tokio::select! {
            figures = measure(binaries) => figures,
            _ = interrupted.recv() => bail!("interrupted"),
            _ = terminated.recv() => bail!("terminated"),
        }
    })
}

async fn measure(binaries: &Path) -> Result<Figures> {
    let secrets = Secrets::make()?;
    note("measuring the webhook");
    let webhook = webhook::measure(binaries, &secrets).await.context("measuring the webhook")?;
    note("measuring the scaler");
    let scaler = scaler::measure(binaries, &secrets).await.context("measuring the scaler")?;
    Ok(Figures { webhook, scaler })
}

#[expect(clippy::print_stdout, reason = "the figures are what was asked for")]
fn print(figures: &Figures, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(figures)?);
    } else {
        print!("{}", report::table(figures));
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "progress must not stand among the figures")]
fn note(what: &str) {
    eprintln!("bench: {what}");
}
