//! Pools that stand on no nodes of ours, or stand in for another.

use super::*;

/// The golden document's pool of nodes gives way to one without.
fn serverless(changes: &[(&str, Value)]) -> String {
    let pool = json!({
        "carrier": "serverless", "arch": "arm64", "purchase": "spot", "trust": "trusted", "max_tasks": 20,
        "default_size": { "vcpu": 1, "memory_gib": 2 },
        "network": { "subnets": ["subnet-0a", "subnet-0b"], "security_groups": ["sg-0c"], "public_ip": true },
    });
    let mut all = vec![("/pools/bare-spot", pool)];
    all.extend(changes.iter().cloned());
    faults(&all)
}

#[test]
fn a_pool_without_nodes_says_its_network_and_how_many_tasks() {
    assert_eq!(serverless(&[]), "ok");
    insta::assert_snapshot!(serverless(&[
        ("/pools/bare-spot/max_tasks", json!(0)),
        ("/pools/bare-spot/group", json!("quillon-bare-spot")),
        ("/pools/bare-spot/default_size", json!({ "vcpu": 32, "memory_gib": 64 })),
        ("/pools/bare-spot/network", json!({ "subnets": [], "security_groups": ["default"] })),
        ("/pools/arm64-spot/carrier", json!("fargate")),
    ]), @r#"
    pools.arm64-spot.carrier: cannot be "fargate"; write "nodes" or "serverless"
    pools.bare-spot.default_size: is larger than a task can be; write at most 16 vCPUs and 128 GiB
    pools.bare-spot.group: is unknown; write only `carrier`, `arch`, `purchase`, `trust`, `max_tasks`, `default_size`, `network`, `daily_budget_usd`, `fallback_pool`, `fallback_after_minutes`, `standby`, `schedule`
    pools.bare-spot.max_tasks: cannot be 0; write a whole number from 1 to 5000
    pools.bare-spot.network.public_ip: is missing; write true or false
    pools.bare-spot.network.security_groups[0]: cannot be "default"; write the id of a security group, like "sg-0123456789abcdef0"
    pools.bare-spot.network.subnets: cannot be empty; write a list of at least one: the id of a subnet, like "subnet-0123456789abcdef0"
    "#);
    insta::assert_snapshot!(serverless(&[
        ("/pools/bare-spot/network/security_groups", json!(["sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"])),
        ("/pools/bare-spot/trust", json!("untrusted")),
    ]), @"
    pools.bare-spot.network.security_groups: has 6 entries; write at most 5
    pools.bare-spot.trust: has no cluster; write the ARN of one at clusters.untrusted
    ");
}

#[test]
fn a_pool_without_nodes_may_be_the_only_one() {
    let mut document = golden();
    change(&mut document, "/pools/arm64-spot", &Value::Null);
    change(
        &mut document,
        "/pools/bare",
        &json!({
            "carrier": "serverless", "arch": "x86_64", "purchase": "on-demand", "trust": "trusted", "max_tasks": 7,
            "daily_budget_usd": 2.5, "default_size": { "vcpu": 1, "memory_gib": 2 },
            "network": { "subnets": ["subnet-0a"], "security_groups": ["sg-0c"], "public_ip": false },
        }),
    );
    let read = check(document.to_string().as_bytes()).unwrap();
    let pool = read.rules.pools.values().next().unwrap();
    assert_eq!(pool.daily_budget, Some(model::money::Usd(2_500_000)));
    assert!(pool.is_serverless() && pool.zones.is_empty());
    assert_eq!((pool.max_nodes, pool.node), (7, model::task_size::LARGEST));
    assert!(read.settings.pools.is_empty());
    insta::assert_debug_snapshot!(read.settings.serverless.values().next().unwrap(), @r#"
    Serverless {
        purchase: OnDemand,
        subnets: [
            "subnet-0a",
        ],
        security_groups: [
            "sg-0c",
        ],
        has_public_ip: false,
    }
    "#);
}

/// The golden pool, and one on-demand that stands in for it.
fn with_fallback(changes: &[(&str, Value)]) -> String {
    let mut lasting = golden()["pools"]["arm64-spot"].clone();
    lasting["purchase"] = json!("on-demand");
    lasting["group"] = json!("quillon-arm64-od");
    let mut all = vec![("/pools/od", lasting), ("/pools/arm64-spot/fallback_pool", json!("od"))];
    all.extend(changes.iter().cloned());
    faults(&all)
}

#[test]
fn a_pool_may_stand_in_for_another() {
    assert_eq!(with_fallback(&[]), "ok");
    assert_eq!(with_fallback(&[("/pools/arm64-spot/fallback_after_minutes", json!(0))]), "ok");
    let mut document = golden();
    change(&mut document, "/pools/arm64-spot/fallback_pool", &json!("od"));
    let mut lasting = golden()["pools"]["arm64-spot"].clone();
    lasting["group"] = json!("quillon-arm64-od");
    change(&mut document, "/pools/od", &lasting);
    let rules = check(document.to_string().as_bytes()).unwrap().rules;
    let fallback = rules.pools.values().find_map(|pool| pool.fallback.clone()).unwrap();
    assert_eq!((fallback.pool.as_str(), fallback.after.as_secs()), ("od", 600));
}

#[test]
fn a_pool_that_cannot_stand_in_is_refused() {
    insta::assert_snapshot!(with_fallback(&[
        ("/pools/arm64-spot/fallback_pool", json!("odd")),
        ("/pools/arm64-spot/fallback_after_minutes", json!(-1)),
    ]), @"pools.arm64-spot.fallback_after_minutes: cannot be -1; write a whole number of minutes from 0 to 1440");
    insta::assert_snapshot!(with_fallback(&[("/pools/arm64-spot/fallback_pool", json!("other"))]), @"pools.arm64-spot.fallback_pool: `other` is no pool; write the name of another pool, or null");
    insta::assert_snapshot!(with_fallback(&[("/pools/od/fallback_pool", json!("arm64-spot"))]), @"
    pools.arm64-spot.fallback_pool: `od` leads back here; end the way at a pool without fallback_pool
    pools.od.fallback_pool: `arm64-spot` leads back here; end the way at a pool without fallback_pool
    ");
    insta::assert_snapshot!(with_fallback(&[("/pools/arm64-spot/fallback_pool", json!("arm64-spot"))]), @"pools.arm64-spot.fallback_pool: `arm64-spot` leads back here; end the way at a pool without fallback_pool");
    insta::assert_snapshot!(with_fallback(&[
        ("/pools/od/arch", json!("x86_64")),
        ("/pools/od/instance_types", json!(["c7i.4xlarge"])),
    ]), @"pools.arm64-spot.fallback_pool: `od` is x86_64, this pool arm64; write one of the same arch");
}
