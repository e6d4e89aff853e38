//! Nodes that take no more launches: idle ones, old ones, and those that are no good.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::cordon::{Cordon, CordonReason};
use model::id::InstanceId;
use model::node::{Node, NodeState};
use model::observation::{Observation, Survey};
use model::plan::Drain;
use model::rules::{Pool, PoolName, Rules};
use model::time::Timestamp;

use crate::lost::is_lost;
use crate::minimum::minimum;

/// From the order to the agent's registration it takes a minute; a machine that needs ten never comes.
const REGISTERS_WITHIN: Duration = Duration::from_mins(10);

pub(crate) const NEVER_REGISTERED: &str = "it never registered";

/// One in so many nodes of a pool is replaced at a time: what drains takes no jobs and still counts
/// towards the maximum.
const PACE: usize = 10;

/// What is decided of nodes that the pool does not need.
#[derive(Debug, Default)]
pub(crate) struct Spared {
    pub(crate) drain: BTreeMap<InstanceId, Drain>,
    /// Those that are to be replaced, and have launches on them.
    pub(crate) cordon: BTreeMap<InstanceId, Cordon>,
}

impl Spared {
    fn has(&self, node: &InstanceId) -> bool {
        self.drain.contains_key(node) || self.cordon.contains_key(node)
    }
}

/// Nodes on which nothing can be placed, whatever the minimum. Only in a sweep, as all that drains: the
/// provider is asked what is on a node, too.
pub(crate) fn give_up(seen: &mut Observation, now: Timestamp) -> BTreeMap<InstanceId, Drain> {
    let Some(survey) = &seen.survey else { return BTreeMap::new() };
    let members = seen.nodes.values().filter(|node| survey.members.contains_key(&node.id));
    let empty = members.filter(|node| is_empty(node, survey));
    let drains: BTreeMap<InstanceId, Drain> =
        empty.filter_map(|node| Some((node.id.clone(), drained(node, useless(node, now)?)))).collect();
    for id in drains.keys() {
        let node = seen.nodes.get_mut(id).expect("only nodes that are seen drain");
        node.state = NodeState::Draining;
        node.version += 1;
    }
    drains
}

fn useless(node: &Node, now: Timestamp) -> Option<&'static str> {
    match node.state {
        NodeState::Ordered if now.since(node.ordered_at) > REGISTERS_WITHIN => Some(NEVER_REGISTERED),
        NodeState::Ready if is_lost(node, now) => Some("its agent has not been heard of for long"),
        NodeState::Ready => node.cordon.map(|cordon| match cordon.why {
            CordonReason::Spent => "it has carried the one launch that a machine of its tier carries",
            CordonReason::Outdated => "it is replaced, and nothing is on it any more",
            CordonReason::AtRisk => "the provider may take it back, and nothing is on it",
            CordonReason::Failing => "nothing starts on it, and nothing is on it",
            CordonReason::Drained => "somebody drains it, and nothing is on it",
            CordonReason::Reclaimed => "the provider takes it back, and nothing is on it",
        }),
        NodeState::Ordered | NodeState::Draining => None,
    }
}

/// Nodes that the pool does not need: the idle, and the old to be replaced.
pub(crate) fn spare(
    seen: &Observation,
    rules: &Rules,
    placed: &BTreeSet<&InstanceId>,
    now: Timestamp,
) -> Spared {
    let mut spared = Spared::default();
    let Some(survey) = &seen.survey else { return spared };
    let mut nodes: BTreeMap<&PoolName, Vec<&Node>> = BTreeMap::new();
    for node in seen.nodes.values() {
        nodes.entry(&node.pool).or_default().push(node);
    }
    for (name, nodes) in nodes {
        let Some(pool) = rules.pools.get(name) else { continue };
        let minimum = usize::try_from(minimum(pool, now)).unwrap_or(usize::MAX);
        let open = nodes.iter().copied().filter(|node| node.is_open());
        let mut spare = open.clone().count().saturating_sub(minimum);
        let is_free = |node: &&Node| !placed.contains(&node.id) && survey.members.contains_key(&node.id);
        let free: Vec<&Node> = open.filter(is_free).collect();
        let stale = free.iter().copied().filter(|node| is_stale(node, survey, pool, now)).collect();

        for node in oldest(stale, survey).into_iter().take(pace(&nodes).min(spare)) {
            spare -= 1;
            if is_empty(node, survey) {
                spared.drain.insert(node.id.clone(), drained(node, "its image is no longer the newest"));
            } else {
                let cordon = Cordon { why: CordonReason::Outdated, at: now };
                spared.cordon.insert(node.id.clone(), cordon);
            }
        }
        // An old one may be idle for as long as others take to be replaced.
        let left = free.into_iter().filter(|node| !spared.has(&node.id)).collect();
        for node in idle(left, survey, pool, now).into_iter().take(spare) {
            spared.drain.insert(node.id.clone(), drained(node, "nothing has been on it for long"));
        }
    }
    spared
}

fn drained(node: &Node, why: &str) -> Drain {
    Drain { version: node.version, why: why.to_owned() }
}

/// How many more nodes of a pool may be on their way out at once, for their age.
fn pace(nodes: &[&Node]) -> usize {
    let is_leaving = |node: &&&Node| node.state == NodeState::Draining || node.cordon.is_some();
    (nodes.len() / PACE).max(1).saturating_sub(nodes.iter().filter(is_leaving).count())
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
