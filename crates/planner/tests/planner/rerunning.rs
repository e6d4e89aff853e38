//! Runs that have lost jobs with their machines.

use model::id::RunId;
use planner::may_have_ended;

use crate::check;
use crate::scenario::{NOW, world};

#[test]
fn a_job_that_ran_on_a_machine_that_is_gone_is_lost() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1
         job 2 dagger-4c-8g running=quillon-2-1-1 launch=2-1
         launch 2-1 n1 busy=t2
         job 3 dagger-4c-8g running=quillon-3-1-1 launch=3-1 run=2
         launch 3-1 n1 busy=t3
         stopped t1 host is gone
         stopped t2 host is gone
         stopped t3 its engine crashed",
    ), @"
    run 1 lost in attempt 1: 1 2
    end 1-1, job 1 is lost: host is gone
    end 2-1, job 2 is lost: host is gone
    end 3-1: its engine crashed
    ");
}

#[test]
fn a_sweep_that_misses_the_machine_loses_what_ran_there() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1
         job 2 dagger-4c-8g launch=2-1
         launch 2-1 n1 claimed=t2
         survey",
    ), @"
    repair n1: gone
    run 1 lost in attempt 1: 1
    end 1-1, job 1 is lost: its node n1 is gone
    end 2-1, job 2 waits on: its node n1 is gone
    order 1 of x64 in a, for 2
    2 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn what_has_ended_before_its_machine_is_not_lost() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         launch 1-1 n1 busy=t1 as=dagger-4c-8g
         job 2 dagger-4c-8g running=somebodys launch=2-1
         launch 2-1 n1 busy=t2
         stopped t1 host is gone
         stopped t2 host is gone",
    ), @"
    end 1-1: host is gone
    end 2-1: host is gone
    ");
}

#[test]
fn a_run_loses_more_and_more_until_it_ends() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1
         lost 1 jobs=9
         stopped t1 host is gone",
    ), @"
    run 1 lost in attempt 1: 9 1
    end 1-1, job 1 is lost: host is gone
    ");
}

#[test]
fn a_second_chance_that_is_lost_is_the_last() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g attempt=2 running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1
         lost 1 jobs=9 over=5m
         stopped t1 host is gone",
    ), @"end 1-1, job 1 is lost: host is gone");
}

#[test]
fn a_run_that_has_ended_runs_its_failed_jobs_again() {
    insta::assert_snapshot!(check(
        "survey
         lost 1 jobs=7,8 ago=12m
         fate 1 failure jobs=7:success@1m,8:failure@1m",
    ), @"run 1 once more");
}

#[test]
fn a_run_that_goes_on_is_waited_for() {
    insta::assert_snapshot!(check(
        "survey
         lost 1 jobs=7
         fate 1 running jobs=7:failure@1m
         lost 2 jobs=8",
    ), @"nothing to do");
}

#[test]
fn what_failed_by_itself_or_was_cancelled_is_left_alone() {
    insta::assert_snapshot!(check(
        "survey
         lost 1 jobs=7 ago=12m
         fate 1 failure jobs=7:failure@13m
         lost 2 jobs=8 ago=12m
         fate 2 cancelled jobs=8:failure@5m
         lost 3 jobs=9 ago=12m
         fate 3 failure jobs=9:success@11m",
    ), @"
    forget run 1
    forget run 2
    forget run 3
    ");
}

#[test]
fn what_could_not_be_asked_is_not_given_up() {
    insta::assert_snapshot!(check(
        "survey
         lost 1 jobs=7,8 ago=12m
         fate 1 failure jobs=7:success@11m",
    ), @"nothing to do");
}

#[test]
fn whoever_was_faster_is_not_overtaken() {
    insta::assert_snapshot!(check(
        "survey
         lost 1 jobs=7
         fate 1 running attempt=2
         lost 2 jobs=8 asked=90s
         fate 2 failure attempt=2 jobs=8:failure@1m",
    ), @"
    run 1 is over: attempt 2 is there
    run 2 is over: attempt 2 is there
    ");
}

#[test]
fn an_unanswered_question_is_asked_again_and_not_for_ever() {
    insta::assert_snapshot!(check(
        "survey
         lost 1 jobs=7 asked=90s n=4 ago=12m
         fate 1 failure jobs=7:failure@2m
         lost 2 jobs=8 asked=90s n=5 ago=12m
         fate 2 failure jobs=8:failure@2m",
    ), @"
    run 1 once more
    run 2 is over: the forge was asked 5 times, and nothing ran
    ");
}

#[test]
fn a_second_chance_is_on_demand_whatever_the_label_says() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g
         pool od 16c-32g on-demand
         pool od-arm 16c-32g on-demand arm64
         pool od-small 2c-4g on-demand
         node n1 spot a
         lost 1 jobs=9 over=1m
         job 1 dagger-4c-8g-spot attempt=2
         job 2 dagger-4c-8g-spot attempt=1
         job 3 dagger-4c-8g-spot attempt=2 run=2",
    ), @"
    place 2-1 on n1 of spot, 4c-8g
    place 3-1 on n1 of spot, 4c-8g
    order 1 of od in a, for 1
    1 waits, starting: a node of pool `od` is starting in a, because the machine of its last attempt was lost
    ");
}

#[test]
fn without_an_on_demand_pool_a_second_chance_is_as_the_first() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g
         pool od-small 2c-4g on-demand
         node n1 spot a
         lost 1 jobs=9 over=1m
         job 1 dagger-4c-8g-spot attempt=2",
    ), @"place 1-1 on n1 of spot, 4c-8g");
}

#[test]
fn a_second_chance_takes_no_idle_launch() {
    insta::assert_snapshot!(check(
        "pool spot 16c-32g
         pool od 16c-32g on-demand
         node n1 spot a
         node n2 od a
         launch 9-1 n1 asked=t9 as=dagger-4c-8g-spot
         lost 1 jobs=9 over=1m
         job 1 dagger-4c-8g-spot attempt=2",
    ), @"
    end 9-1, stop t9: its job no longer waits, and no other needs it
    place 1-1 on n2 of od, 4c-8g
    ");
}

#[test]
fn a_run_is_forgotten_once_nothing_of_it_is_left() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=0
         survey
         lost 1 over=61m
         lost 2 over=59m
         lost 3 over=2h
         job 3 dagger-4c-8g run=3 running=somebody",
    ), @"forget run 1");
}

#[test]
fn a_run_is_asked_about_once_nothing_of_it_goes_on_or_is_heard() {
    let is_asked = |text: &str| {
        let seen = world(text).seen;
        may_have_ended(&seen, &seen.runs[&RunId(1)], NOW)
    };
    let goes_on = "pool x64 16c-32g\njob 8 dagger-4c-8g running=somebody\nlost 1 jobs=7";
    assert!(is_asked("lost 1 jobs=7 ago=1m"));
    assert!(!is_asked(&format!("{goes_on} ago=15m")));
    assert!(is_asked(&format!("{goes_on} ago=16m")), "an event may be lost");
    assert!(!is_asked("lost 1 jobs=7 asked=60s"));
    assert!(is_asked("lost 1 jobs=7 asked=61s"));
}
