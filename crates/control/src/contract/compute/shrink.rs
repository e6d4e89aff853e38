//! Machines that are given back.

use model::id::InstanceId;
use model::observation::Survey;

use super::case::{launch, node, order, ordered, refused, started, survey};
use super::{ORDINARY, Outside, TRUST, pool};
use crate::PortError;
use crate::port::Compute;

pub async fn a_draining_node_takes_no_task_and_keeps_those_it_has(
    compute: &dyn Compute,
    outside: &dyn Outside,
) {
    let node = node(compute, outside, 30).await;
    let first = launch(compute, 30, &node).await;
    let task = started(compute, &first).await;
    outside.settle().await;
    let handle = handle(&survey(compute).await, &node);
    for _ in 0..2 {
        compute.drain(TRUST, std::slice::from_ref(&handle)).await.expect("said twice, it is so");
    }
    let why = refused(compute, &launch(compute, 31, &node).await).await;
    assert!(!why.is_empty(), "with a reason");
    outside.settle().await;
    let survey = survey(compute).await;
    assert!(survey.draining.contains(&node) && survey.tasks.contains_key(&task), "{survey:?}");
    assert_eq!(survey.registered[&node].n_tasks, 1);
}

pub async fn a_node_that_is_ended_is_no_member_and_nothing_takes_its_place(
    compute: &dyn Compute,
    outside: &dyn Outside,
) {
    let node = node(compute, outside, 32).await;
    let other = ordered(compute, &order(ORDINARY, 33, 1)).await.instances[0].clone();
    compute.hold(&pool(ORDINARY), n_members(&survey(compute).await)).await.expect("a pool is held");
    let before = survey(compute).await;
    let nodes = [node.clone(), other.clone()];
    compute.terminate(&pool(ORDINARY), &nodes).await.expect("two are ended");
    // One is gone, or on its way, and so is the other.
    compute.terminate(&pool(ORDINARY), &nodes).await.expect("they are ended already");
    outside.settle().await;
    let after = survey(compute).await;
    assert!(nodes.iter().all(|node| !after.members.contains_key(node)));
    assert_eq!(after.held[&pool(ORDINARY)], before.held[&pool(ORDINARY)] - 2);
    assert_eq!(n_members(&after), n_members(&before) - 2);
}

/// What is protected does not go because less is wanted.
pub async fn holding_a_pool_at_less_ends_nothing(compute: &dyn Compute, outside: &dyn Outside) {
    let node = node(compute, outside, 34).await;
    let before = survey(compute).await;
    compute.hold(&pool(ORDINARY), 0).await.expect("a pool is held");
    outside.settle().await;
    let after = survey(compute).await;
    assert_eq!(after.held[&pool(ORDINARY)], 0);
    assert_eq!(after.members, before.members);
    // The provider goes no lower than nothing: who ends one has to raise it first.
    let ended = compute.terminate(&pool(ORDINARY), std::slice::from_ref(&node)).await;
    assert!(matches!(ended, Err(PortError::Refused { .. })), "{ended:?}");
    compute.hold(&pool(ORDINARY), n_members(&after)).await.expect("a pool is held");
    compute.terminate(&pool(ORDINARY), &[node]).await.expect("it is ended");
}

pub async fn a_pool_that_nobody_configured_gives_nothing_back(compute: &dyn Compute) {
    let ended = compute.terminate(&pool("nobodys"), &[InstanceId::from("i-1")]).await;
    assert!(matches!(ended, Err(PortError::Refused { .. })), "{ended:?}");
    let held = compute.hold(&pool("nobodys"), 0).await;
    assert!(matches!(held, Err(PortError::Refused { .. })), "{held:?}");
}

fn handle(survey: &Survey, node: &InstanceId) -> String {
    survey.registered.get(node).expect("its agent has registered").handle.clone()
}

fn n_members(survey: &Survey) -> u32 {
    let n = survey.members.values().filter(|member| member.pool == pool(ORDINARY)).count();
    u32::try_from(n).expect("few")
}
