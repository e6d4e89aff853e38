//! Launches that are over, that serve another job, or that nobody needs.

use crate::check;

#[test]
fn a_job_whose_task_stopped_is_launched_again_at_once() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-16c-32g launch=1-1
         launch 1-1 n1 asked=t1
         stopped t1 the engine has ended",
    ), @"
    remember any: 1 failed, 0 moves
    end 1-1, job 1 waits on: the engine has ended
    place 1-2 on n1 of x64, 16c-32g
    ");
}

#[test]
fn a_second_stop_in_a_row_makes_the_job_wait() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-16c-32g launch=1-2
         launch 1-2 n1 claimed=t1
         stopped t1 the engine has ended",
    ), @"
    end 1-2, job 1 waits on: the engine has ended
    1 waits, paused: launch 2 ended before the job ran: the engine has ended; the next one waits 10 s
    ");
}

#[test]
fn a_stop_is_understood_before_its_start_was_written() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1
         stopped of=1-1 no host port",
    ), @"
    end 1-1, job 1 waits on: no host port
    place 1-2 on n1 of x64, 4c-8g
    ");
}

#[test]
fn a_stop_of_a_task_that_is_not_the_launch_s_changes_nothing() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 asked=t1
         stopped t9 the engine has ended",
    ), @"nothing to do");
}

#[test]
fn a_runner_that_stops_after_its_job_fails_nobody() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         launch 1-1 n1 busy=t1 as=dagger-4c-8g
         stopped t1 the runner has ended",
    ), @"end 1-1: the runner has ended");
}

#[test]
fn an_idle_launch_serves_the_oldest_job_of_the_same_labels() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         launch 1-1 n1 asked=t1 as=dagger-4c-8g job=none
         job 2 dagger-4c-8g-x64 ago=5s
         job 3 dagger-4c-8g ago=3s
         job 4 DAGGER-4c-8g ago=4s",
    ), @"
    assign 1-1 to job 4
    place 2-1 on n1 of x64, 4c-8g
    place 3-1 on n1 of x64, 4c-8g
    ");
}

#[test]
fn an_idle_launch_serves_nobody_of_another_trust() {
    insta::assert_snapshot!(check(
        "pool friends 16c-32g
         pool strangers 16c-32g untrusted
         node n1 friends a
         launch 1-1 n1 asked=t1 as=dagger-4c-8g job=none
         job 2 dagger-4c-8g untrusted",
    ), @"
    end 1-1, stop t1: its job no longer waits, and no other needs it
    order 1 of strangers in a, for 2
    2 waits, starting: a node of pool `strangers` is starting in a
    ");
}

#[test]
fn a_doubted_job_is_given_no_idle_launch() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         launch 1-1 n1 asked=t1 as=dagger-4c-8g job=none
         job 2 dagger-4c-8g doubted=5s",
    ), @"
    end 1-1, stop t1: its job no longer waits, and no other needs it
    2 waits, doubted: an event says that the job no longer waits; GitHub is being asked
    ");
}

#[test]
fn a_job_whose_runner_took_another_gets_what_that_one_left() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g running=quillon-2-1-1 launch=1-1
         job 2 dagger-4c-8g launch=2-1
         launch 1-1 n1 asked=t1
         launch 2-1 n1 busy=t2 took=1
         answer 1 running=quillon-2-1-1",
    ), @"assign 1-1 to job 2 instead of 2-1");
}

#[test]
fn a_job_whose_runner_took_another_is_launched_again() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g running=quillon-2-1-1
         job 2 dagger-4c-8g launch=2-1
         launch 2-1 n1 busy=t2 took=1",
    ), @"place 2-2 on n1 of x64, 4c-8g instead of 2-1");
}

#[test]
fn an_event_alone_ends_no_launch() {
    for answer in ["", "answer 1 queued", "answer 1 waiting"] {
        let scenario = format!(
            "pool x64 16c-32g
             node n1 x64 a
             job 1 dagger-4c-8g running=somebody launch=1-1
             launch 1-1 n1 asked=t1
             {answer}"
        );
        assert_eq!(check(&scenario), "nothing to do", "{answer}");
    }
}

#[test]
fn a_launch_that_github_says_is_not_needed_ends_with_its_task() {
    for answer in ["running=somebody", "ended", "gone"] {
        let scenario = format!(
            "pool x64 16c-32g
             node n1 x64 a
             job 1 dagger-4c-8g running=somebody launch=1-1
             launch 1-1 n1 asked=t1
             answer 1 {answer}"
        );
        let planned = check(&scenario);
        let last = planned.lines().last();
        assert_eq!(
            last,
            Some("end 1-1, stop t1: its job no longer waits, and no other needs it"),
            "{answer}: {planned}"
        );
    }
}

#[test]
fn a_launch_of_a_job_that_is_over_ends_with_its_task() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         launch 1-1 n1 asked=t1 as=dagger-4c-8g
         launch 2-1 n1 asked=t2 as=dagger-4c-8g job=none",
    ), @"
    end 1-1, stop t1: its job no longer waits, and no other needs it
    end 2-1, stop t2: its job no longer waits, and no other needs it
    ");
}

#[test]
fn the_room_of_an_ended_launch_is_taken_in_the_same_plan() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1
         node n1 x64 a
         launch 1-1 n1 asked=t1 as=dagger-16c-32g
         job 2 dagger-8c-16g",
    ), @"
    end 1-1, stop t1: its job no longer waits, and no other needs it
    place 2-1 on n1 of x64, 8c-16g
    ");
}

#[test]
fn a_runner_that_is_registered_is_left_to_end_itself() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         launch 1-1 n1 claimed=t1 as=dagger-4c-8g",
    ), @"nothing to do");
}

#[test]
fn a_launch_that_was_not_asked_for_yet_is_left_until_it_is() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         launch 1-1 n1 as=dagger-4c-8g",
    ), @"nothing to do");
}
