//! Repositories share what there is.

use std::fmt::Write;

use crate::check;

#[test]
fn the_matrix_of_one_repository_does_not_keep_another_waiting() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1
         node n1 x64 a
         job 1 dagger-4c-8g ago=9s
         job 2 dagger-4c-8g ago=8s
         job 3 dagger-4c-8g ago=7s
         job 4 dagger-4c-8g ago=6s
         job 5 dagger-4c-8g ago=5s of=bank
         job 6 dagger-4c-8g ago=4s of=bank",
    ), @"
    place 1-1 on n1 of x64, 4c-8g
    place 5-1 on n1 of x64, 4c-8g
    place 2-1 on n1 of x64, 4c-8g
    place 6-1 on n1 of x64, 4c-8g
    3 waits, pool_full: full: `x64` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    4 waits, pool_full: full: `x64` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    ");
}

#[test]
fn who_has_least_comes_first() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1
         node n1 x64 a
         job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1
         job 2 dagger-4c-8g running=quillon-2-1-1 launch=2-1
         launch 2-1 n1 busy=t2
         job 3 dagger-8c-16g ago=50s
         job 4 dagger-8c-16g ago=5s of=bank",
    ), @"
    place 4-1 on n1 of x64, 8c-16g
    3 waits, pool_full: full: `x64` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    ");
}

#[test]
fn a_repository_has_no_more_jobs_at_once_than_it_may() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         limits max_jobs=3 shop=2
         node n1 x64 a
         node n2 x64 a
         job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1
         job 2 dagger-4c-8g ago=5s
         job 3 dagger-4c-8g ago=4s
         job 4 dagger-4c-8g ago=3s of=bank",
    ), @"
    place 4-1 on n1 of x64, 4c-8g
    place 2-1 on n1 of x64, 4c-8g
    3 waits, repository_limit: acme/shop may run 2 jobs at once, and 2 run or are about to; the job runs when one of them ends, or raise `max_jobs` in `limits`
    ");
}

#[test]
fn no_machine_is_bought_for_a_job_that_may_not_run_yet() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         limits max_jobs=1
         job 1 dagger-16c-32g ago=5s
         job 2 dagger-16c-32g ago=4s",
    ), @"
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    2 waits, repository_limit: acme/shop may run 1 jobs at once, and 1 run or are about to; the job runs when one of them ends, or raise `max_jobs` in `limits`
    ");
}

#[test]
fn an_idle_launch_is_not_given_beyond_a_limit() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         limits shop=1
         node n1 x64 a
         node n2 x64 a
         job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1
         launch 8-1 n2 claimed=t8 as=dagger-4c-8g job=none
         launch 9-1 n2 claimed=t9 as=dagger-4c-8g job=none
         job 2 dagger-4c-8g ago=9s
         job 3 dagger-4c-8g ago=5s of=bank",
    ), @"
    assign 8-1 to job 3
    2 waits, repository_limit: acme/shop may run 1 jobs at once, and 1 run or are about to; the job runs when one of them ends, or raise `max_jobs` in `limits`
    ");
}

#[test]
fn a_job_on_somebody_elses_runner_counts_for_no_limit() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         limits max_jobs=1
         node n1 x64 a
         job 1 dagger-4c-8g running=somebody
         job 2 dagger-4c-8g",
    ), @"place 2-1 on n1 of x64, 4c-8g");
}

#[test]
fn no_more_is_started_than_can_be_registered() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=2
         limits registrations=3
         node n1 x64 a
         node n2 x64 a
         job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1 ago=10s
         job 2 dagger-4c-8g ago=9s
         job 3 dagger-4c-8g ago=8s
         job 4 dagger-4c-8g ago=7s",
    ), @"
    place 2-1 on n1 of x64, 4c-8g
    place 3-1 on n1 of x64, 4c-8g
    4 waits, budget: a place is free, but as many runners were started as may be registered, 3 in a minute; the job follows within minutes
    and look again at once
    ");
}

#[test]
fn two_apps_register_twice_as_many() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=2
         limits registrations=1 apps=2
         node n1 x64 a
         node n2 x64 a
         job 2 dagger-4c-8g ago=9s
         job 3 dagger-4c-8g ago=8s
         job 4 dagger-4c-8g ago=7s",
    ), @"
    place 2-1 on n1 of x64, 4c-8g
    place 3-1 on n1 of x64, 4c-8g
    4 waits, budget: a place is free, but as many runners were started as may be registered, 2 in a minute; the job follows within minutes
    and look again at once
    ");
}

#[test]
fn no_more_is_started_for_one_organization_than_it_takes() {
    let mut scenario = "pool x64 16c-32g max=200\nlimits registrations=150 apps=3\n".to_owned();
    for node in 100..120 {
        writeln!(scenario, "node n{node} x64 a").unwrap();
    }
    for job in 1..=298 {
        let node = 100 + job / 16;
        writeln!(scenario, "job {job} dagger-1c-2g running=quillon-{job}-1-1 launch={job}-1").unwrap();
        writeln!(scenario, "launch {job}-1 n{node} busy=t{job} ago=30s").unwrap();
    }
    for job in 1001..=1003 {
        writeln!(scenario, "job {job} dagger-1c-2g ago=9s").unwrap();
    }
    insta::assert_snapshot!(check(&scenario), @"
    place 1001-1 on n100 of x64, 1c-2g
    place 1002-1 on n118 of x64, 1c-2g
    1003 waits, budget: a place is free, but as many runners were started as may be registered at acme, 300 in a minute; the job follows within minutes
    and look again at once
    ");
}

#[test]
fn no_more_is_started_than_the_provider_takes_at_once() {
    let mut scenario = "pool x64 16c-32g max=200\n".to_owned();
    for node in 100..120 {
        writeln!(scenario, "node n{node} x64 a").unwrap();
    }
    for job in 1..=120 {
        writeln!(scenario, "job {job} dagger-1c-2g ago={}s", 200 - job).unwrap();
    }
    let plan = check(&scenario);
    assert_eq!(n_placed(&plan), 100, "{plan}");
    assert!(plan.ends_with("and look again at once"), "{plan}");
    assert!(!plan.contains("order"), "{plan}");
    for launch in 901..=910 {
        writeln!(scenario, "launch {launch}-1 n119 asked=t{launch} as=docker-1c-2g").unwrap();
    }
    assert_eq!(n_placed(&check(&scenario)), 90, "what is stopped counts, too");
}

#[test]
fn no_more_tasks_without_nodes_are_started_than_the_provider_takes_at_once() {
    let mut scenario = "pool tasks serverless max=200\n".to_owned();
    for job in 1..=30 {
        writeln!(scenario, "job {job} bare-1c-2g").unwrap();
    }
    let plan = check(&scenario);
    assert_eq!(n_placed(&plan), 20, "{plan}");
    assert!(plan.ends_with("and look again at once"), "{plan}");
}

fn n_placed(plan: &str) -> usize {
    plan.lines().filter(|line| line.starts_with("place ")).count()
}
