//! What keeps failing: images, nodes and offerings.

use std::time::Duration;

use model::id::{JobId, LaunchId, Zone};
use model::node::Refusal;
use model::rules::PoolName;
use planner::{failed, plan, refused};

use crate::check;
use crate::line::before;
use crate::scenario::{NOW, world};

#[test]
fn a_task_that_ends_before_its_job_began_is_counted() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 asked=t1 image=dagger-x86_64
         job 2 dagger-4c-8g running=quillon-2-1-1 launch=2-1
         launch 2-1 n1 busy=t2
         stopped t1 it could not be pulled
         stopped t2 its engine crashed",
    ), @"
    remember dagger-x86_64: 1 failed, 0 moves
    end 1-1, job 1 waits on: it could not be pulled
    end 2-1: its engine crashed
    place 1-2 on n1 of x64, 4c-8g
    ");
}

#[test]
fn three_in_a_row_on_one_node_are_its_fault() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a failed=2
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 asked=t1 image=dagger-x86_64
         failing dagger-x86_64 2 on=n1
         stopped t1 it could not be pulled",
    ), @"
    cordon n1: failing
    remember dagger-x86_64: 3 failed, 0 moves
    end 1-1, job 1 waits on: it could not be pulled
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn three_in_a_row_on_two_nodes_are_the_image_s() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a failed=2
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 asked=t1 image=dagger-x86_64
         failing dagger-x86_64 2 on=n2
         stopped t1 it could not be pulled",
    ), @"
    remember dagger-x86_64: 3 failed, 1 moves
    end 1-1, job 1 waits on: it could not be pulled
    1 waits, quarantined: 3 tasks of this kind in a row ended before they took a job, the last on n1: it could not be pulled; the next one is tried 1 min after the last. Look at the images in the configuration, at the registry, and at the tasks' log
    ");
}

#[test]
fn a_machine_that_is_gone_is_nobodys_fault() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1
         node n1 x64 a failed=2
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 asked=t1 image=dagger-x86_64
         stopped t1 host is gone",
    ), @"
    end 1-1, job 1 waits on: host is gone
    place 1-2 on n1 of x64, 4c-8g
    ");
}

#[test]
fn what_fails_everywhere_is_tried_by_one_job_at_a_time() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         failing dagger-x86_64 3 moves=1 ago=61s
         job 1 dagger-4c-8g
         job 2 dagger-4c-8g",
    ), @"
    place 1-1 on n1 of x64, 4c-8g
    2 waits, quarantined: 3 tasks of this kind in a row ended before they took a job, the last on n9: it could not be pulled; one more is being tried. Look at the images in the configuration, at the registry, and at the tasks' log
    ");
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         failing dagger-x86_64 4 moves=1 rounds=2 ago=61s
         job 1 dagger-4c-8g",
    ), @"1 waits, quarantined: 4 tasks of this kind in a row ended before they took a job, the last on n9: it could not be pulled; the next one is tried 2 min after the last. Look at the images in the configuration, at the registry, and at the tasks' log");
}

#[test]
fn an_image_that_takes_a_job_is_forgotten_and_so_is_an_old_one() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         survey
         member n1 x64 a registered=16c-32g
         task t1
         failing dagger-x86_64 9 moves=1 ago=1m
         failing docker-x86_64 9 moves=1 ago=4h
         job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1 image=dagger-x86_64 ago=30s",
    ), @"
    forget dagger-x86_64
    forget docker-x86_64
    ");
}

#[test]
fn a_pool_whose_machines_are_taken_back_is_left_alone() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         node n1 x64 a
         broken x64 a n=2
         warned n1 reclaimed
         job 1 dagger-4c-8g",
    ), @"
    cordon n1: reclaimed
    remember x64 in a: 0 lost, 1 pauses
    order 1 of x64 in b, for 1
    1 waits, starting: a node of pool `x64` is starting in b
    ");
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         broken x64 a pauses=2 for=20m
         job 1 dagger-4c-8g",
    ), @"1 waits, no_capacity: pool `x64` gets no node in any of its zones (3 machines of a were taken back one after the other; it is left alone for 20 min); asked again within minutes");
}

#[test]
fn each_pause_is_longer_and_what_is_lost_meanwhile_says_nothing_new() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b,c
         node n1 x64 a
         node n2 x64 b
         node n3 x64 c
         broken x64 a n=2 pauses=1 ago=11m
         broken x64 b n=0 pauses=1 for=5m
         broken x64 c n=2 ago=2h
         warned n1 reclaimed
         warned n2 reclaimed
         warned n3 reclaimed",
    ), @"
    cordon n1: reclaimed
    cordon n2: reclaimed
    cordon n3: reclaimed
    remember x64 in a: 0 lost, 2 pauses
    remember x64 in b: 0 lost, 1 pauses
    remember x64 in c: 1 lost, 0 pauses
    ");
}

#[test]
fn losses_that_are_hours_apart_are_accidents_and_long_pauses_are_forgotten() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         node n1 x64 a
         node n2 x64 b
         broken x64 a n=2 pauses=1 ago=90m
         broken x64 b n=0 pauses=2 ago=3h
         warned n1 reclaimed
         warned n2 reclaimed",
    ), @"
    cordon n1: reclaimed
    cordon n2: reclaimed
    remember x64 in a: 1 lost, 1 pauses
    remember x64 in b: 1 lost, 0 pauses
    ");
}

#[test]
fn no_offering_is_left_alone_for_longer_than_four_hours() {
    let world = world(
        "pool x64 16c-32g
         node n1 x64 a
         broken x64 a n=2 pauses=9
         warned n1 reclaimed",
    );
    let plan = plan(&world.seen, &world.rules, NOW).plan;
    let breaker = &plan.breakers[&PoolName::parse("x64").unwrap()][0];
    assert_eq!(breaker.until.since(NOW), Duration::from_hours(4));
}

#[test]
fn what_refuses_again_is_left_alone_for_longer_and_begins_anew_at_last() {
    let minutes = |n: u32, ago: &str| {
        let zone = Zone::from("a");
        let known = Refusal { zone: zone.clone(), until: before(ago), n, why: String::new() };
        refused(&[known], &zone, "none left", NOW)[0].until.since(NOW).as_secs() / 60
    };
    assert_eq!([1, 2, 3, 9].map(|n| minutes(n, "29m")), [6, 12, 24, 30]);
    assert_eq!(minutes(9, "30m"), 3);
}

#[test]
fn an_image_is_tried_every_ten_minutes_at_the_least() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         failing dagger-x86_64 40 moves=9 rounds=9 ago=601s
         job 1 dagger-4c-8g",
    ), @"place 1-1 on n1 of x64, 4c-8g");
}

#[test]
fn all_that_were_started_at_once_are_one_round() {
    let n_rounds = |ago: &str| {
        let seen = world(&format!(
            "pool x64 16c-32g
             node n1 x64 a
             launch 1-1 n1 asked=t1 as=dagger-4c-8g image=dagger-x86_64
             failing dagger-x86_64 3 moves=1 rounds=2 ago={ago}"
        ))
        .seen;
        let launch = &seen.launches[&LaunchId { job: JobId(1), n: 1 }];
        failed(seen.failing.values().next(), launch, "it could not be pulled", NOW).n_rounds
    };
    assert_eq!((n_rounds("119s"), n_rounds("120s")), (2, 3));
}
