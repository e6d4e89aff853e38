//! Tasks that no launch has.

use crate::check;

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
fn a_task_that_somebody_else_started_is_theirs() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         task t1 began=1h
         roll acme",
    ), @"nothing to do");
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
fn while_the_forge_does_not_answer_nothing_is_known_to_be_idle() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         task t1 of=7-1 began=1h",
    ), @"nothing to do");
}
