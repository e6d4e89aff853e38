//! What the forge says of jobs that were doubted.

use crate::check;

#[test]
fn an_answer_that_a_job_waits_counts_once_it_cannot_be_older_than_the_event() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g doubted=20s
         job 2 dagger-4c-8g doubted=21s
         answer 1 queued
         answer 2 queued",
    ), @"
    settle 2: it waits
    place 2-1 on n1 of x64, 4c-8g
    1 waits, doubted: an event says that the job no longer waits; GitHub is being asked
    ");
}

#[test]
fn a_doubt_may_be_older_than_what_was_heard_since() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g doubted=30s running=quillon-9-1-1 ran=5s
         answer 1 queued",
    ), @"nothing to do");
}

#[test]
fn other_answers_count_at_once() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-4c-8g doubted=0s
         job 2 dagger-4c-8g doubted=0s
         job 3 dagger-4c-8g doubted=0s
         job 4 dagger-4c-8g doubted=0s
         job 5 dagger-4c-8g doubted=0s
         answer 1 running=quillon-9-1-1
         answer 2 running=somebody
         answer 3 ended
         answer 4 gone
         answer 5 waiting",
    ), @"
    settle 1: it runs on quillon-9-1-1
    settle 2: it runs elsewhere
    settle 3: it ended, success, after it ran
    settle 4: it ended, nobody knows how, and never ran
    settle 5: forget it
    ");
}

#[test]
fn an_answer_about_a_job_that_nobody_doubts_may_be_older_than_its_event() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1 ago=20s
         launch 1-1 n1 asked=t1
         answer 1 running=somebody",
    ), @"nothing to do");
}

#[test]
fn what_has_ended_stays_so_whoever_asked() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1 ago=0s
         launch 1-1 n1 asked=t1
         answer 1 ended",
    ), @"
    settle 1: it ended, success, after it ran
    end 1-1, stop t1: its job no longer waits, and no other needs it
    ");
}

#[test]
fn the_launch_of_a_job_that_was_cancelled_ends_with_the_doubt() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1 doubted=1s
         launch 1-1 n1 asked=t1
         answer 1 ended",
    ), @"
    settle 1: it ended, success, after it ran
    end 1-1, stop t1: its job no longer waits, and no other needs it
    ");
}

#[test]
fn the_launch_of_a_job_that_was_cancelled_serves_the_next() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1 doubted=1s
         launch 1-1 n1 asked=t1
         job 2 dagger-4c-8g
         answer 1 gone",
    ), @"
    settle 1: it ended, nobody knows how, and never ran
    assign 1-1 to job 2
    ");
}

#[test]
fn a_job_that_waits_for_approval_is_forgotten_with_its_launch() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1 doubted=1s
         launch 1-1 n1 asked=t1
         answer 1 waiting",
    ), @"
    settle 1: forget it
    end 1-1, stop t1: its job no longer waits, and no other needs it
    ");
}

#[test]
fn a_job_that_runs_is_not_forgotten_for_an_old_answer() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-4c-8g running=quillon-9-1-1 ran=5m
         answer 1 waiting",
    ), @"nothing to do");
}
