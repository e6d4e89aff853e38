//! Tasks that no launch has.

use std::collections::BTreeSet;
use std::time::Duration;

use model::id::TaskId;
use planner::strays;

use crate::check;
use crate::scenario::{NOW, World, world};

#[test]
fn a_task_whose_launch_is_over_is_stopped_after_a_while() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         task t1 of=7-1 began=6m
         task t2 of=8-1 began=4m
         roll acme",
    ), @"stop t1: no launch has it any more");
}

#[test]
fn what_a_launch_has_or_may_turn_out_to_have_is_not_stopped() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         member n1 x64 a registered=16c-32g tasks=2
         job 7 dagger-4c-8g launch=7-1
         launch 7-1 n1 planned
         task t1 of=7-1 began=1h
         roll acme",
    ), @"nothing to do");
}

#[test]
fn a_task_that_its_launch_has_another_instead_of_is_stopped() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         member n1 x64 a registered=16c-32g tasks=2
         job 7 dagger-4c-8g launch=7-1
         launch 7-1 n1 asked=t7
         task t7
         task t1 of=7-1 began=1h
         roll acme",
    ), @"stop t1: no launch has it any more");
}

#[test]
fn a_task_whose_runner_may_be_at_work_is_not_stopped() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 7 dagger-4c-8g running=quillon-7-1-1
         task t1 of=7-1 began=1h
         roll acme
         runner 8-1-1 acme busy
         task t2 of=8-1 began=1h",
    ), @"nothing to do");
}

#[test]
fn a_task_whose_runner_had_a_job_that_is_over_is_stopped() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 7 dagger-4c-8g doubted=1m running=quillon-7-1-1
         answer 7 ended
         task t1 of=7-1 began=1h
         roll acme",
    ), @"
    settle 7: it ended, success, after it ran
    stop t1: no launch has it any more
    ");
}

#[test]
fn where_its_runner_would_be_listed_is_asked_first() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         task t1 of=7-1 began=1h at=acme
         task t2 of=8-1 began=1h at=globex
         roll acme",
    ), @"stop t1: no launch has it any more");
}

#[test]
fn of_more_than_can_be_looked_at_every_sweep_looks_at_the_next() {
    let tasks: String = (0..250).map(|n| format!("task t{n:03}\n")).collect();
    let World { seen, .. } = world(&format!("pool x64 16c-32g\n{tasks}"));
    let looked_at: Vec<Vec<TaskId>> =
        (0..3).flat_map(|n| strays(&seen, NOW.after(n * Duration::from_mins(1))).into_values()).collect();
    assert!(looked_at.iter().all(|tasks| tasks.len() == 100));
    let all: BTreeSet<&TaskId> = looked_at.iter().flatten().collect();
    assert_eq!(all.len(), 250);
}

#[test]
fn while_the_forge_does_not_answer_nothing_is_known_to_be_idle() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         task t1 of=7-1 began=1h",
    ), @"nothing to do");
}
