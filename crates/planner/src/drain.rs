//! Nodes that take no more launches: idle ones, old ones, and those that are no good.

use std::collections::BTreeMap;
use std::time::Duration;

use model::id::InstanceId;
use model::node::{Node, NodeState};
use model::observation::{Observation, Survey};
use model::plan::{Drain, Placement};
use model::rules::{Pool, Rules};
use model::time::Timestamp;

use crate::lost::is_lost;
use crate::minimum::minimum;

/// From the order to the agent's registration it takes a minute; a machine that needs ten never comes.
const REGISTERS_WITHIN: Duration = Duration::from_mins(10);

pub(crate) const NEVER_REGISTERED: &str = "it never registered";

/// One in so many nodes of a pool is replaced at a time: what drains takes no jobs and still counts
/// towards the maximum.
const PACE: usize = 10;

/// Nodes on which nothing can be placed, whatever the minimum. Only in a sweep, as all that drains: the
/// provider is asked what is on a node, too.
pub(crate) fn give_up(seen: &mut Observation, now: Timestamp) -> BTreeMap<InstanceId, Drain> {
    let Some(survey) = &seen.survey else { return BTreeMap::new() };
    let members = seen.nodes.values().filter(|node| survey.members.contains_key(&node.id));
    let drains: BTreeMap<InstanceId, Drain> = members
        .filter_map(|node| Some((node.id.clone(), drained(node, useless(node, survey, now)?))))
        .collect();
    for id in drains.keys() {
        let node = seen.nodes.get_mut(id).expect("only nodes that are seen drain");
        node.state = NodeState::Draining;
        node.version += 1;
    }
    drains
}

fn useless(node: &Node, survey: &Survey, now: Timestamp) -> Option<&'static str> {
    let registered = survey.registered.get(&node.id);
    let is_drained_elsewhere = registered.is_some_and(|registered| registered.is_draining);
    match node.state {
        NodeState::Ordered if now.since(node.ordered_at) > REGISTERS_WITHIN => Some(NEVER_REGISTERED),
        NodeState::Ready if is_drained_elsewhere => Some("the provider drains it"),
        NodeState::Ready if is_lost(node, now) && is_empty(node, survey) => {
            Some("its agent has not been heard of for long")
        }
        NodeState::Ordered | NodeState::Ready | NodeState::Draining => None,
    }
}

/// Nodes that the pool does not need: the idle, and the old to be replaced.
pub(crate) fn spare(
    seen: &Observation,
    rules: &Rules,
    placed: &BTreeMap<InstanceId, Placement>,
    now: Timestamp,
) -> BTreeMap<InstanceId, Drain> {
    let Some(survey) = &seen.survey else { return BTreeMap::new() };
    let mut drains = BTreeMap::new();
    for pool in rules.pools.values() {
        let nodes = seen.nodes.values().filter(|node| node.pool == pool.name && node.is_open());
        let is_free = |node: &&Node| !placed.contains_key(&node.id) && survey.members.contains_key(&node.id);
        let n_open = nodes.clone().count();
        let minimum = usize::try_from(minimum(pool, now)).unwrap_or(usize::MAX);
        let mut spare = n_open.saturating_sub(minimum);
        let nodes: Vec<&Node> = nodes.filter(is_free).collect();

        let stale = nodes.iter().copied().filter(|node| is_stale(node, survey, pool, now)).collect();
        for node in oldest(stale, survey).into_iter().take(pace(seen, pool).min(spare)) {
            spare -= 1;
            drains.insert(node.id.clone(), drained(node, "its image is no longer the newest"));
        }
        let rest = nodes.into_iter().filter(|node| !drains.contains_key(&node.id)).collect();
        for node in idle(rest, survey, pool, now).into_iter().take(spare) {
            drains.insert(node.id.clone(), drained(node, "nothing has been on it for long"));
        }
    }
    drains
}

fn drained(node: &Node, why: &str) -> Drain {
    Drain { version: node.version, is_empty: node.n_launches == 0, why: why.to_owned() }
}

/// How many more nodes of a pool may be on their way out at once, for their age.
fn pace(seen: &Observation, pool: &Pool) -> usize {
    let all = || seen.nodes.values().filter(|node| node.pool == pool.name);
    let n_leaving = all().filter(|node| node.state == NodeState::Draining).count();
    (all().count() / PACE).max(1).saturating_sub(n_leaving)
}

/// The idle first, then the oldest. Those with launches on them only take no more.
fn oldest<'a>(mut stale: Vec<&'a Node>, survey: &Survey) -> Vec<&'a Node> {
    stale.sort_by_key(|node| (!is_empty(node, survey), node.ordered_at, &node.id));
    stale
}

/// Those that have been idle longest first.
fn idle<'a>(mut nodes: Vec<&'a Node>, survey: &Survey, pool: &Pool, now: Timestamp) -> Vec<&'a Node> {
    nodes.retain(|node| is_empty(node, survey) && now.since(idle_since(node)) >= pool.idle_after);
    nodes.sort_by_key(|node| (idle_since(node), &node.id));
    nodes
}

/// In our eyes and in the provider's.
fn is_empty(node: &Node, survey: &Survey) -> bool {
    node.n_launches == 0 && runs_nothing(survey, &node.id)
}

/// Older than its pool allows, or made of what the pool is no longer made of.
pub(crate) fn is_stale(node: &Node, survey: &Survey, pool: &Pool, now: Timestamp) -> bool {
    let is_outdated = survey.members.get(&node.id).is_some_and(|member| member.is_outdated);
    is_outdated || now.since(node.ordered_at) > pool.max_age
}

/// A machine that has not registered runs nothing.
pub(crate) fn runs_nothing(survey: &Survey, node: &InstanceId) -> bool {
    survey.registered.get(node).is_none_or(|registered| registered.n_tasks == 0)
}

/// Rows of an earlier version say only since when it is ready.
fn idle_since(node: &Node) -> Timestamp {
    node.idle_since.or(node.ready_at).unwrap_or(node.ordered_at)
}
