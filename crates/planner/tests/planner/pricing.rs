//! Where nodes are bought.

use std::fmt::Write;

use crate::check;

#[test]
fn a_batch_is_bought_where_all_of_it_costs_least() {
    insta::assert_snapshot!(check(
        "pool large 32c-64g price=300
         pool small 8c-16g price=100
         job 1 dagger-8c-16g ago=1s",
    ), @"
    order 1 of small in a, for 1
    1 waits, starting: a node of pool `small` is starting in a
    ");
    insta::assert_snapshot!(check(
        "pool large 32c-64g price=300
         pool small 8c-16g price=100
         job 1 dagger-8c-16g ago=4s
         job 2 dagger-8c-16g ago=3s
         job 3 dagger-8c-16g ago=2s
         job 4 dagger-8c-16g ago=1s",
    ), @"
    order 1 of large in a, for 1 2 3 4
    1 waits, starting: a node of pool `large` is starting in a
    2 waits, starting: a node of pool `large` is starting in a
    3 waits, starting: a node of pool `large` is starting in a
    4 waits, starting: a node of pool `large` is starting in a
    ");
}

#[test]
fn at_the_same_price_spot_is_bought_before_on_demand() {
    insta::assert_snapshot!(check(
        "pool od 16c-32g on-demand price=100
         pool spot 16c-32g price=100
         job 1 dagger-8c-16g",
    ), @"
    order 1 of spot in a, for 1
    1 waits, starting: a node of pool `spot` is starting in a
    ");
}

#[test]
fn what_the_cheapest_pool_cannot_hold_goes_to_the_next() {
    insta::assert_snapshot!(check(
        "pool dear 16c-32g on-demand price=200
         pool cheap 16c-32g on-demand max=1 price=100
         job 1 dagger-16c-32g ago=2s
         job 2 dagger-16c-32g ago=1s",
    ), @"
    order 1 of cheap in a, for 1
    order 1 of dear in a, for 2
    1 waits, starting: a node of pool `cheap` is starting in a
    2 waits, starting: a node of pool `dear` is starting in a
    ");
}

#[test]
fn a_batch_is_spread_over_zones_that_cost_the_same() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b,c
         node n1 x64 a draining
         refused x64 b 60s no such machines
         job 1 dagger-16c-32g ago=4s
         job 2 dagger-16c-32g ago=3s
         job 3 dagger-16c-32g ago=2s",
    ), @"
    order 1 of x64 in a, for 2
    order 2 of x64 in c, for 1 3
    1 waits, starting: a node of pool `x64` is starting in a or c
    2 waits, starting: a node of pool `x64` is starting in a or c
    3 waits, starting: a node of pool `x64` is starting in a or c
    ");
}

#[test]
fn a_large_batch_is_bought_in_the_cheapest_of_several_ways() {
    let mut scenario = "pool large 16c-32g price=200\npool small 4c-8g price=100 max=20\n".to_owned();
    for job in 1..=12 {
        writeln!(scenario, "job {job} dagger-4c-8g").unwrap();
    }
    let plan = check(&scenario);
    assert!(plan.starts_with("order 3 of large in a, for 1 2 3 4 5 6 7 8 9 10 11 12\n"), "{plan}");
}

#[test]
fn by_turns_nodes_are_bought_where_they_cost_least_too() {
    insta::assert_snapshot!(check(
        "pool arm 16c-32g arm64 max=0
         pool spot 16c-32g price=300
         pool od 16c-32g on-demand price=100
         job 1 dagger-4c-8g-arm64
         job 2 dagger-4c-8g",
    ), @"
    order 1 of od in a, for 2
    1 waits, pool_full: full: `arm` (max_nodes 0); the job runs when another ends, or raise `max_nodes`
    2 waits, starting: a node of pool `od` is starting in a
    ");
}
