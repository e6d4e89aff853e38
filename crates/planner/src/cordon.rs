//! Nodes that are warned of take no more launches.

use std::collections::BTreeMap;

use model::Purchase;
use model::cordon::{Cordon, CordonReason, Warned};
use model::id::InstanceId;
use model::node::{Node, NodeState};
use model::observation::Observation;
use model::rules::Rules;
use model::time::Timestamp;

/// By what events tell and, in a sweep, by what the provider says of the machine itself: of a spot node that
/// its own agent has taken out of service, the warning was lost.
pub(crate) fn cordon(seen: &mut Observation, rules: &Rules, now: Timestamp) -> BTreeMap<InstanceId, Cordon> {
    let mut worst: BTreeMap<InstanceId, CordonReason> = BTreeMap::new();
    let spent = seen.nodes.values().filter(|node| is_spent(node, rules));
    let spent = spent.map(|node| Warned { node: node.id.clone(), why: CordonReason::Spent });
    for Warned { node, why } in seen.warned.iter().cloned().chain(drained(seen, rules)).chain(spent) {
        let known = worst.entry(node).or_insert(why);
        *known = why.max(*known);
    }
    let cordons: BTreeMap<InstanceId, Cordon> = worst
        .into_iter()
        .filter(|(id, why)| {
            seen.nodes.get(id).is_some_and(|node| {
                node.state != NodeState::Draining && node.cordon.is_none_or(|cordon| cordon.why < *why)
            })
        })
        .map(|(id, why)| (id, Cordon { why, at: now }))
        .collect();
    for (id, cordon) in &cordons {
        let node = seen.nodes.get_mut(id).expect("only nodes that are seen are cordoned");
        node.cordon = Some(*cordon);
        node.version += 1;
    }
    cordons
}

/// A node of a tier that shares no machines takes one launch in its life. Placing a second one beside or after
/// the first is refused by the row's version, which the first has moved on.
fn is_spent(node: &Node, rules: &Rules) -> bool {
    let shares = rules.pools.get(&node.pool).is_none_or(|pool| pool.trust.shares_machines());
    !shares && node.state == NodeState::Ready && (node.n_launches > 0 || node.has_carried())
}

fn drained(seen: &Observation, rules: &Rules) -> Vec<Warned> {
    let draining = seen.survey.iter().flat_map(|survey| &survey.draining);
    let ours = draining.filter_map(|id| seen.nodes.get(id));
    let is_spot = |pool| rules.pools.get(pool).is_some_and(|pool| pool.purchase == Purchase::Spot);
    ours.filter(|node| node.state != NodeState::Draining)
        .map(|node| Warned {
            node: node.id.clone(),
            why: if is_spot(&node.pool) { CordonReason::Reclaimed } else { CordonReason::Drained },
        })
        .collect()
}
