//! How fast a day passes in the simulator, with every rule checked after every tick.

use std::time::Duration;

use anyhow::{Result, ensure};
use model::rules::Pool;
use sim::github::{JobOrder, Script};
use sim::installation::{Installation, Settings, left_over, pool};

use super::clock;
use super::figure::{Simulation, rounded};

pub(super) const JOBS: u64 = 20_000;
const JOBS_OF_A_RUN: u64 = 10;
const DAY: Duration = Duration::from_hours(24);
/// After the last run everything ends, and what is idle is given back.
const AFTER: Duration = Duration::from_hours(1);
const LABELS: [&str; 3] = [
    "dagger-v0-19-4-4c-8g-arm64-spot",
    "dagger-v0-19-4-2c-4g-arm64-spot",
    "dagger-v0-19-4-8c-16g-arm64-spot",
];

pub(super) fn measure() -> Result<Simulation> {
    let start = clock::cpu()?;
    let mut world = Installation::new(Settings {
        pools: vec![Pool { max_nodes: 200, ..pool("arm64-spot") }],
        ..Settings::default()
    });
    let n_runs = JOBS / JOBS_OF_A_RUN;
    let pause = DAY / u32::try_from(n_runs)?;
    for run in 0..n_runs {
        world.push((0..JOBS_OF_A_RUN).map(|n| job(run, n)).collect());
        world.run_for(pause);
    }
    world.run_for(AFTER);
    ensure!(world.told.faults.is_empty(), "a rule was broken: {}", world.told.faults.join("; "));
    ensure!(world.told.errors.is_empty(), "a tick failed: {}", world.told.errors.join("; "));
    let n_taken: u32 = world.told.taken.values().sum();
    ensure!(u64::from(n_taken) == JOBS, "{n_taken} of {JOBS} jobs ran");
    let left = left_over(&world);
    ensure!(left.is_empty(), "left over: {}", left.join("; "));
    let seconds = (clock::cpu()? - start).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "the number of jobs is small")]
    let jobs_per_second = rounded(JOBS as f64 / seconds);
    Ok(Simulation { jobs_per_second, seconds: rounded(seconds) })
}

/// One to six minutes, of three sizes.
fn job(run: u64, n: u64) -> JobOrder {
    let script = Script { pause: Duration::from_secs(60 + (run * 7 + n * 31) % 300), ..Script::default() };
    let label = LABELS[usize::try_from(run + n).unwrap_or_default() % LABELS.len()];
    JobOrder { script, ..JobOrder::new(&format!("job {n}"), &[label]) }
}
