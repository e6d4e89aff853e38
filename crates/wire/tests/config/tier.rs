//! Tiers of trust: each with a cluster of its own, and a role for its nodes that is bound to it.

use super::*;

/// The golden document with an untrusted pool beside its own.
fn with_untrusted(changes: &[(&str, Value)]) -> String {
    let mut pool = golden()["pools"]["arm64-spot"].clone();
    pool["trust"] = json!("untrusted");
    pool["group"] = json!("quillon-forks");
    let mut all = vec![
        ("/pools/forks", pool),
        ("/clusters/untrusted", json!("arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-untrusted")),
        ("/nodes/role_arns/untrusted", json!("arn:aws:iam::123456789012:role/quillon-node-untrusted")),
    ];
    all.extend(changes.iter().cloned());
    faults(&all)
}

#[test]
fn an_untrusted_pool_has_a_cluster_and_a_node_role_of_its_own() {
    assert_eq!(with_untrusted(&[]), "ok");
    insta::assert_snapshot!(with_untrusted(&[("/clusters/untrusted", Value::Null)]), @"pools.forks.trust: has no cluster; write the ARN of one at clusters.untrusted");
    insta::assert_snapshot!(with_untrusted(&[("/nodes/role_arns/untrusted", Value::Null)]), @"pools.forks.trust: has no role for its nodes; write the ARN of one at nodes.role_arns.untrusted");
    insta::assert_snapshot!(with_untrusted(&[("/nodes", Value::Null)]), @"
    pools.arm64-spot.trust: has no role for its nodes; write the ARN of one at nodes.role_arns.trusted
    pools.forks.trust: has no role for its nodes; write the ARN of one at nodes.role_arns.untrusted
    ");
}

#[test]
fn two_tiers_share_neither_cluster_nor_role() {
    let trusted = json!("arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-trusted");
    insta::assert_snapshot!(with_untrusted(&[
        ("/clusters/untrusted", trusted),
        ("/nodes/role_arns/untrusted", json!("arn:aws:iam::123456789012:role/quillon-node-trusted")),
        ("/nodes/role_arns/strangers", json!("arn:aws:iam::123456789012:role/quillon-node-strangers")),
    ]), @"
    clusters.untrusted: is the other tier's cluster too; write one of its own
    nodes.role_arns.strangers: is no trust tier; write only `trusted`, `untrusted`
    nodes.role_arns.untrusted: is the other tier's role too; write one of its own
    ");
    insta::assert_snapshot!(with_untrusted(&[
        ("/nodes", json!({ "role_arn": "arn:aws:iam::123456789012:role/quillon-node" })),
    ]), @"nodes.role_arn: is one role for two tiers; write role_arns with a role for each, bound to its cluster");
}

#[test]
fn the_role_of_the_only_tier_needs_no_tier() {
    let mut document = golden();
    document["nodes"] = json!({ "role_arn": "arn:aws:iam::123456789012:role/quillon-node-trusted" });
    assert_eq!(check(document.to_string().as_bytes()).unwrap(), check(GOLDEN).unwrap());
    let both = json!({ "role_arn": "arn:aws:iam::123456789012:role/a", "role_arns": {} });
    insta::assert_snapshot!(faults(&[("/nodes", both)]), @"
    nodes.role_arn: stands beside role_arns; write role_arns alone
    pools.arm64-spot.trust: has no role for its nodes; write the ARN of one at nodes.role_arns.trusted
    ");
    insta::assert_snapshot!(faults(&[("/nodes", json!({}))]), @"nodes.role_arns: is missing; write an object with the role of each trust tier's nodes");
}

#[test]
fn an_untrusted_pool_keeps_nothing_warm() {
    insta::assert_snapshot!(with_untrusted(&[("/pools/forks/min_nodes", json!(1))]), @"pools.forks: keeps 1 nodes, and an untrusted pool keeps nothing; write a min_nodes of 0");
}
