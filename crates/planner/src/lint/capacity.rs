//! What no plan may do to machines that are there.

use std::collections::{BTreeMap, BTreeSet};

use model::cordon::CordonReason;
use model::id::InstanceId;
use model::node::NodeState;
use model::observation::Observation;
use model::plan::Plan;
use model::rules::{Pool, PoolName, Rules};
use model::time::Timestamp;

pub(super) fn faults(seen: &Observation, rules: &Rules, plan: &Plan, now: Timestamp) -> Vec<String> {
    let mut faults: Vec<String> = plan.drain.keys().flat_map(|id| drained(seen, plan, id)).collect();
    faults.extend(below_minimum(seen, rules, plan, now));
    faults.extend(plan.terminate.keys().flat_map(|id| ended(seen, plan, id)));
    faults.extend(misheld(seen, plan));
    faults
}

/// What drains is a node that is there and takes no launch by the same plan.
fn drained(seen: &Observation, plan: &Plan, id: &InstanceId) -> Vec<String> {
    let mut faults = Vec::new();
    if plan.place.contains_key(id) || super::standby::nodes(plan).any(|node| node == id) {
        faults.push(format!("{id} takes launches and drains"));
    }
    match seen.nodes.get(id) {
        Some(node) if node.state == NodeState::Draining => faults.push(format!("{id} drains already")),
        Some(_) if !launches_on(seen, plan, id).is_empty() => {
            faults.push(format!("{id} has launches, and drains"));
        }
        Some(_) | None => {}
    }
    faults
}

/// By the clock on the wall of the pool's zone.
fn minimum(pool: &Pool, now: Timestamp) -> u32 {
    let Some(schedule) = &pool.schedule else { return pool.min_nodes };
    match schedule.on_the_wall(now) {
        Some(window) => window.and_then(|it| it.min_nodes).unwrap_or(pool.min_nodes),
        // Either reading will do.
        None => {
            let of_windows = schedule.windows.iter().filter_map(|it| it.min_nodes);
            of_windows.chain([pool.min_nodes]).min().unwrap_or(0)
        }
    }
}

/// Nodes that could take jobs are kept up to the minimum, those among them that the plan writes down first.
fn below_minimum(seen: &Observation, rules: &Rules, plan: &Plan, now: Timestamp) -> Vec<String> {
    let mut n_open: BTreeMap<PoolName, u32> = BTreeMap::new();
    let mut n_drained: BTreeMap<PoolName, u32> = BTreeMap::new();
    let all: BTreeSet<&InstanceId> = seen.nodes.keys().chain(plan.repair.keys()).collect();
    for node in all.into_iter().filter_map(|id| super::target(seen, plan, id)) {
        let cordon = plan.cordon.get(&node.id).map(|cordon| cordon.why);
        let is_replaced = cordon == Some(CordonReason::Outdated);
        if cordon.is_some() && !is_replaced {
            continue;
        }
        *n_open.entry(node.pool.clone()).or_default() += 1;
        if plan.drain.contains_key(&node.id) || is_replaced {
            *n_drained.entry(node.pool).or_default() += 1;
        }
    }
    n_drained
        .into_iter()
        .filter_map(|(pool, drained)| {
            let minimum = rules.pools.get(&pool).map_or(0, |pool| minimum(pool, now));
            let left = n_open[&pool].saturating_sub(drained);
            (left < minimum)
                .then(|| format!("pool `{pool}` would keep {left} nodes of a minimum of {minimum}"))
        })
        .collect()
}

/// What is ended drains, and nothing is on it, whoever is asked.
fn ended(seen: &Observation, plan: &Plan, id: &InstanceId) -> Vec<String> {
    let mut faults = Vec::new();
    let drains = seen.nodes.get(id).is_some_and(|node| node.state == NodeState::Draining)
        || plan.drain.contains_key(id);
    if !drains {
        faults.push(format!("{id} does not drain, and would be ended"));
    }
    // Also those that this plan ends: their tasks are told to stop by now, and no more.
    if seen.launches.values().any(|launch| launch.is_on(id)) {
        faults.push(format!("{id} has launches, and would be ended"));
    }
    let registered = seen.survey.as_ref().and_then(|survey| survey.registered.get(id));
    if registered.is_some_and(|registered| registered.n_tasks > 0) {
        faults.push(format!("{id} has tasks, and would be ended"));
    }
    faults
}

/// The provider is told of as many members as there are.
fn misheld(seen: &Observation, plan: &Plan) -> Vec<String> {
    let n_members = |pool: &PoolName| {
        let members = seen.survey.iter().flat_map(|survey| survey.members.values());
        members.filter(|member| member.pool == *pool).count()
    };
    plan.hold
        .iter()
        .filter(|(pool, n)| usize::try_from(**n).ok() != Some(n_members(pool)))
        .map(|(pool, n)| format!("pool `{pool}` has {} members, and would be held at {n}", n_members(pool)))
        .collect()
}

fn launches_on(seen: &Observation, plan: &Plan, id: &InstanceId) -> Vec<model::id::LaunchId> {
    let is_over = |launch| plan.end.iter().any(|end| end.launch == launch);
    let on_it = seen.launches.values().filter(|launch| launch.is_on(id) && !is_over(launch.id));
    on_it.map(|launch| launch.id).collect()
}
