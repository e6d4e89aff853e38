//! Pools that stand in for others.

use crate::check;

#[test]
fn a_job_that_has_waited_goes_where_its_pool_s_owner_says() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g max=0 fallback=od@10m
         pool od 16c-32g on-demand
         job 1 dagger-4c-8g-spot ago=11m
         job 2 dagger-4c-8g-spot ago=9m",
    ), @"
    order 1 of od in a, for 1
    1 waits, starting: a node of pool `od` is starting in a, because it has waited 10 min for pool `spot`
    2 waits, pool_full: full: `spot` (max_nodes 0); the job runs when another ends, and may go to pool `od` after 10 min of waiting, or raise `max_nodes`
    ");
}

#[test]
fn without_capacity_in_any_zone_nobody_waits() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g zones=a,b fallback=od@10m
         pool od 16c-32g on-demand
         node n1 od a
         refused spot a 60s none left
         refused spot b 60s none left
         job 1 dagger-4c-8g-spot
         job 2 dagger-16c-32g-spot",
    ), @"
    place 1-1 on n1 of od, 4c-8g
    order 1 of od in a, for 2
    2 waits, starting: a node of pool `od` is starting in a, because pool `spot` gets no node just now
    ");
}

/// What it gave never came up, and this very plan says so.
#[test]
fn a_pool_that_has_just_been_given_up_is_not_waited_for() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g zones=a fallback=od@10m
         pool od 16c-32g on-demand
         node n1 spot a ordered ago=20m
         node n2 od a
         refused spot b 60s none left
         job 1 dagger-4c-8g-spot ago=5m
         member n1 spot a
         member n2 od a registered=16c-32g",
    ), @"
    place 1-1 on n2 of od, 4c-8g
    drain n1: it never registered
    leave spot alone in b for 60 s: none left
    leave spot alone in a for 180 s: n1: it never registered
    terminate n1 of spot
    ");
}

#[test]
fn one_zone_that_is_left_is_enough_to_stay() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g zones=a,b fallback=od@10m
         pool od 16c-32g on-demand
         node n1 od a
         refused spot a 60s none left
         job 1 dagger-4c-8g-spot",
    ), @"
    order 1 of spot in b, for 1
    1 waits, starting: a node of pool `spot` is starting in b
    ");
}

#[test]
fn a_node_that_is_coming_is_waited_for_before_another_is_bought_elsewhere() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g fallback=od@10m
         pool od 16c-32g on-demand
         node n1 spot a ordered
         job 1 dagger-4c-8g-spot ago=11m",
    ), @"1 waits, starting: a node of pool `spot` is starting in a");
}

#[test]
fn the_way_goes_on_as_long_as_it_is_waited_for() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g max=0 fallback=other@5m
         pool other 16c-32g on-demand max=0 fallback=od@5m
         pool od 16c-32g on-demand
         job 1 dagger-4c-8g-spot ago=6m
         job 2 dagger-4c-8g-spot ago=11m",
    ), @"
    order 1 of od in a, for 2
    1 waits, pool_full: full: `spot` (max_nodes 0), `other` (max_nodes 0); the job runs when another ends, and may go to pool `od` after 5 min of waiting, or raise `max_nodes`
    2 waits, starting: a node of pool `od` is starting in a, because it has waited 5 min for pool `other`
    ");
}

#[test]
fn a_fallback_that_is_too_small_is_none() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g max=0 fallback=od@5m
         pool od 8c-16g on-demand
         job 1 dagger-16c-32g-spot ago=6m",
    ), @"1 waits, pool_full: full: `spot` (max_nodes 0); the job runs when another ends, or raise `max_nodes`");
}

#[test]
fn a_fallback_without_nodes_is_none_for_an_engine() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g max=0 fallback=tasks@5m
         pool tasks serverless
         job 1 dagger-4c-8g-spot ago=6m",
    ), @"1 waits, pool_full: full: `spot` (max_nodes 0); the job runs when another ends, or raise `max_nodes`");
}
