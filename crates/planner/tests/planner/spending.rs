//! What pools may cost in a day.

use crate::check;

#[test]
fn a_sweep_counts_what_a_pool_with_a_budget_has_cost() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g price=3600000 budget=90000000
         pool other 16c-32g price=3600000
         spent x64 5000 ago=60s
         node n1 x64 a
         node n2 x64 a ago=10s ordered
         node n3 other a
         survey
         member n1 x64 a registered=16c-32g
         member n2 x64 a
         member n3 other a registered=16c-32g",
    ), @"count 75000 millionths of a dollar for x64");
}

#[test]
fn a_day_begins_at_midnight() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g price=3600000 budget=90000000
         spent x64 89000000 ago=1200m
         node n1 x64 a ago=2400m
         survey
         member n1 x64 a registered=16c-32g",
    ), @"
    drain n1: its image is no longer the newest
    terminate n1 of x64, after handle-n1 drains
    count 49600000 millionths of a dollar for x64
    ");
}

#[test]
fn a_ring_counts_nothing() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g budget=90000000
         spent x64 5000 ago=60s
         node n1 x64 a",
    ), @"nothing to do");
}

#[test]
fn nothing_is_ordered_of_a_pool_that_has_spent_its_day() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g budget=2000000
         pool od 16c-32g on-demand
         spent x64 2345678 ago=60s
         node n1 x64 a
         job 1 dagger-16c-32g-spot ago=3s
         job 2 dagger-16c-32g-spot ago=2s
         job 3 dagger-16c-32g ago=1s",
    ), @"
    place 1-1 on n1 of x64, 16c-32g
    order 1 of od in a, for 3
    2 waits, budget: pool `x64` may cost $2.00 a day, which is spent or set aside for the first hour of its nodes; the job waits for one of them or for midnight UTC, or raise `daily_budget_usd`
    3 waits, starting: a node of pool `od` is starting in a
    ");
}

#[test]
fn what_was_spent_yesterday_is_forgotten() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g budget=2000000
         spent x64 2345678 ago=1200m
         job 1 dagger-16c-32g",
    ), @"
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn nodes_are_bought_as_long_as_the_first_hour_of_each_is_paid_for() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g price=1000000 budget=4500000
         node n1 x64 a ago=90m
         node n2 x64 a ago=30m
         spent x64 1500000
         job 1 dagger-16c-32g ago=9s
         job 2 dagger-16c-32g ago=8s
         job 3 dagger-16c-32g ago=7s
         job 4 dagger-16c-32g ago=6s
         job 5 dagger-16c-32g ago=5s
         job 6 dagger-16c-32g ago=4s",
    ), @"
    place 1-1 on n1 of x64, 16c-32g
    place 2-1 on n2 of x64, 16c-32g
    order 3 of x64 in a, for 3 4 5
    3 waits, starting: a node of pool `x64` is starting in a
    4 waits, starting: a node of pool `x64` is starting in a
    5 waits, starting: a node of pool `x64` is starting in a
    6 waits, budget: pool `x64` may cost $4.50 a day, which is spent or set aside for the first hour of its nodes; the job waits for one of them or for midnight UTC, or raise `daily_budget_usd`
    ");
}

#[test]
fn the_first_nodes_of_a_pool_are_bought_of_its_budget_too() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g price=1000000 budget=500000 fallback=od@10m
         pool od 16c-32g on-demand price=9000000
         job 1 dagger-16c-32g-spot ago=9s
         job 2 dagger-16c-32g-spot ago=8s",
    ), @"
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    2 waits, budget: pool `x64` may cost $0.50 a day, which is spent or set aside for the first hour of its nodes; the job waits for one of them or for midnight UTC, and may go to pool `od` after 10 min of waiting, or raise `daily_budget_usd`
    ");
}

#[test]
fn a_minimum_is_kept_only_as_long_as_the_budget_lasts() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g price=1000000 budget=2000000 min=5
         survey",
    ), @"order 2 of x64 in a, for the minimum");
}
