//! Nodes that are given back, replaced or given up.

use std::fmt::Write;

use crate::check;

#[test]
fn an_idle_node_is_drained_and_ended_in_one_sweep() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a idle=30m v=7
         node n2 x64 a idle=29m
         member n1 x64 a registered=16c-32g
         member n2 x64 a registered=16c-32g
         held x64 2",
    ), @"
    drain n1: nothing has been on it for long
    terminate n1 of x64, after handle-n1 drains
    ");
}

#[test]
fn a_ring_gives_nothing_back() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a idle=60m",
    ), @"nothing to do");
}

#[test]
fn a_node_with_something_on_it_is_not_idle_whoever_says_so() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a idle=60m
         node n2 x64 a idle=60m
         node n3 x64 a draining
         job 1 dagger-4c-8g launch=1-1 running=quillon-1-1-1
         launch 1-1 n1 busy=t1
         member n1 x64 a registered=16c-32g tasks=1
         member n2 x64 a registered=16c-32g tasks=1
         member n3 x64 a registered=16c-32g tasks=1
         task t1",
    ), @"nothing to do");
}

#[test]
fn a_job_that_fits_on_an_idle_node_keeps_it() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a idle=60m
         node n2 x64 a idle=50m
         job 1 dagger-4c-8g
         member n1 x64 a registered=16c-32g
         member n2 x64 a registered=16c-32g",
    ), @"
    place 1-1 on n1 of x64, 4c-8g
    drain n2: nothing has been on it for long
    terminate n2 of x64, after handle-n2 drains
    ");
}

#[test]
fn the_minimum_stays_and_the_longest_idle_goes() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g min=2
         node n1 x64 a idle=40m
         node n2 x64 a idle=60m
         node n3 x64 a idle=50m
         member n1 x64 a registered=16c-32g
         member n2 x64 a registered=16c-32g
         member n3 x64 a registered=16c-32g",
    ), @"
    drain n2: nothing has been on it for long
    terminate n2 of x64, after handle-n2 drains
    ");
}

/// The provider replaced one by itself while another was ordered for it.
#[test]
fn a_node_that_nobody_wrote_down_is_one_of_the_minimum_as_soon_as_it_is_seen() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g min=2
         node n1 x64 a idle=40m
         node n2 x64 a idle=60m
         member n1 x64 a registered=16c-32g
         member n2 x64 a registered=16c-32g
         member n3 x64 a registered=16c-32g",
    ), @"
    repair n3: adopt into x64, Ready, 16c-32g
    drain n2: nothing has been on it for long
    terminate n2 of x64, after handle-n2 drains
    ");
}

#[test]
fn a_minimum_that_is_not_there_is_ordered_by_a_sweep() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g min=3 zones=a,b
         node n1 x64 a
         member n1 x64 a registered=16c-32g",
    ), @"
    order 1 of x64 in a, for the minimum
    order 1 of x64 in b, for the minimum
    ");
    insta::assert_snapshot!(check("pool x64 16c-32g min=3 zones=a,b"), @"nothing to do");
}

#[test]
fn a_node_that_drains_is_ended_until_it_is_gone() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a draining
         node n2 x64 a draining
         node n3 x64 a draining v=2
         job 1 dagger-4c-8g launch=1-1 running=quillon-1-1-1
         launch 1-1 n3 busy=t1
         member n1 x64 a registered=16c-32g
         member n2 x64 a registered=16c-32g
         member n3 x64 a registered=16c-32g
         drained n2
         task t1
         held x64 3",
    ), @"
    terminate n1 of x64, after handle-n1 drains
    terminate n2 of x64
    ");
}

#[test]
fn more_than_there_are_is_held_at_what_there_is() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         member n1 x64 a registered=16c-32g
         held x64 4",
    ), @"hold x64 at 1");
}

#[test]
fn less_than_there_are_is_raised_only_before_one_is_ended() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         pool arm 16c-32g arm64
         node n1 x64 a
         node n2 x64 a draining
         node n3 arm a
         member n1 x64 a registered=16c-32g
         member n2 x64 a registered=16c-32g
         member n3 arm a registered=16c-32g
         held x64 0
         held arm 0",
    ), @"
    hold x64 at 2
    terminate n2 of x64, after handle-n2 drains
    ");
}

#[test]
fn a_machine_that_never_registers_is_given_up_and_counts_against_its_offering() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g zones=a,b
         node n1 x64 a ordered ago=601s
         node n2 x64 a ordered ago=601s
         node n3 x64 a ordered ago=599s
         refused x64 a 0s*2 it never registered
         job 1 dagger-16c-32g ago=2s
         job 2 dagger-16c-32g ago=1s
         member n1 x64 a
         member n2 x64 a
         member n3 x64 a",
    ), @"
    order 1 of x64 in b, for 2
    drain n1: it never registered
    drain n2: it never registered
    leave x64 alone in a for 720 s: n1: it never registered
    terminate n1 of x64
    terminate n2 of x64
    1 waits, starting: a node of pool `x64` is starting in a or b
    2 waits, starting: a node of pool `x64` is starting in a or b
    ");
}

#[test]
fn an_agent_that_is_away_for_a_minute_gets_no_launch_and_nothing_else_happens() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1 running=quillon-1-1-1
         launch 1-1 n1 busy=t1
         job 2 dagger-4c-8g
         member n1 x64 a registered=16c-32g away tasks=1
         task t1",
    ), @"
    repair n1: lost
    2 waits, starting: the agent of a node of pool `x64` in a is not heard of just now; if it stays away another is ordered
    ");
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a lost=1m
         job 2 dagger-4c-8g
         member n1 x64 a registered=16c-32g",
    ), @"
    repair n1: found again
    place 2-1 on n1 of x64, 4c-8g
    ");
}

#[test]
fn an_agent_that_stays_away_loses_what_can_do_no_job_any_more() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a lost=15m
         job 1 dagger-1c-2g launch=1-1
         launch 1-1 n1 asked=t1 ago=20m
         job 2 dagger-1c-2g launch=2-1
         launch 2-1 n1 claimed=t2 ago=20m
         job 3 dagger-1c-2g launch=3-1 running=quillon-3-1-1
         launch 3-1 n1 busy=t3 ago=20m
         launch 4-1 n1 busy=t4 ago=20m as=dagger-1c-2g
         member n1 x64 a registered=16c-32g away tasks=4
         task t1
         task t2
         task t3
         task t4",
    ), @"
    end 1-1, stop t1, job 1 waits on: the agent of its node n1 has not been heard of for long
    end 2-1, stop t2, job 2 waits on: the agent of its node n1 has not been heard of for long
    end 4-1, stop t4: the agent of its node n1 has not been heard of for long
    order 1 of x64 in a, for 1 2
    1 waits, starting: a node of pool `x64` is starting in a
    2 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn an_agent_that_stays_away_loses_a_launch_whose_job_is_found_to_be_over() {
    let world = |launch: &str| {
        check(&format!(
            "pool x64 16c-32g
             node n1 x64 a lost=30m
             roll acme
             job 3 dagger-1c-2g launch=3-1 running=quillon-3-1-1 ran=40m
             launch 3-1 n1 {launch} ago=41m at=acme
             answer 3 ended on=quillon-3-1-1
             member n1 x64 a registered=16c-32g away tasks=1
             task t3"
        ))
    };
    insta::assert_snapshot!(world("busy=t3"), @"
    settle 3: it ended, success, after it ran
    end 3-1, stop t3: the agent of its node n1 has not been heard of for long
    ");
    insta::assert_snapshot!(world("claimed=t3"), @"
    settle 3: it ended, success, after it ran
    busy 3-1 with job 3
    end 3-1, stop t3: the agent of its node n1 has not been heard of for long
    ");
}

#[test]
fn a_node_whose_agent_stays_away_is_given_up_once_nothing_is_on_it() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g min=1
         node n1 x64 a lost=15m
         node n2 x64 a lost=15m
         node n3 x64 a lost=14m
         member n1 x64 a registered=16c-32g away
         member n2 x64 a registered=16c-32g away tasks=1
         member n3 x64 a registered=16c-32g away",
    ), @"
    order 1 of x64 in a, for the minimum
    drain n1: its agent has not been heard of for long
    terminate n1 of x64, after handle-n1 drains
    ");
}

#[test]
fn old_nodes_go_one_after_the_other_and_those_at_work_finish() {
    let mut scenario = "pool x64 16c-32g max_age=60m max=30\n".to_owned();
    for n in 1..=20 {
        writeln!(scenario, "node n{n} x64 a ago={}m", 61 + n).unwrap();
        writeln!(scenario, "member n{n} x64 a registered=16c-32g tasks=1").unwrap();
        writeln!(scenario, "job {n} dagger-16c-32g launch={n}-1 running=quillon-{n}-1-1").unwrap();
        writeln!(scenario, "launch {n}-1 n{n} busy=t{n}").unwrap();
        writeln!(scenario, "task t{n}").unwrap();
    }
    insta::assert_snapshot!(check(&scenario), @"
    cordon n19: outdated
    cordon n20: outdated
    ");
}

#[test]
fn nodes_of_an_older_image_make_room_once_there_is_a_newer_one_for_the_minimum() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g min=1 max=2
         node n1 x64 a
         member n1 x64 a registered=16c-32g old",
    ), @"order 1 of x64 in a, for the minimum");
    insta::assert_snapshot!(check(
        "pool x64 16c-32g min=1 max=2
         node n1 x64 a
         node n2 x64 a
         member n1 x64 a registered=16c-32g old
         member n2 x64 a registered=16c-32g",
    ), @"
    drain n1: its image is no longer the newest
    terminate n1 of x64, after handle-n1 drains
    ");
}

#[test]
fn a_cordoned_node_is_given_back_when_its_last_launch_has_ended() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a cordoned=outdated idle=0s
         node n2 x64 a cordoned=outdated
         job 1 dagger-4c-8g launch=1-1 running=quillon-1-1-1
         launch 1-1 n2 busy=t1
         member n1 x64 a registered=16c-32g old
         member n2 x64 a registered=16c-32g old tasks=1
         task t1",
    ), @"
    drain n1: it is replaced, and nothing is on it any more
    terminate n1 of x64, after handle-n1 drains
    ");
}

#[test]
fn a_machine_that_a_group_replaced_by_itself_is_adopted_and_the_lost_one_forgotten() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         member n2 x64 a registered=16c-32g
         held x64 1
         job 1 dagger-4c-8g",
    ), @"
    repair n1: gone
    repair n2: adopt into x64, Ready, 16c-32g
    place 1-1 on n2 of x64, 4c-8g
    ");
}

#[test]
fn a_node_idles_from_the_end_of_its_last_launch() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a idle=60m
         launch 1-1 n1 busy=t1 as=dagger-4c-8g
         stopped t1 it has ended
         member n1 x64 a registered=16c-32g",
    ), @"end 1-1: it has ended");
}

#[test]
fn what_is_being_replaced_is_waited_for_before_the_next() {
    let mut scenario = "pool x64 16c-32g max_age=60m max=30\n".to_owned();
    for n in 1..=20 {
        let state = match n {
            19 => "cordoned=outdated",
            20 => "draining",
            _ => "",
        };
        writeln!(scenario, "node n{n} x64 a ago=2h {state}").unwrap();
        writeln!(scenario, "member n{n} x64 a registered=16c-32g tasks=1").unwrap();
    }
    assert_eq!(check(&scenario), "nothing to do");
}

/// What holds that one may take hours.
#[test]
fn an_old_node_on_which_nothing_has_been_for_long_goes_while_another_is_replaced() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max_age=60m
         node n1 x64 a ago=90m cordoned=outdated
         node n2 x64 a ago=90m idle=40m
         job 1 dagger-4c-8g launch=1-1 running=quillon-1-1-1
         launch 1-1 n1 busy=t1
         member n1 x64 a registered=16c-32g tasks=1
         member n2 x64 a registered=16c-32g
         task t1",
    ), @"
    drain n2: nothing has been on it for long
    terminate n2 of x64, after handle-n2 drains
    ");
}

#[test]
fn of_old_nodes_the_idle_go_first() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max_age=60m
         node n1 x64 a ago=90m
         node n2 x64 a ago=70m idle=1m
         job 1 dagger-4c-8g launch=1-1 running=quillon-1-1-1
         launch 1-1 n1 busy=t1
         member n1 x64 a registered=16c-32g tasks=1
         member n2 x64 a registered=16c-32g
         task t1",
    ), @"
    drain n2: its image is no longer the newest
    terminate n2 of x64, after handle-n2 drains
    ");
}
