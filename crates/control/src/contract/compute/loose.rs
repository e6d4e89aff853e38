//! Machines, whether a group has them or not.

use std::collections::{BTreeMap, BTreeSet};

use model::id::InstanceId;
use model::time::Timestamp;

use super::Outside;
use super::case::{node, promised, survey};
use crate::port::Compute;

pub async fn a_machine_costs_money_until_it_is_ended_whoever_has_it(
    compute: &dyn Compute,
    outside: &dyn Outside,
) {
    let (node, other) = (node(compute, outside, 40).await, promised(compute, 41).await);
    let both: BTreeSet<InstanceId> = [node.clone(), other.clone()].into();
    let all = machines(compute).await;
    assert!(both.iter().all(|node| all[node].0 > 0), "both were launched at some time: {all:?}");
    assert_eq!(grouped(compute, &both).await, both);
    outside.settle().await;
    outside.detach(&node).await;
    assert!(machines(compute).await.contains_key(&node));
    assert_eq!(grouped(compute, &both).await, [other].into());
    assert!(!survey(compute).await.members.contains_key(&node));
    compute.scrap(std::slice::from_ref(&node)).await.expect("it is ended");
    outside.settle().await;
    assert!(!machines(compute).await.contains_key(&node));
}

pub async fn machines_of_others_are_not_ours(compute: &dyn Compute, outside: &dyn Outside) {
    let theirs = outside.launch_for_others().await;
    assert!(!machines(compute).await.contains_key(&theirs));
    // Whoever asks for one is told that some group has it, though it is none of ours.
    let asked = [theirs.clone()].into();
    assert_eq!(grouped(compute, &asked).await, asked);
}

pub async fn what_is_ended_twice_or_is_not_there_is_ended(compute: &dyn Compute, outside: &dyn Outside) {
    let node = node(compute, outside, 42).await;
    outside.settle().await;
    outside.detach(&node).await;
    let nobodys = InstanceId::from("i-0123456789abcdef0");
    let both = [nobodys.clone(), node.clone()];
    for _ in 0..2 {
        compute.scrap(&both).await.expect("one that is not there is ended");
    }
    compute.scrap(std::slice::from_ref(&nobodys)).await.expect("one that is not there is ended");
    outside.settle().await;
    assert!(!machines(compute).await.contains_key(&node));
    assert_eq!(grouped(compute, &[nobodys].into()).await, BTreeSet::new());
}

async fn machines(compute: &dyn Compute) -> BTreeMap<InstanceId, Timestamp> {
    compute.machines().await.expect("machines are listed")
}

async fn grouped(compute: &dyn Compute, nodes: &BTreeSet<InstanceId>) -> BTreeSet<InstanceId> {
    let nodes: Vec<InstanceId> = nodes.iter().cloned().collect();
    compute.grouped(&nodes).await.expect("groups are asked")
}
