//! How long one plan takes, by how many jobs there are.

use std::hint::black_box;

use anyhow::{Result, ensure};

use super::clock;
use super::crowd::{self, NOW};
use super::figure::{Plan, Times};

/// Plans of each size; of the largest there are fewer.
pub(super) const PLANS: usize = 15;
const PLANS_OF_MANY: usize = 5;

pub(super) fn measure() -> Result<Plan> {
    Ok(Plan {
        jobs_100_ms: plans(100, PLANS)?,
        jobs_10000_ms: plans(10_000, PLANS)?,
        jobs_100000_ms: plans(100_000, PLANS_OF_MANY)?,
    })
}

fn plans(n_jobs: u64, n_plans: usize) -> Result<f64> {
    let rules = crowd::rules();
    let seen = crowd::seen(&rules, n_jobs);
    let mut times = Times::default();
    for _ in 0..n_plans {
        let start = clock::cpu()?;
        let planned = planner::plan(black_box(&seen), &rules, NOW);
        times.add(clock::cpu()?.saturating_sub(start));
        ensure!(!planned.plan.place.is_empty() && !planned.plan.order.is_empty(), "nothing was decided");
        let faults = planner::lint::lint(&seen, &rules, &planned.plan, NOW);
        ensure!(faults.is_empty(), "a plan breaks a rule: {}", faults.join("; "));
    }
    Ok(times.percentile(50))
}
