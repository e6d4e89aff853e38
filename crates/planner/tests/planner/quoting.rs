//! What spot machines cost now.

use crate::check;
use crate::scenario::{NOW, world};

#[test]
fn the_cheapest_zone_is_bought_first() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         price x64 a=200 b=100
         job 1 dagger-16c-32g
         job 2 dagger-16c-32g",
    ), @"
    order 2 of x64 in b, for 1 2
    1 waits, starting: a node of pool `x64` is starting in b
    2 waits, starting: a node of pool `x64` is starting in b
    ");
}

#[test]
fn zones_that_cost_about_the_same_share() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         price x64 a=110 b=100
         job 1 dagger-16c-32g
         job 2 dagger-16c-32g",
    ), @"
    order 1 of x64 in a, for 1
    order 1 of x64 in b, for 2
    1 waits, starting: a node of pool `x64` is starting in a or b
    2 waits, starting: a node of pool `x64` is starting in a or b
    ");
}

#[test]
fn the_dear_zone_is_bought_where_the_cheap_one_has_none() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         price x64 a=200 b=100
         refused x64 b 60s no such machines
         job 1 dagger-16c-32g",
    ), @"
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn the_pool_that_is_cheapest_now_is_bought_first() {
    insta::assert_snapshot!(check(
        "pool big 16c-32g price=100
         pool other 16c-32g price=90
         price big a=80
         price other a=120
         job 1 dagger-16c-32g",
    ), @"
    order 1 of big in a, for 1
    1 waits, starting: a node of pool `big` is starting in a
    ");
}

#[test]
fn a_pool_whose_cheap_zone_has_none_costs_what_the_other_does() {
    insta::assert_snapshot!(check(
        "pool big 16c-32g price=100 zones=a,b
         pool other 16c-32g price=90
         price big a=80 b=150
         price other a=120
         refused big a 60s no such machines
         job 1 dagger-16c-32g",
    ), @"
    order 1 of other in a, for 1
    1 waits, starting: a node of pool `other` is starting in a
    ");
}

#[test]
fn what_a_price_was_a_day_ago_says_nothing() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         price x64 a=200 b=100 ago=24h
         job 1 dagger-16c-32g",
    ), @"
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn on_demand_costs_what_it_always_does() {
    insta::assert_snapshot!(check(
        "pool od 16c-32g on-demand zones=a,b
         price od a=200 b=100
         job 1 dagger-16c-32g-od",
    ), @"
    order 1 of od in a, for 1
    1 waits, starting: a node of pool `od` is starting in a
    ");
}

#[test]
fn what_is_told_counts_at_once_and_is_written_down_of_the_pools_own_zones() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         pool untold 16c-32g price=150 zones=a
         pool od 16c-32g on-demand
         price x64 a=100 b=200 ago=2h
         quoted x64 a=200 b=100 c=50
         job 1 dagger-16c-32g-spot",
    ), @"
    order 1 of x64 in b, for 1
    note the price of untold: 
    note the price of x64: a=200 b=100
    1 waits, starting: a node of pool `x64` is starting in b
    ");
}

#[test]
fn a_machine_counts_as_what_it_costs_where_it_is() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g price=100 zones=a,b budget=90000000
         price x64 a=3600000 b=7200000
         spent x64 0 ago=60s
         node n1 x64 a
         node n2 x64 b
         survey
         member n1 x64 a registered=16c-32g
         member n2 x64 b registered=16c-32g",
    ), @"count 180000 millionths of a dollar for x64");
}

#[test]
fn a_budget_buys_what_machines_cost_now() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g price=3000000 budget=2500000
         price x64 a=1000000
         job 1 dagger-16c-32g
         job 2 dagger-16c-32g
         job 3 dagger-16c-32g",
    ), @"
    order 3 of x64 in a, for 1 2 3
    1 waits, starting: a node of pool `x64` is starting in a
    2 waits, starting: a node of pool `x64` is starting in a
    3 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn prices_are_asked_for_once_an_hour_and_of_a_new_pool_at_once() {
    let asked = |text: &str| {
        let world = world(&format!("pool x64 16c-32g\npool od 16c-32g on-demand\npool t serverless\n{text}"));
        planner::unpriced(&world.seen, &world.rules, NOW).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(asked(""), ["x64"]);
    assert_eq!(asked("price x64 a=1 ago=59m"), [""; 0]);
    assert_eq!(asked("price x64 a=1 ago=60m"), ["x64"]);
    assert_eq!(asked("price x64 a=1 ago=1m\npool new 8c-16g"), ["new", "x64"]);
    // Nobody tells what it costs.
    assert_eq!(asked("price x64 ago=1m"), [""; 0]);
}
