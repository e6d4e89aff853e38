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
        let (n_placed, n_orders) = (planned.plan.place.len(), planned.plan.order.len());
        ensure!(n_placed > 0 && n_orders > 0, "of {n_jobs} jobs: {n_placed} placements, {n_orders} orders");
        let faults = planner::lint::lint(&seen, &rules, &planned.plan, NOW);
        ensure!(faults.is_empty(), "a plan breaks a rule: {}", faults.join("; "));
    }
    Ok(times.percentile(50))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_crowd_leaves_something_to_decide_and_every_rule_whole() {
        plans(100_000, 1).unwrap();
    }
}
