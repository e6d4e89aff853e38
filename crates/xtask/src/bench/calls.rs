//! What is asked of AWS and GitHub, by name, for each ring and each sweep, as installations grow.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use model::rules::Pool;
use sim::github::{JobOrder, Script};
use sim::installation::{Installation, Settings, Tally, pool};

use super::figure::{Asked, Calls};

const NODES: [u32; 3] = [10, 1_000, 5_000];
const POOLS: [&str; 3] = ["arm64-a", "arm64-b", "arm64-c"];
/// A hundred thousand a day, as one run of seven every six seconds.
const JOBS_OF_A_RUN: u64 = 7;
const PAUSE: Duration = Duration::from_secs(6);
/// From nothing to all nodes, and GitHub's first jobs.
const GROWS: Duration = Duration::from_mins(15);
const LASTS: Duration = Duration::from_mins(10);
const LABEL: &str = "dagger-v0-19-4-2c-4g-arm64-spot";

pub(super) fn measure() -> Result<Vec<Calls>> {
    NODES.into_iter().map(installation).collect()
}

/// All buckets on from the first order to the last job.
fn installation(n_nodes: u32) -> Result<Calls> {
    let mut settings = Settings { pools: pools(n_nodes), ..Settings::default() };
    settings.compute.throttling = true;
    let mut world = Installation::new(settings);
    world.run_for(GROWS);
    let grown = std::mem::take(&mut world.told.asked);
    let n_runs = LASTS.as_secs() / PAUSE.as_secs();
    for run in 0..n_runs {
        world.push((0..JOBS_OF_A_RUN).map(|n| job(run, n)).collect());
        world.run_for(PAUSE);
    }
    ensure!(world.told.faults.is_empty(), "a rule was broken: {}", world.told.faults.join("; "));
    let failed = world.told.errors.len();
    let n_there: usize = world.rules.pools.keys().map(|pool| world.members(pool).len()).sum();
    ensure!(n_there == usize::try_from(n_nodes)?, "{n_there} of {n_nodes} nodes are there");
    let all = &world.told.asked;
    let mut refused = BTreeMap::new();
    for tally in
        [&grown.by_ring, &grown.by_sweep, &grown.by_others, &all.by_ring, &all.by_sweep, &all.by_others]
    {
        for (name, sum) in tally.calls.iter().filter(|(_, sum)| sum.n_refused > 0) {
            *refused.entry(name.clone()).or_default() += sum.n_refused;
        }
    }
    let all_refused: Vec<String> = refused.iter().map(|(name, n)| format!("{name} {n} times")).collect();
    ensure!(all_refused.is_empty(), "a bucket was empty: {}", all_refused.join(", "));
    ensure!(failed == 0, "{failed} ticks failed: {}", world.told.errors.join("; "));
    Ok(Calls { nodes: n_nodes, failed, ring: asked(&all.by_ring), sweep: asked(&all.by_sweep), refused })
}

fn pools(n_nodes: u32) -> Vec<Pool> {
    let of = |place: u32| {
        let n = n_nodes / 3 + u32::from(place < n_nodes % 3);
        let name = POOLS[usize::try_from(place).unwrap_or_default()];
        Pool { max_nodes: n, min_nodes: n, ..pool(name) }
    };
    (0..3).map(of).collect()
}

fn asked(tally: &Tally) -> Asked {
    #[expect(clippy::cast_precision_loss, reason = "calls are few")]
    let mean = |n: u64| super::figure::rounded(n as f64 / tally.n_runs.max(1) as f64);
    Asked {
        runs: tally.n_runs,
        most: tally.most,
        mean: tally.calls.iter().map(|(name, sum)| (name.clone(), mean(sum.n))).collect(),
        most_of: tally.calls.iter().map(|(name, sum)| (name.clone(), sum.most)).collect(),
    }
}

fn job(run: u64, n: u64) -> JobOrder {
    let script = Script { pause: Duration::from_secs(60 + (run * 7 + n * 31) % 120), ..Script::default() };
    JobOrder { script, ..JobOrder::new(&format!("job {n}"), &[LABEL]) }
}
