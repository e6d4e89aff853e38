//! Nodes for a whole batch: what they cost together.

use proptest::prelude::*;

use crate::check;
use crate::scenario::world;

#[test]
fn small_jobs_fill_what_large_ones_leave() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g price=100
         job 1 dagger-12c-24g ago=9s
         job 2 dagger-4c-8g ago=8s
         job 3 dagger-10c-20g ago=7s
         job 4 dagger-6c-12g ago=6s",
    ), @"
    order 2 of x64 in a, for 1 2 3 4
    1 waits, starting: a node of pool `x64` is starting in a
    2 waits, starting: a node of pool `x64` is starting in a
    3 waits, starting: a node of pool `x64` is starting in a
    4 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn one_large_node_is_bought_where_it_costs_less_than_two_small_ones() {
    insta::assert_snapshot!(check(
        "pool large 16c-32g price=190
         pool small 8c-16g price=100
         job 1 dagger-8c-16g ago=9s
         job 2 dagger-8c-16g ago=8s
         job 3 dagger-4c-8g ago=7s",
    ), @"
    order 1 of large in a, for 1 3
    order 1 of small in a, for 2
    1 waits, starting: a node of pool `large` is starting in a
    2 waits, starting: a node of pool `large` is starting in a
    3 waits, starting: a node of pool `small` is starting in a
    ");
}

#[test]
fn a_pool_that_is_nearly_full_gives_what_it_has_and_another_the_rest() {
    insta::assert_snapshot!(check(
        "pool cheap 8c-16g price=50 max=1
         pool dear 8c-16g price=100
         job 1 dagger-8c-16g ago=9s
         job 2 dagger-8c-16g ago=8s
         job 3 dagger-8c-16g ago=7s",
    ), @"
    order 1 of cheap in a, for 1
    order 2 of dear in a, for 2 3
    1 waits, starting: a node of pool `cheap` is starting in a
    2 waits, starting: a node of pool `dear` is starting in a
    3 waits, starting: a node of pool `dear` is starting in a
    ");
}

#[test]
fn where_somebody_has_to_wait_it_is_not_the_one_who_came_first() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g price=100 max=1
         job 1 dagger-6c-12g ago=9s
         job 2 dagger-16c-32g ago=8s
         job 3 dagger-10c-20g ago=7s",
    ), @"
    order 1 of x64 in a, for 1 3
    1 waits, starting: a node of pool `x64` is starting in a
    2 waits, pool_full: full: `x64` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    3 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn a_batch_is_seated_on_nodes_that_are_on_their_way_before_any_is_bought() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g price=100
         node n1 x64 a ordered ago=20s
         job 1 dagger-6c-12g ago=9s
         job 2 dagger-12c-24g ago=8s
         job 3 dagger-4c-8g ago=7s
         job 4 dagger-10c-20g ago=6s",
    ), @"
    order 1 of x64 in a, for 1 4
    1 waits, starting: a node of pool `x64` is starting in a
    2 waits, starting: a node of pool `x64` is starting in a
    3 waits, starting: a node of pool `x64` is starting in a
    4 waits, starting: a node of pool `x64` is starting in a
    ");
}

/// Of vCPUs and GiB, with a price; one is a double of another, one has more memory.
const POOLS: [(&str, u32, u32, u64); 3] =
    [("middle", 16, 32, 726), ("small", 8, 16, 363), ("wide", 16, 64, 854)];

proptest! {
    #[test]
    fn no_way_to_share_eight_jobs_among_nodes_costs_less(
        jobs in proptest::collection::vec((1_u32..=8, 1_u32..=16), 1..=8),
        n_pools in 1_usize..=3,
    ) {
        let pools = &POOLS[..n_pools];
        let mut text = String::new();
        for (name, vcpu, gib, price) in pools {
            text.push_str(&format!("pool {name} {vcpu}c-{gib}g price={price}\n"));
        }
        for (at, (vcpu, gib)) in jobs.iter().enumerate() {
            text.push_str(&format!("job {} dagger-{vcpu}c-{gib}g\n", at + 1));
        }
        let world = world(&text);
        let plan = planner::plan(&world.seen, &world.rules, crate::scenario::NOW).plan;
        let price = |name: &str| pools.iter().find(|pool| pool.0 == name).unwrap().3;
        let cost: u64 =
            plan.order.iter().map(|new| u64::from(new.order.n) * price(new.order.id.pool.as_str())).sum();
        prop_assert_eq!(cost, least(&jobs, &mut Vec::new(), pools));
    }
}

/// The first job joins one of the groups, or makes one of its own; each group is a node.
fn least(jobs: &[(u32, u32)], groups: &mut Vec<(u32, u32)>, pools: &[(&str, u32, u32, u64)]) -> u64 {
    let Some(((vcpu, gib), rest)) = jobs.split_first() else {
        let holding = |group: &(u32, u32)| {
            let holds = pools.iter().filter(|pool| group.0 <= pool.1 && group.1 <= pool.2);
            holds.map(|pool| pool.3).min()
        };
        return groups.iter().map(holding).try_fold(0, |sum, price| Some(sum + price?)).unwrap_or(u64::MAX);
    };
    let mut best = u64::MAX;
    for at in 0..=groups.len() {
        if at == groups.len() {
            groups.push((0, 0));
        }
        let before = groups[at];
        groups[at] = (before.0 + vcpu, before.1 + gib);
        best = best.min(least(rest, groups, pools));
        groups[at] = before;
    }
    groups.pop();
    best
}
