//! What the provider lists of nodes.

use model::Trust;
use model::id::TaskId;
use model::size::Mib;

use super::case::{launch, node, promised, refused, started, stopped, survey};
use super::{NODE_CPU, NODE_MIB, Outside, TRUST};
use crate::port::Compute;

pub async fn a_node_is_a_member_before_it_registers(compute: &dyn Compute, outside: &dyn Outside) {
    let node = promised(compute, 10).await;
    let before = survey(compute).await;
    assert!(before.members.contains_key(&node));
    assert!(!before.registered.contains_key(&node));
    outside.boot(&node).await;
    let after = survey(compute).await;
    assert!(after.members.contains_key(&node));
    let registered = after.registered.get(&node).expect("its agent has registered");
    assert!(registered.is_connected && registered.n_tasks == 0, "{registered:?}");
    let size = registered.size;
    assert_eq!(size.cpu, NODE_CPU);
    // What the kernel keeps for itself is not to be had.
    assert!(Mib(NODE_MIB * 9 / 10) < size.memory && size.memory < Mib(NODE_MIB), "{size:?}");
}

pub async fn a_node_that_lost_its_agent_is_not_registered(compute: &dyn Compute, outside: &dyn Outside) {
    let node = node(compute, outside, 11).await;
    outside.disconnect(&node).await;
    let survey = survey(compute).await;
    assert!(survey.members.contains_key(&node));
    assert!(!survey.registered.get(&node).expect("it stays registered").is_connected);
    let why = refused(compute, &launch(compute, 11, &node).await).await;
    assert!(why.contains("AGENT"), "{why}");
}

pub async fn a_task_is_described_by_its_own_mark_until_it_stops(
    compute: &dyn Compute,
    outside: &dyn Outside,
) {
    let node = node(compute, outside, 12).await;
    let launch = launch(compute, 12, &node).await;
    let task = started(compute, &launch).await;
    outside.settle().await;
    let nobodys = TaskId("0123456789abcdef0123456789abcdef".to_owned());
    let both = [task.clone(), nobodys];
    let described = compute.describe(TRUST, &both).await.expect("a description is answered");
    let it = described.get(&task).expect("it runs");
    assert_eq!(it.launch, launch.id);
    assert!(it.began.0 > 0, "{it:?}");
    assert_eq!(described.len(), 1, "what is not there is not described");
    let elsewhere = compute.describe(Trust::Untrusted, &both).await.expect("a description is answered");
    assert!(elsewhere.is_empty(), "it is in one tier's cluster and not in the other's: {elsewhere:?}");
    stopped(compute, &task).await;
    outside.settle().await;
    let described = compute.describe(TRUST, &both).await.expect("a description is answered");
    assert!(described.is_empty(), "what was told to stop is stopping: {described:?}");
}
