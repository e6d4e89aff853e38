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

#[test]
fn tasks_are_started_as_long_as_the_first_hour_of_each_is_paid_for() {
    // Two vCPUs and four GiB are $0.09874 an hour.
    insta::assert_snapshot!(check(
        "pool tasks serverless on-demand budget=200000
         job 1 bare-2c-4g launch=1-1
         launch 1-1 tasks busy=t1 ago=15m
         job 2 bare-2c-4g ago=9s
         job 3 bare-2c-4g ago=8s
         job 4 bare-2c-4g ago=7s",
    ), @"
    place 2-1 in tasks, 2048 CPU units and 4096 MiB
    place 3-1 in tasks, 2048 CPU units and 4096 MiB
    4 waits, budget: pool `tasks` may cost $0.20 a day, which is spent or set aside for the first hour of its tasks; the job waits for one of them or for midnight UTC, or raise `daily_budget_usd`
    ");
}

#[test]
fn a_sweep_counts_the_tasks_that_are_there() {
    insta::assert_snapshot!(check(
        "pool tasks serverless on-demand budget=200000
         spent tasks 5000 ago=60s
         job 1 bare-2c-4g launch=1-1
         launch 1-1 tasks busy=t1 ago=15m
         survey
         task t1",
    ), @"count 6646 millionths of a dollar for tasks");
}

#[test]
fn a_task_that_is_over_before_a_sweep_is_counted_as_it_ends() {
    let world = |pool: &str| {
        check(&format!(
            "pool tasks serverless on-demand {pool}
             spent tasks 5000 ago=60s
             job 1 bare-2c-4g running=1-1-1 launch=1-1
             launch 1-1 tasks busy=t1 ago=36s
             stopped t1 the runner has ended"
        ))
    };
    insta::assert_snapshot!(world("budget=200000"), @"
    end 1-1: the runner has ended
    count 6646 millionths of a dollar for tasks
    ");
    insta::assert_snapshot!(world(""), @"end 1-1: the runner has ended");
}

#[test]
fn tasks_stand_by_only_as_long_as_the_budget_lasts() {
    insta::assert_snapshot!(check(
        "pool tasks serverless on-demand budget=100000 standby=bare-2c-4g*5
         survey",
    ), @"
    stand by in tasks for bare-2c-4g
    stand by in tasks for bare-2c-4g
    ");
}

#[test]
fn a_task_that_stands_by_gives_way_where_its_hour_is_what_lacks() {
    let world = |pool: &str, ago: &str| {
        check(&format!(
            "pool tasks serverless on-demand standby=bare-2c-4g*1 {pool}
             launch 0-1 tasks asked=t1 job=none as=bare-2c-4g image=bare-x86_64 ago={ago}
             job 7 bare-1c-2g"
        ))
    };
    insta::assert_snapshot!(world("budget=50000", "2m"), @"
    end 0-1, stop t1: it stood by, and job 7 needs its room
    count 3292 millionths of a dollar for tasks
    7 waits, budget: pool `tasks` may cost $0.05 a day, which is spent or set aside for the first hour of its tasks; the job waits for one of them or for midnight UTC, or raise `daily_budget_usd`
    and look again at once
    ");
    // What it has cost in two hours is gone, and nothing would be started in its room.
    insta::assert_snapshot!(world("budget=50000", "2h"), @"7 waits, budget: pool `tasks` may cost $0.05 a day, which is spent or set aside for the first hour of its tasks; the job waits for one of them or for midnight UTC, or raise `daily_budget_usd`");
    insta::assert_snapshot!(world("budget=50000 max=1", "2h"), @"7 waits, budget: pool `tasks` may cost $0.05 a day, which is spent or set aside for the first hour of its tasks; the job waits for one of them or for midnight UTC, or raise `daily_budget_usd`");
}

#[test]
fn a_task_that_stands_by_gives_way_to_the_second_of_two_jobs() {
    insta::assert_snapshot!(check(
        "pool tasks serverless max=2 standby=bare-1c-2g*1
         launch 0-1 tasks asked=t1 job=none as=bare-1c-2g image=bare-x86_64
         job 7 bare-2c-4g ago=2s
         job 8 bare-2c-4g ago=1s",
    ), @"
    end 0-1, stop t1: it stood by, and job 8 needs its room
    place 7-1 in tasks, 2048 CPU units and 4096 MiB
    8 waits, pool_full: full: `tasks` (max_tasks 2); the job runs when another ends, or raise `max_tasks`
    and look again at once
    ");
}

#[test]
fn what_is_not_asked_for_yet_has_cost_nothing() {
    insta::assert_snapshot!(check(
        "pool tasks serverless on-demand budget=200000
         spent tasks 5000 ago=60s
         job 1 bare-2c-4g launch=1-1
         launch 1-1 tasks ago=2m
         survey",
    ), @"nothing to do");
}

#[test]
fn a_task_that_stands_by_gives_no_way_where_another_job_has_what_it_would_free() {
    insta::assert_snapshot!(check(
        "pool tasks serverless on-demand budget=148000 standby=bare-2c-4g*1
         launch 0-1 tasks asked=t1 job=none as=bare-2c-4g image=bare-x86_64 ago=2m
         job 7 bare-8c-16g ago=9s
         job 8 bare-1c-2g ago=8s",
    ), @"
    place 7-1 in tasks, 8192 CPU units and 16384 MiB
    8 waits, budget: pool `tasks` may cost $0.14 a day, which is spent or set aside for the first hour of its tasks; the job waits for one of them or for midnight UTC, or raise `daily_budget_usd`
    ");
}
