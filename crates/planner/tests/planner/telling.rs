//! Why a job cannot run, told to its author.

use std::fmt::Write;

use planner::plan;

use crate::check;
use crate::scenario::{NOW, world};

#[test]
fn an_author_is_told_once_of_a_label_that_no_waiting_helps() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         roll acme
         job 1 dagger-v0.19.4-4x committed
         job 2 dagger-v0.19.4-4x committed told=1m
         job 3 dagger-v0.19.4-4x
         job 4 dagger-64c-128g committed
         job 5 dagger-4c-8g-arm64 committed
         job 6 dagger-v0.19.9-4c-8g committed
         missing v0.19.9 there is no engine v0.19.9
         job 7 dagger-4c-8g committed unasked",
    ), @"
    tell 1: wrong_label
    tell 4: too_large
    tell 5: no_pool
    tell 6: no_such_version
    1 waits, wrong_label: `4x` is no part of a label; write `dagger-v0-19-4`
    2 waits, wrong_label: `4x` is no part of a label; write `dagger-v0-19-4`
    3 waits, wrong_label: `4x` is no part of a label; write `dagger-v0-19-4`
    4 waits, too_large: `64c-128g` fits on no node: the largest job that pool `x64` holds is 16c-32g; write a smaller size, or give the pool larger instance types
    5 waits, no_pool: no pool is for trusted arm64 jobs; add one to `pools`, or write another label
    6 waits, no_such_version: there is no engine v0.19.9
    7 waits, unknown: GitHub has not said yet whether the run's code is the repository's own; asked again within a minute
    ");
}

#[test]
fn nobody_is_told_while_the_forge_is_silent() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-v0.19.4-4x committed",
    ), @"1 waits, wrong_label: `4x` is no part of a label; write `dagger-v0-19-4`");
}

#[test]
fn nobody_is_told_where_the_forge_does_not_answer() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         roll bank
         job 1 dagger-v0.19.4-4x committed",
    ), @"1 waits, wrong_label: `4x` is no part of a label; write `dagger-v0-19-4`");
}

#[test]
fn so_many_are_told_at_once_and_the_others_later() {
    let mut scenario = "pool x64 16c-32g\nroll acme\n".to_owned();
    for job in 1..=30 {
        writeln!(scenario, "job {job} dagger-v0.19.4-4x committed").unwrap();
    }
    let world = world(&scenario);
    assert_eq!(plan(&world.seen, &world.rules, NOW).plan.tell.len(), 20);
}
