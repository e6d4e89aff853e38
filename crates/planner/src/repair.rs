//! Nodes that differ from what the provider lists.

use std::collections::BTreeMap;
use std::time::Duration;

use model::cordon::{Cordon, CordonReason};
use model::id::InstanceId;
use model::node::{Node, NodeState};
use model::observation::{Member, Observation, Survey};
use model::plan::Repair;
use model::rules::Rules;
use model::size::Size;
use model::time::Timestamp;

/// The provider's lists lag behind its answers: what was ordered just now may not be listed yet.
pub(crate) const LISTED: Duration = Duration::from_mins(1);

pub(crate) fn repair(seen: &mut Observation, rules: &Rules, now: Timestamp) -> BTreeMap<InstanceId, Repair> {
    let Some(survey) = &seen.survey else { return BTreeMap::new() };
    let adopted =
        survey.members.iter().filter(|(id, _)| !seen.nodes.contains_key(id)).filter_map(|(id, member)| {
            Some((id.clone(), Repair::Adopt(Box::new(adopted(id, member, survey, rules, now)?))))
        });
    let known = seen.nodes.values().filter_map(|node| Some((node.id.clone(), repaired(node, survey, now)?)));
    let repairs: BTreeMap<InstanceId, Repair> = adopted.chain(known).collect();
    for (id, repair) in &repairs {
        apply(seen, id, repair, now);
    }
    repairs
}

fn adopted(id: &InstanceId, member: &Member, survey: &Survey, rules: &Rules, now: Timestamp) -> Option<Node> {
    let pool = rules.pools.get(&member.pool)?;
    let registered = survey.registered.get(id).filter(|registered| registered.is_connected);
    // What it has carried before it lost its row, nobody knows.
    let may_be_spent = !pool.trust.shares_machines() && survey.registered.contains_key(id);
    Some(Node {
        id: id.clone(),
        pool: member.pool.clone(),
        zone: member.zone.clone(),
        state: if registered.is_some() { NodeState::Ready } else { NodeState::Ordered },
        version: 0,
        size: registered.map_or(pool.node, |registered| registered.size),
        used: Size::default(),
        n_launches: 0,
        ordered_at: now,
        ready_at: registered.map(|_| now),
        idle_since: registered.map(|_| now),
        lost_at: None,
        cordon: may_be_spent.then_some(Cordon { why: CordonReason::Spent, at: now }),
        n_failed: 0,
    })
}

fn repaired(node: &Node, survey: &Survey, now: Timestamp) -> Option<Repair> {
    if !survey.members.contains_key(&node.id) {
        return (now.since(node.ordered_at) > LISTED).then_some(Repair::Gone);
    }
    let connected = survey.registered.get(&node.id).filter(|registered| registered.is_connected);
    match (node.state, connected) {
        (NodeState::Ordered, Some(registered)) => Some(Repair::Ready(registered.size)),
        (NodeState::Ready, Some(_)) => node.lost_at.map(|_| Repair::Found),
        (NodeState::Ready, None) => {
            let is_listed = node.ready_at.is_none_or(|at| now.since(at) > LISTED);
            (node.lost_at.is_none() && is_listed).then_some(Repair::Lost)
        }
        (NodeState::Ordered, None) | (NodeState::Draining, _) => None,
    }
}

fn apply(seen: &mut Observation, id: &InstanceId, repair: &Repair, now: Timestamp) {
    match repair {
        Repair::Adopt(node) => drop(seen.nodes.insert(id.clone(), Node::clone(node))),
        Repair::Ready(size) => {
            let node = changed(seen, id);
            node.state = NodeState::Ready;
            node.size = *size;
            node.ready_at = Some(now);
            node.idle_since = Some(now);
        }
        Repair::Lost => changed(seen, id).lost_at = Some(now),
        Repair::Found => changed(seen, id).lost_at = None,
        Repair::Gone => drop(seen.nodes.remove(id)),
    }
}

fn changed<'a>(seen: &'a mut Observation, id: &InstanceId) -> &'a mut Node {
    let node = seen.nodes.get_mut(id).expect("only nodes that are seen are repaired");
    node.version += 1;
    node
}
