//! What the functions cost in time and memory, measured from outside, and what decisions do.

mod calls;
mod clock;
mod crowd;
mod document;
mod figure;
mod function;
mod http;
mod memory;
mod one_core;
mod packing;
mod payload;
mod plan;
mod report;
mod runtime_api;
mod scaler;
mod scene;
mod simulation;
mod stand_in;
mod webhook;

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use tokio::signal::unix::{SignalKind, signal};

use crate::process::Cargo;
use figure::{Figures, Scaler, Webhook};
use stand_in::Secrets;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only these parts; all of them, if none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Prints one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// Where the release binaries lie; without it they are built first.
    #[arg(long, hide = true)]
    binaries: Option<PathBuf>,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The release binaries of webhook and scaler, as processes.
    Functions,
    /// The time a plan takes.
    Plan,
    /// What the nodes cost that a plan orders.
    Packing,
    /// A day in the simulator.
    Simulation,
    /// What ticks ask of AWS and GitHub as installations grow; minutes, and only if it is named.
    Calls,
    /// A month in the simulator; minutes, and only if it is named.
    Month,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        let is_long = matches!(part, Part::Calls | Part::Month);
        self.parts.contains(&part) || self.parts.is_empty() && !is_long
    }
}

pub(crate) fn run(cargo: &Cargo, options: &Options) -> Result<()> {
    match &options.binaries {
        None => build_and_become_release(cargo, options),
        Some(binaries) => print(&measured(binaries, options)?, options.json),
    }
}

/// What measures is a release build too, or its own slowness would be measured with the rest.
fn build_and_become_release(cargo: &Cargo, options: &Options) -> Result<()> {
    if options.wants(Part::Functions) {
        note("building what is measured, as it is released: minutes, the first time");
        cargo.build_release(&["webhook", "scaler"])?;
    }
    note("building what measures");
    let ours = cargo.build_release(&["xtask"])?.join("xtask");
    let mut command = Command::new(&ours);
    command.arg("bench").arg("--binaries").arg(ours.parent().context("a binary lies in a folder")?);
    command.args(options.parts.iter().filter_map(Part::to_possible_value).map(|it| it.get_name().to_owned()));
    if options.json {
        command.arg("--json");
    }
    // In this process's place, so that whoever interrupts the one interrupts the other.
    Err(command.exec()).with_context(|| format!("starting {}", ours.display()))
}

fn measured(binaries: &Path, options: &Options) -> Result<Figures> {
    let mut figures = Figures::default();
    if options.wants(Part::Functions) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (webhook, scaler) = tokio::task::LocalSet::new().block_on(&runtime, async {
            let mut interrupted = signal(SignalKind::interrupt())?;
            let mut terminated = signal(SignalKind::terminate())?;
            // The processes that were started end with the future that started them.
            tokio::select! {
                figures = measure(binaries) => figures,
                _ = interrupted.recv() => bail!("interrupted"),
                _ = terminated.recv() => bail!("terminated"),
            }
        })?;
        (figures.webhook, figures.scaler) = (Some(webhook), Some(scaler));
    }
    if options.wants(Part::Plan) {
        note("planning");
        figures.plan = Some(plan::measure().context("measuring the planner")?);
    }
    if options.wants(Part::Packing) {
        note("packing");
        figures.packing = Some(packing::measure().context("measuring what batches cost")?);
    }
    if options.wants(Part::Simulation) {
        note("simulating a day");
        figures.simulation = Some(simulation::measure().context("measuring the simulator")?);
    }
    if options.wants(Part::Calls) {
        note("counting calls");
        figures.calls = Some(calls::measure().context("counting calls")?);
    }
    if options.wants(Part::Month) {
        note("simulating a month");
        figures.month = Some(simulation::measure_month().context("simulating a month")?);
    }
    Ok(figures)
}

async fn measure(binaries: &Path) -> Result<(Webhook, Scaler)> {
    let secrets = Secrets::make()?;
    note("measuring the webhook");
    let webhook = webhook::measure(binaries, &secrets).await.context("measuring the webhook")?;
    note("measuring the scaler");
    let scaler = scaler::measure(binaries, &secrets).await.context("measuring the scaler")?;
    Ok((webhook, scaler))
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
