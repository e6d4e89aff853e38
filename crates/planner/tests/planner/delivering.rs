//! Events that the forge could not deliver.

use planner::since;

use crate::check;
use crate::scenario::{NOW, world};

#[test]
fn an_event_that_no_attempt_has_brought_is_asked_for_again() {
    insta::assert_snapshot!(check(
        "delivered until=2m
         delivery 9 e4 ago=10s
         delivery 8 e3 ago=20s again
         delivery 7 e2 ago=30s failed
         delivery 6 e3 ago=40s failed
         delivery 5 e1 ago=50s failed
         delivery 4 e5 ago=60s refused",
    ), @"redeliver [5 7] until 40 s ago ");
}

#[test]
fn each_event_is_asked_for_once_however_often_it_failed() {
    insta::assert_snapshot!(check(
        "delivered until=2m
         delivery 9 e1 ago=10s failed again
         delivery 8 e1 ago=70s failed",
    ), @"redeliver [9] until 40 s ago ");
}

#[test]
fn a_list_that_is_too_long_is_read_on_before_anything_new() {
    insta::assert_snapshot!(check(
        "delivered until=20m
         delivery 9 e1 ago=10s failed
         more page2",
    ), @"redeliver [9] until 1200 s ago page2");
    insta::assert_snapshot!(check(
        "delivered until=20m rest=page2
         delivery 3 e3 ago=15m failed
         more page3",
    ), @"redeliver [3] until 1200 s ago page3");
    insta::assert_snapshot!(check(
        "delivered until=20m rest=page3
         delivery 2 e2 ago=19m",
    ), @"redeliver [] until 300 s ago ");
}

#[test]
fn an_event_that_fails_while_others_arrive_is_given_up() {
    insta::assert_snapshot!(check(
        "delivered until=2m stubborn=e1 n=4
         delivery 9 e1 ago=10s failed again
         delivery 8 e2 ago=20s",
    ), @"redeliver [9] until 40 s ago  e1 x5");
    insta::assert_snapshot!(check(
        "delivered until=2m stubborn=e1 n=5
         delivery 9 e1 ago=10s failed again
         delivery 8 e2 ago=20s",
    ), @"redeliver [] until 40 s ago  e1 x6");
    insta::assert_snapshot!(check(
        "delivered until=2m stubborn=e1 n=5
         delivery 9 e1 ago=10s failed again
         delivery 8 e2 ago=20s failed again",
    ), @"redeliver [8 9] until 40 s ago  e1 x5");
}

#[test]
fn the_first_look_is_a_day_long_and_is_remembered() {
    insta::assert_snapshot!(check("delivery 9 e1 ago=10s"), @"redeliver [] until 40 s ago ");
}

#[test]
fn what_has_all_arrived_is_not_written_down_each_time() {
    insta::assert_snapshot!(check(
        "delivered until=2m
         delivery 9 e1 ago=10s",
    ), @"nothing to do");
}

#[test]
fn how_far_it_has_looked_is_told_by_the_forges_clock() {
    insta::assert_snapshot!(check(
        "delivered until=20m
         delivery 9 e1 ago=5m failed",
    ), @"redeliver [9] until 330 s ago ");
}

#[test]
fn what_is_older_than_a_day_is_not_looked_for() {
    let hours = |text: &str| NOW.since(since(&world(text).seen, NOW)).as_secs() / 3_600;
    assert_eq!((hours("delivered until=5h"), hours("delivered until=30h"), hours("survey")), (5, 24, 24));
}
