//! How fast days pass in the simulator: one with every rule checked after every tick, a month without.

use std::time::Duration;

use anyhow::{Result, ensure};
use model::rules::Pool;
use sim::github::{JobOrder, Script};
use sim::installation::{Installation, Settings, left_over, pool};

use super::figure::{Month, Simulation, rounded};
use super::{clock, memory};

/// Of a day.
pub(super) const JOBS: u64 = 20_000;
pub(super) const DAYS: u64 = 30;
const JOBS_OF_A_RUN: u64 = 10;
const DAY: Duration = Duration::from_hours(24);
/// After the last run everything ends, and what is idle is given back.
const AFTER: Duration = Duration::from_hours(1);
/// GitHub sends nothing again after three days: what is over is let go then.
const REMEMBERED: Duration = Duration::from_hours(4 * 24);
/// As long as the ledger would keep it, its time to live and `DynamoDB`'s two days.
const KEPT: Duration = Duration::from_hours(33 * 24);
/// When memory is looked at first: by then as much is forgotten as is new.
const SETTLED: u64 = 7;
const LABELS: [&str; 3] = [
    "dagger-v0-19-4-4c-8g-arm64-spot",
    "dagger-v0-19-4-2c-4g-arm64-spot",
    "dagger-v0-19-4-8c-16g-arm64-spot",
];

pub(super) fn measure() -> Result<Simulation> {
    let start = clock::cpu()?;
    let mut world = Installation::new(settings());
    pass_day(&mut world)?;
    end(&mut world, 0, JOBS)?;
    let seconds = (clock::cpu()? - start).as_secs_f64();
    let n_ticks = world.told.n_ticks;
    Ok(Simulation { jobs_per_second: per_second(JOBS, seconds), seconds: rounded(seconds), n_ticks })
}

pub(super) fn measure_month() -> Result<Month> {
    let start = clock::cpu()?;
    let mut settings = settings();
    settings.history_shortened_by = KEPT - REMEMBERED;
    settings.github.timing.run_retention = REMEMBERED;
    let mut world = Installation::new(settings);
    world.leave_unchecked();
    let (mut after_a_week_mb, mut n_taken) = (0.0, 0);
    for day in 1..=DAYS {
        pass_day(&mut world)?;
        n_taken += counted(&mut world);
        if day == SETTLED {
            after_a_week_mb = memory::held_mb()?;
        }
    }
    let at_the_end_mb = memory::held_mb()?;
    end(&mut world, n_taken, JOBS * DAYS)?;
    let seconds = (clock::cpu()? - start).as_secs_f64();
    Ok(Month {
        jobs_per_second: per_second(JOBS * DAYS, seconds),
        seconds: rounded(seconds),
        after_a_week_mb,
        at_the_end_mb,
        peak_mb: memory::peak_mb()?,
    })
}

fn settings() -> Settings {
    Settings { pools: vec![Pool { max_nodes: 200, ..pool("arm64-spot") }], ..Settings::default() }
}

fn pass_day(world: &mut Installation) -> Result<()> {
    let n_runs = JOBS / JOBS_OF_A_RUN;
    let pause = DAY / u32::try_from(n_runs)?;
    for run in 0..n_runs {
        world.push((0..JOBS_OF_A_RUN).map(|n| job(run, n)).collect());
        world.run_for(pause);
    }
    Ok(())
}

/// How many jobs runners took, which is then forgotten.
fn counted(world: &mut Installation) -> u64 {
    world.told.started.clear();
    std::mem::take(&mut world.told.taken).into_values().map(u64::from).sum()
}

/// Every job ran, no rule was broken, and nothing is left.
fn end(world: &mut Installation, n_counted: u64, n_jobs: u64) -> Result<()> {
    world.run_for(AFTER);
    ensure!(world.told.faults.is_empty(), "a rule was broken: {}", world.told.faults.join("; "));
    ensure!(world.told.errors.is_empty(), "a tick failed: {}", world.told.errors.join("; "));
    let n_taken = n_counted + counted(world);
    ensure!(n_taken == n_jobs, "{n_taken} of {n_jobs} jobs ran");
    let left = left_over(world);
    ensure!(left.is_empty(), "left over: {}", left.join("; "));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "the number of jobs is small")]
fn per_second(n_jobs: u64, seconds: f64) -> f64 {
    rounded(n_jobs as f64 / seconds)
}

/// One to six minutes, of three sizes.
fn job(run: u64, n: u64) -> JobOrder {
    let script = Script { pause: Duration::from_secs(60 + (run * 7 + n * 31) % 300), ..Script::default() };
    let label = LABELS[usize::try_from(run + n).unwrap_or_default() % LABELS.len()];
    JobOrder { script, ..JobOrder::new(&format!("job {n}"), &[label]) }
}
