//! Worlds by the thousand, on all cores.

use std::{
    os::unix::process::CommandExt,
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, Result};

use crate::process::Cargo;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many worlds, each from a seed of its own.
    #[arg(long, default_value_t = 500)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Tells of the first that fails only what is wrong.
    #[arg(long)]
    brief: bool,
}

/// From so many on it is worth the minutes that an optimised build takes.
const MANY: u64 = 5_000;

pub(crate) fn run(cargo: &Cargo, options: &Options) -> Result<()> {
    if cfg!(debug_assertions) && options.seeds >= MANY {
        let ours = cargo.build_release(&["xtask"])?.join("xtask");
        let mut command = Command::new(&ours);
        command.args(["storm", "--seeds", &options.seeds.to_string(), "--from", &options.from.to_string()]);
        command.args(options.brief.then_some("--brief"));
        // In this process's place, so that whoever interrupts the one interrupts the other.
        return Err(command.exec()).with_context(|| format!("starting {}", ours.display()));
    }
    play(options);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what came of the worlds is what was asked for")]
fn play(options: &Options) {
    let began = now();
    let (next, n_jobs) = (AtomicU64::new(options.from), AtomicU64::new(0));
    let end = options.from.saturating_add(options.seeds);
    // The lowest seed that failed: those above it need not be played.
    let failed: Mutex<Option<(u64, Vec<String>)>> = Mutex::new(None);
    let is_needed = |seed: u64| {
        let failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
        seed < end && failed.as_ref().is_none_or(|(lowest, _)| seed < *lowest)
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !is_needed(seed) {
                        return;
                    }
                    let played = sim::storm::play(seed);
                    n_jobs.fetch_add(played.n_jobs.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
                    if !played.faults.is_empty() && is_needed(seed) {
                        *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some((seed, played.faults));
                    }
                }
            });
        }
    });
    let n_played = next.into_inner().min(end) - options.from;
    let seconds = began.elapsed().as_secs_f64();
    let rate = f64::from(u32::try_from(n_played).unwrap_or(u32::MAX)) / seconds.max(0.001);
    let n_jobs = n_jobs.into_inner();
    println!("{n_played} seeds, {n_jobs} jobs, {seconds:.1} s, {rate:.1} seeds/s");
    let Some((seed, faults)) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) else {
        return;
    };
    println!("\nseed {seed} fails: {}", faults.join("; "));
    if !options.brief {
        let failure = sim::storm::explain(seed);
        println!("\nThe shortest story that still fails:\n\n{}\n{}", failure.scenario, failure.story);
    }
    // Not as an error: what failed has been shown.
    std::process::exit(1);
}

#[expect(clippy::disallowed_methods, reason = "a person wants to know how long it took")]
fn now() -> Instant {
    Instant::now()
}
