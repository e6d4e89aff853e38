//! Nodes that are warned of.

use crate::check;

#[test]
fn nothing_is_placed_on_a_node_that_is_warned_of() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         node n2 x64 a
         warned n1 at-risk
         job 1 dagger-4c-8g",
    ), @"
    cordon n1: at-risk
    place 1-1 on n2 of x64, 4c-8g
    ");
}

#[test]
fn a_node_stays_cordoned_and_is_no_room() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a cordoned=at-risk
         node n2 x64 a cordoned=reclaimed ordered
         job 1 dagger-4c-8g",
    ), @"
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn a_cordoned_node_counts_until_it_is_gone() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1
         node n1 x64 a cordoned=reclaimed
         job 1 dagger-4c-8g",
    ), @"1 waits, pool_full: full: `x64` (max_nodes 1); the job runs when another ends, or raise `max_nodes`");
}

#[test]
fn what_runs_on_a_cordoned_node_goes_on() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1
         job 2 dagger-4c-8g launch=2-1
         launch 2-1 n1 asked=t2
         warned n1 at-risk",
    ), @"cordon n1: at-risk");
}

#[test]
fn a_launch_that_has_no_runner_yet_leaves_a_node_that_is_taken_back() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         node n2 x64 a
         job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1
         job 2 dagger-4c-8g launch=2-1
         launch 2-1 n1 asked=t2
         job 3 dagger-4c-8g launch=3-1
         launch 3-1 n1 claimed=t3
         warned n1 reclaimed",
    ), @"
    cordon n1: reclaimed
    end 2-1, stop t2, job 2 waits on: its node n1 is taken back by the provider
    place 2-2 on n2 of x64, 4c-8g
    ");
}

#[test]
fn an_idle_runner_on_a_node_that_is_taken_back_gets_no_other_job() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a cordoned=reclaimed
         node n2 x64 a cordoned=at-risk
         launch 1-1 n1 claimed=t1 as=dagger-4c-8g
         launch 2-1 n2 claimed=t2 as=dagger-4c-8g
         job 7 dagger-4c-8g",
    ), @"assign 2-1 to job 7");
}

#[test]
fn a_warning_takes_the_place_of_a_notice_and_never_the_other_way() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a cordoned=at-risk
         node n2 x64 a cordoned=reclaimed
         warned n1 reclaimed
         warned n1 at-risk
         warned n2 at-risk
         warned n3 reclaimed",
    ), @"cordon n1: reclaimed");
}

/// The agent of a spot machine takes it out of service when it is warned; that of another does so when an
/// operator tells it to.
#[test]
fn a_sweep_sees_what_an_event_lost() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         pool od 16c-32g on-demand
         node n1 x64 a
         node n2 od a
         node n3 x64 a draining
         survey
         member n1 x64 a registered=16c-32g
         member n2 od a registered=16c-32g
         member n3 x64 a registered=16c-32g
         drained n1
         drained n2
         drained n3",
    ), @"
    cordon n1: reclaimed
    cordon n2: drained
    drain n1: the provider takes it back, and nothing is on it
    drain n2: somebody drains it, and nothing is on it
    terminate n1 of x64
    terminate n2 of od
    terminate n3 of x64
    ");
}
