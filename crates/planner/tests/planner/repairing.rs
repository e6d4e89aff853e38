//! What a sweep finds to differ from the ledger.

use crate::check;

#[test]
fn a_machine_nobody_knew_is_adopted() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         member n1 x64 a registered=16c-33g
         member n2 x64 b
         member n3 another b registered=16c-32g
         job 1 dagger-4c-8g",
    ), @"
    repair n1: adopt into x64, Ready, 16c-33g
    repair n2: adopt into x64, Ordered, 16c-32g
    place 1-1 on n1 of x64, 4c-8g
    ");
}

#[test]
fn a_node_whose_announcement_was_lost_is_ready_and_used() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a ordered v=4
         node n2 x64 a ordered
         member n1 x64 a registered=16c-33g
         member n2 x64 a
         job 1 dagger-16c-33g
         job 2 dagger-16c-32g",
    ), @"
    repair n1: ready with 16c-33g
    place 2-1 on n1 of x64, 16c-32g
    1 waits, too_large: `16c-33g` fits on no node: the largest job that pool `x64` holds is 16c-32g; write a smaller size, or give the pool larger instance types
    ");
}

#[test]
fn a_node_that_is_no_member_any_more_is_gone_with_its_launches() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         node n2 x64 a
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 asked=t1
         job 2 dagger-4c-8g launch=2-1
         launch 2-1 n1 ago=90s
         member n2 x64 a registered=16c-32g
         task t1",
    ), @"
    repair n1: gone
    end 1-1, job 1 waits on: its node n1 is gone
    end 2-1, job 2 waits on: its node n1 is gone
    place 1-2 on n2 of x64, 4c-8g
    place 2-2 on n2 of x64, 4c-8g
    ");
}

#[test]
fn what_was_ordered_within_the_minute_may_not_be_listed_yet() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a ordered ago=60s
         node n2 x64 a ordered ago=61s
         survey",
    ), @"repair n2: gone");
}

#[test]
fn a_task_that_nobody_lists_has_stopped() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 asked=t1 ago=61s
         job 2 dagger-4c-8g launch=2-1
         launch 2-1 n1 asked=t2 ago=61s
         member n1 x64 a registered=16c-32g
         task t2",
    ), @"
    remember any: 1 failed, 0 moves
    end 1-1, job 1 waits on: its task has stopped
    place 1-2 on n1 of x64, 4c-8g
    ");
}

#[test]
fn a_launch_under_a_minute_old_is_not_ended_because_nobody_lists_it() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 asked=t1 ago=60s
         job 2 dagger-4c-8g launch=2-1
         launch 2-1 n1 ago=90s
         member n1 x64 a registered=16c-32g",
    ), @"nothing to do");
}

#[test]
fn a_ring_ends_nothing_for_not_being_listed() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 asked=t1",
    ), @"nothing to do");
}

#[test]
fn a_node_that_is_gone_makes_room_in_its_pool() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1
         node n1 x64 a
         survey
         job 1 dagger-4c-8g",
    ), @"
    repair n1: gone
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn a_node_that_has_just_got_ready_need_not_be_connected() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a ago=60s
         node n2 x64 a ago=61s
         member n1 x64 a
         member n2 x64 a",
    ), @"repair n2: lost");
}

#[test]
fn a_node_has_the_room_that_it_has_registered() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         node n2 x64 a ordered
         member n1 x64 a registered=16c-32g
         member n2 x64 a registered=8c-16g
         job 1 dagger-16c-32g ago=9s
         job 2 dagger-16c-32g ago=8s",
    ), @"
    repair n2: ready with 8c-16g
    place 1-1 on n1 of x64, 16c-32g
    order 1 of x64 in a, for 2
    2 waits, starting: a node of pool `x64` is starting in a
    ");
}
