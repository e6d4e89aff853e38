//! Nodes for the jobs that found no room.

use std::fmt::Write;

use crate::check;

#[test]
fn one_order_is_for_the_whole_batch() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-8c-16g
         job 2 dagger-8c-16g
         job 3 dagger-8c-16g
         job 4 dagger-4c-8g
         job 5 dagger-4c-8g",
    ), @"
    order 2 of x64 in a, for 1 2 3 4 5
    1 waits, starting: a node of pool `x64` is starting in a
    2 waits, starting: a node of pool `x64` is starting in a
    3 waits, starting: a node of pool `x64` is starting in a
    4 waits, starting: a node of pool `x64` is starting in a
    5 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn jobs_wait_for_nodes_that_are_on_their_way() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a ordered
         order x64 b 1
         job 1 dagger-16c-32g ago=3s
         job 2 dagger-16c-32g ago=2s
         job 3 dagger-16c-32g ago=1s",
    ), @"
    order 1 of x64 in a, for 3
    1 waits, starting: a node of pool `x64` is starting in a or b
    2 waits, starting: a node of pool `x64` is starting in a or b
    3 waits, starting: a node of pool `x64` is starting in a or b
    ");
}

#[test]
fn nodes_orders_and_what_drains_all_count_towards_the_maximum() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=5
         node n1 x64 a draining
         node n2 x64 a ordered
         node n3 x64 a
         order x64 a 1
         job 1 dagger-16c-32g launch=1-1
         launch 1-1 n3 busy=t1
         job 2 dagger-16c-32g ago=4s
         job 3 dagger-16c-32g ago=3s
         job 4 dagger-16c-32g ago=2s
         job 5 dagger-16c-32g ago=1s",
    ), @"
    order 1 of x64 in a, for 4
    2 waits, starting: a node of pool `x64` is starting in a
    3 waits, starting: a node of pool `x64` is starting in a
    4 waits, starting: a node of pool `x64` is starting in a
    5 waits, pool_full: full: `x64` (max_nodes 5); the job runs when another ends, or raise `max_nodes`
    ");
}

#[test]
fn the_second_pool_is_asked_when_the_first_is_full() {
    insta::assert_snapshot!(check(
        "pool od 16c-32g on-demand max=1
         pool spot 16c-32g max=1
         job 1 dagger-16c-32g ago=3s
         job 2 dagger-16c-32g ago=2s
         job 3 dagger-16c-32g ago=1s",
    ), @"
    order 1 of od in a, for 2
    order 1 of spot in a, for 1
    1 waits, starting: a node of pool `spot` is starting in a
    2 waits, starting: a node of pool `od` is starting in a
    3 waits, pool_full: full: `spot` (max_nodes 1), `od` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    ");
}

#[test]
fn a_zone_that_refused_is_not_asked_again_for_a_while() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         refused x64 a 60s no such machines
         job 1 dagger-16c-32g",
    ), @"
    order 1 of x64 in b, for 1
    1 waits, starting: a node of pool `x64` is starting in b
    ");
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         refused x64 a 0s no such machines
         job 1 dagger-16c-32g",
    ), @"
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn a_pool_refused_everywhere_gives_way_to_the_next() {
    insta::assert_snapshot!(check(
        "pool od 16c-32g on-demand
         pool spot 16c-32g zones=a,b
         refused spot a 60s no such machines
         refused spot b 60s no such machines
         job 1 dagger-16c-32g ago=2s
         job 2 dagger-16c-32g-spot ago=1s",
    ), @"
    order 1 of od in a, for 1
    1 waits, starting: a node of pool `od` is starting in a
    2 waits, no_capacity: pool `spot` gets no node in any of its zones (no such machines); asked again within minutes
    ");
}

#[test]
fn nodes_are_ordered_where_there_are_fewest() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b,c
         node n1 x64 a draining
         node n2 x64 b draining
         job 1 dagger-16c-32g",
    ), @"
    order 1 of x64 in c, for 1
    1 waits, starting: a node of pool `x64` is starting in c
    ");
}

#[test]
fn single_tenants_are_each_given_a_node() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-1c-2g-st ago=3s
         job 2 dagger-1c-2g ago=2s
         job 3 dagger-1c-2g-st ago=1s
         job 4 dagger-1c-2g ago=0s",
    ), @"
    order 3 of x64 in a, for 1 2 3 4
    1 waits, starting: a node of pool `x64` is starting in a
    2 waits, starting: a node of pool `x64` is starting in a
    3 waits, starting: a node of pool `x64` is starting in a
    4 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn more_nodes_than_one_order_holds_are_ordered_in_parts() {
    let mut scenario = "pool x64 16c-32g max=200\n".to_owned();
    for job in 1..=91 {
        writeln!(scenario, "job {job} dagger-16c-32g ago={}s", 100 - job).unwrap();
    }
    let plan = check(&scenario);
    assert!(plan.contains("order 90 of x64 in a, for 1 2 3"), "{plan}");
    assert!(
        plan.ends_with("91 waits, starting: a node of pool `x64` is starting in a\nand look again at once")
    );
}

#[test]
fn ninety_nodes_are_one_order() {
    let mut scenario = "pool x64 16c-32g max=200\n".to_owned();
    for job in 1..=180 {
        writeln!(scenario, "job {job} dagger-8c-16g ago={}s", 200 - job).unwrap();
    }
    let plan = check(&scenario);
    assert!(plan.contains("order 90 of x64 in a, for 1 "), "{plan}");
    assert!(!plan.contains("look again"), "{plan}");
}

#[test]
fn a_pool_whose_machines_turn_out_smaller_is_not_bought_from_in_vain() {
    insta::assert_snapshot!(check(
        "pool x64 2c-8g max=4
         node n1 x64 a size=2c-6g
         node n2 x64 a size=2c-7g
         job 1 dagger-2c-8g ago=2s
         job 2 dagger-2c-7g ago=1s",
    ), @"
    place 2-1 on n2 of x64, 2c-7g
    1 waits, too_large: `2c-8g` fits on no node: the largest job that pool `x64` holds is 2c-7g; write a smaller size, or give the pool larger instance types
    ");
}

#[test]
fn pools_of_one_tier_share_what_their_cluster_holds() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g
         pool od 16c-32g on-demand
         limits cluster=3
         node n1 spot a ordered
         job 1 dagger-16c-32g-spot ago=4s
         job 2 dagger-16c-32g-od ago=3s
         job 3 dagger-16c-32g-spot ago=2s
         job 4 dagger-16c-32g-od ago=1s",
    ), @"
    order 2 of od in a, for 2 4
    1 waits, starting: a node of pool `spot` is starting in a
    2 waits, starting: a node of pool `od` is starting in a
    3 waits, starting: a node of pool `spot` is starting in a
    4 waits, starting: a node of pool `od` is starting in a
    and look again at once
    ");
}

#[test]
fn what_a_full_cluster_keeps_waiting_is_told_so() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g
         pool od 16c-32g on-demand
         limits cluster=2
         node n1 spot a ordered
         node n2 od a ordered
         job 1 dagger-16c-32g-spot ago=4s
         job 2 dagger-16c-32g-spot ago=3s
         job 3 dagger-16c-32g-od ago=2s",
    ), @"
    1 waits, starting: a node of pool `spot` is starting in a
    2 waits, pool_full: pool `spot` gets no node: its cluster has as many as it can hold, with all pools of trusted jobs; the job runs when another ends, or make nodes larger
    3 waits, starting: a node of pool `od` is starting in a
    ");
}
