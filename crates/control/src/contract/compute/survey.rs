//! What the provider lists of nodes.

use model::size::Mib;

use super::case::{launch, node, promised, refused, survey};
use super::{NODE_CPU, NODE_MIB, Outside};
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
