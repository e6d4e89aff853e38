//! Why a job waits, in sentences.

use crate::check;

#[test]
fn a_wrong_label_is_told_what_to_write() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-4c-arm64-gpu
         job 2 somebody-elses",
    ), @"
    1 waits, wrong_label: `gpu` and `arm64` do not go together, GPUs are on x64 only; write `dagger-4c-8g-gpu`
    2 waits, wrong_label: the labels are not Quillon's any more
    ");
}

#[test]
fn a_version_that_nobody_released_is_named() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-v0-99-0-4c-8g
         missing v0.99.0 there is no engine v0.99.0 at registry.dagger.io",
    ), @"1 waits, no_such_version: there is no engine v0.99.0 at registry.dagger.io");
}

#[test]
fn what_could_not_be_read_is_unknown_and_not_missing() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-v0-19-4-4c-8g
         job 2 dagger-4c-8g unasked
         unread v0.19.4 the registry did not answer",
    ), @"
    1 waits, unknown: the registry did not answer
    2 waits, unknown: GitHub has not said yet whether the run's code is the repository's own; asked again within a minute
    ");
}

#[test]
fn a_job_that_no_pool_is_for_says_what_it_wants() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-4c-8g-arm64
         job 2 dagger-4c-8g-od
         job 3 dagger-4c-8g untrusted
         job 4 dagger-4c-8g-gpu",
    ), @r#"
    1 waits, no_pool: no pool is for trusted arm64 jobs; add one to `pools`, or write another label
    2 waits, no_pool: no pool is for trusted on-demand jobs; add one to `pools`, or write another label
    3 waits, no_pool: the run's code comes from a fork, and no pool for it takes untrusted jobs; push the branch to the repository itself, or add a pool with `trust = "untrusted"` to `pools`
    4 waits, no_pool: no pool is for trusted GPU jobs; add one to `pools`, or write another label
    "#);
}

#[test]
fn a_job_larger_than_any_node_is_an_error_and_no_wait() {
    insta::assert_snapshot!(check(
        "pool large 16c-32g
         pool wide 8c-64g on-demand
         job 1 dagger-16c-33g
         job 2 dagger-17c-32g-spot
         job 3 dagger-8c-64g
         job 4 dagger-8c-65g
         job 5 dagger-4c-100g",
    ), @"
    order 1 of wide in a, for 3
    1 waits, too_large: `16c-33g` fits on no node: the largest job that pool `large` holds is 16c-32g; write a smaller size, or give the pool larger instance types
    2 waits, too_large: `17c-32g` fits on no node: the largest job that pool `large` holds is 16c-32g; write a smaller size, or give the pool larger instance types
    3 waits, starting: a node of pool `wide` is starting in a
    4 waits, too_large: `8c-65g` fits on no node: the largest job that pool `wide` holds is 8c-64g; write a smaller size, or give the pool larger instance types
    5 waits, too_large: `4c-100g` fits on no node: the largest job that pool `wide` holds is 8c-64g; write a smaller size, or give the pool larger instance types
    ");
}

#[test]
fn a_full_pool_says_what_it_waits_for() {
    insta::assert_snapshot!(check(
        "pool od 16c-32g on-demand max=1
         pool spot 16c-32g max=1
         node n1 od a draining
         node n2 spot a draining
         job 1 dagger-4c-8g
         job 2 dagger-4c-8g-spot",
    ), @"
    1 waits, pool_full: full: `spot` (max_nodes 1), `od` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    2 waits, pool_full: full: `spot` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    ");
}

#[test]
fn a_pool_without_machines_says_who_refused_them() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         refused x64 a 60s InsufficientInstanceCapacity: none left
         refused x64 b 60s MaxSpotInstanceCountExceeded: quota
         job 1 dagger-4c-8g",
    ), @"1 waits, no_capacity: pool `x64` gets no node in any of its zones (InsufficientInstanceCapacity: none left); asked again within minutes");
}

#[test]
fn a_doubted_job_is_not_started() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g doubted=5s",
    ), @"1 waits, doubted: an event says that the job no longer waits; GitHub is being asked");
}

#[test]
fn the_second_failure_pauses_and_each_further_one_for_longer() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-1c-2g n=1 failed=0s
         job 2 dagger-1c-2g n=2 failed=9s
         job 3 dagger-1c-2g n=2 failed=10s
         job 4 dagger-1c-2g n=3 failed=19s
         job 5 dagger-1c-2g n=3 failed=20s
         job 6 dagger-1c-2g n=30 failed=599s
         job 7 dagger-1c-2g n=30 failed=600s",
    ), @"
    place 1-2 on n1 of x64, 1c-2g
    place 3-3 on n1 of x64, 1c-2g
    place 5-4 on n1 of x64, 1c-2g
    place 7-31 on n1 of x64, 1c-2g
    2 waits, paused: launch 2 ended before the job ran: it broke; the next one waits 10 s
    4 waits, paused: launch 3 ended before the job ran: it broke; the next one waits 20 s
    6 waits, paused: launch 30 ended before the job ran: it broke; the next one waits 600 s
    ");
}

#[test]
fn a_job_that_waits_on_for_the_same_reason_is_not_written_again() {
    let scenario = "pool x64 16c-32g max=1
         node n1 x64 a draining
         job 1 dagger-4c-8g";
    let mut world = crate::scenario::world(scenario);
    let first = planner::plan(&world.seen, &world.rules, crate::scenario::NOW).plan;
    assert_eq!(first.explain.len(), 1);
    world.seen = crate::applied::applied(&world.seen, &first);
    assert!(planner::plan(&world.seen, &world.rules, crate::scenario::NOW).plan.is_empty());
}

#[test]
fn the_report_counts_what_waits_and_for_how_long() {
    let world = crate::scenario::world(
        "pool x64 16c-32g max=1
         node n1 x64 a
         job 1 dagger-16c-32g ago=50s launch=1-1
         launch 1-1 n1 asked=t1
         job 2 dagger-4c-8g ago=40s
         job 3 dagger-4c-8g ago=30s
         job 4 dagger-4c-8g-arm64 ago=20s
         job 5 dagger-4c-8g running=somebody",
    );
    let report = planner::plan(&world.seen, &world.rules, crate::scenario::NOW).report;
    insta::assert_debug_snapshot!(report, @r#"
    Report {
        n_open: 7,
        n_queued: 4,
        n_running: 1,
        waiting: {
            "no_pool": 1,
            "pool_full": 2,
        },
        oldest_wait_ms: 40000,
        nodes: {
            PoolName(
                "x64",
            ): 1,
        },
    }
    "#);
}
