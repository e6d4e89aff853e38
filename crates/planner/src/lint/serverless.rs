//! What no plan may do with a pool that has no nodes.

use std::collections::BTreeSet;

use model::id::LaunchId;
use model::label::{self, Kind, Verdict};
use model::launch::Launch;
use model::observation::Observation;
use model::plan::{Placement, Plan, Stand};
use model::rules::{Pool, PoolName, Rules};
use model::task_size;

use super::belongs;

pub(super) fn faults(seen: &Observation, rules: &Rules, plan: &Plan) -> Vec<String> {
    let mut faults: Vec<String> = Vec::new();
    for (name, placement) in &plan.serverless {
        match rules.pools.get(name).filter(|pool| pool.is_serverless()) {
            Some(pool) => faults.extend(misplaced(seen, rules, pool, plan, placement)),
            None => faults.push(format!("pool `{name}` carries nothing without a node")),
        }
    }
    let ordered = plan.order.iter().map(|new| &new.order.id.pool);
    let is_serverless = |name: &&PoolName| rules.pools.get(name).is_some_and(Pool::is_serverless);
    faults.extend(ordered.filter(is_serverless).map(|name| format!("pool `{name}` has no nodes to order")));
    faults
}

fn misplaced(
    seen: &Observation,
    rules: &Rules,
    pool: &Pool,
    plan: &Plan,
    placement: &Placement,
) -> Vec<String> {
    let mut faults: Vec<String> = placement
        .launches
        .iter()
        .filter(|new| !fits(seen, rules, plan, pool, &new.launch))
        .map(|new| format!("launch {} does not belong in pool `{}`", new.launch.id, pool.name))
        .collect();
    let there = seen.launches.values().filter(|launch| launch.node.is_none() && launch.pool == pool.name);
    let ended: BTreeSet<LaunchId> = plan.end.iter().map(|end| end.launch).collect();
    let stand = plan.standby.get(&pool.name).map_or(0, Stand::n_launches);
    let n_all = there.filter(|launch| !ended.contains(&launch.id)).count() + placement.launches.len() + stand;
    if u32::try_from(n_all).is_ok_and(|n_all| n_all > pool.max_nodes) {
        faults
            .push(format!("pool `{}` would have {n_all} tasks, and may have {}", pool.name, pool.max_nodes));
    }
    faults
}

/// A runner that is alone, of a size there is, with at least what its label promises.
fn fits(seen: &Observation, rules: &Rules, plan: &Plan, pool: &Pool, launch: &Launch) -> bool {
    let Some(job) = launch.job.and_then(|job| seen.jobs.get(&job)) else { return false };
    let Verdict::Ours(spec) = label::parse(&job.labels, None) else { return false };
    belongs::belongs(seen, rules, plan, pool, job, launch.at.planned)
        && spec.kind == Kind::Bare
        && !spec.dind
        && launch.node.is_none()
        && launch.pool == pool.name
        && launch.trust == pool.trust
        && task_size::is_one(launch.size)
        && spec.size(pool.default_size).fits_in(launch.size)
        && !seen.launches.contains_key(&launch.id)
}
