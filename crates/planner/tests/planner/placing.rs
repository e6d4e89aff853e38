//! Jobs onto nodes there are.

use crate::check;

#[test]
fn a_job_goes_to_the_fullest_node_that_has_room() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         node n2 x64 a
         node n3 x64 a
         job 1 dagger-8c-16g launch=1-1
         launch 1-1 n2 busy=t1
         job 2 dagger-12c-24g launch=2-1
         launch 2-1 n3 busy=t2
         job 7 dagger-8c-16g",
    ), @"place 7-1 on n2 of x64, 8c-16g");
}

#[test]
fn two_halves_share_a_machine_and_three_do_not() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         node n2 x64 a
         job 1 dagger-8c-16g ago=3s
         job 2 dagger-8c-16g ago=2s
         job 3 dagger-8c-16g ago=1s",
    ), @"
    place 1-1 on n1 of x64, 8c-16g
    place 2-1 on n1 of x64, 8c-16g
    place 3-1 on n2 of x64, 8c-16g
    ");
}

#[test]
fn memory_alone_can_be_what_is_short() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1
         node n1 x64 a
         job 1 dagger-1c-30g ago=3s
         job 2 dagger-1c-3g ago=2s
         job 3 dagger-1c-2g ago=1s",
    ), @"
    place 1-1 on n1 of x64, 1c-30g
    place 3-1 on n1 of x64, 1c-2g
    2 waits, pool_full: full: `x64` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    ");
}

#[test]
fn a_job_that_says_no_size_gets_the_pool_s() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g default=2c-6g
         node n1 x64 a
         job 1 dagger",
    ), @"place 1-1 on n1 of x64, 2c-6g");
}

#[test]
fn the_oldest_job_is_placed_first() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1
         node n1 x64 a
         job 1 dagger-16c-32g ago=1s
         job 2 dagger-16c-32g ago=2s",
    ), @"
    place 2-1 on n1 of x64, 16c-32g
    1 waits, pool_full: full: `x64` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    ");
}

#[test]
fn a_small_job_passes_a_large_one_that_finds_no_room() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1
         node n1 x64 a
         job 1 dagger-8c-16g launch=1-1
         launch 1-1 n1 busy=t1
         job 2 dagger-16c-32g ago=2s
         job 3 dagger-8c-16g ago=1s",
    ), @"
    place 3-1 on n1 of x64, 8c-16g
    2 waits, pool_full: full: `x64` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    ");
}

#[test]
fn a_job_stays_on_its_architecture() {
    insta::assert_snapshot!(check(
        "pool arm 16c-32g arm64 max=1
         pool x64 16c-32g max=1
         node n1 arm a
         node n2 x64 a
         job 1 dagger-4c-8g-arm64
         job 2 dagger-4c-8g-x64",
    ), @"
    place 1-1 on n1 of arm, 4c-8g
    place 2-1 on n2 of x64, 4c-8g
    ");
}

#[test]
fn an_open_architecture_is_x86_64_even_where_only_arm_has_room() {
    insta::assert_snapshot!(check(
        "pool arm 16c-32g arm64
         pool x64 16c-32g
         node n1 arm a
         job 1 dagger-4c-8g",
    ), @"
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn an_open_architecture_is_arm_where_no_other_pool_is_for_the_job() {
    insta::assert_snapshot!(check(
        "pool arm 16c-32g arm64 on-demand
         pool x64 16c-32g
         node n1 arm a
         job 1 dagger-4c-8g-od",
    ), @"place 1-1 on n1 of arm, 4c-8g");
}

#[test]
fn an_open_purchase_is_spot_before_on_demand() {
    insta::assert_snapshot!(check(
        "pool od 16c-32g on-demand
         pool spot 16c-32g
         node n1 od a
         node n2 spot a
         job 1 dagger-4c-8g ago=3s
         job 2 dagger-12c-24g ago=2s
         job 3 dagger-4c-8g ago=1s",
    ), @"
    place 3-1 on n1 of od, 4c-8g
    place 1-1 on n2 of spot, 4c-8g
    place 2-1 on n2 of spot, 12c-24g
    ");
}

#[test]
fn a_job_stays_with_what_it_is_to_be_paid_as() {
    insta::assert_snapshot!(check(
        "pool od 16c-32g on-demand
         pool spot 16c-32g
         node n1 od a
         node n2 spot a
         job 1 dagger-4c-8g-od
         job 2 dagger-4c-8g-spot",
    ), @"
    place 1-1 on n1 of od, 4c-8g
    place 2-1 on n2 of spot, 4c-8g
    ");
}

#[test]
fn trusted_and_untrusted_code_never_share_a_pool() {
    insta::assert_snapshot!(check(
        "pool friends 16c-32g
         pool strangers 16c-32g untrusted
         node n1 friends a
         node n2 strangers a
         job 1 dagger-4c-8g
         job 2 dagger-4c-8g untrusted",
    ), @"
    place 1-1 on n1 of friends, 4c-8g
    place 2-1 on n2 of strangers, 4c-8g
    ");
}

#[test]
fn a_gpu_is_for_who_asks_for_it_and_one_to_a_node() {
    insta::assert_snapshot!(check(
        "pool gpus 16c-32g gpu max=2
         pool plain 16c-32g
         node n1 gpus a
         node n2 gpus a
         node n3 plain a
         job 1 dagger-4c-8g-gpu ago=3s
         job 2 dagger-4c-8g-gpu ago=2s
         job 3 dagger-4c-8g ago=1s",
    ), @"
    place 1-1 on n1 of gpus, 4c-8g
    place 2-1 on n2 of gpus, 4c-8g
    place 3-1 on n3 of plain, 4c-8g
    ");
    insta::assert_snapshot!(check(
        "pool gpus 16c-32g gpu
         node n1 gpus a
         job 1 dagger-4c-8g",
    ), @"1 waits, no_pool: no pool is for trusted jobs; add one to `pools`, or write another label");
}

#[test]
fn a_single_tenant_shares_its_node_with_nobody() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=3
         node n1 x64 a
         node n2 x64 a
         node n3 x64 a
         job 1 dagger-1c-2g launch=1-1
         launch 1-1 n1 busy=t1
         job 2 dagger-1c-2g-st launch=2-1
         launch 2-1 n2 busy=t2
         job 3 dagger-2c-4g-st ago=3s
         job 4 dagger-3c-6g-st ago=2s
         job 5 dagger-15c-30g ago=1s
         job 6 dagger-15c-30g ago=0s",
    ), @"
    place 5-1 on n1 of x64, 15c-30g
    place 3-1 on n3 of x64, 2c-4g
    4 waits, pool_full: full: `x64` (max_nodes 3); the job runs when another ends, or raise `max_nodes`
    6 waits, pool_full: full: `x64` (max_nodes 3); the job runs when another ends, or raise `max_nodes`
    ");
}

#[test]
fn nodes_that_drain_or_are_not_ready_take_nothing() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=2
         node n1 x64 a draining
         node n2 x64 a ordered
         job 1 dagger-4c-8g",
    ), @"1 waits, starting: a node of pool `x64` is starting in a");
}

#[test]
fn a_node_of_no_pool_takes_nothing() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 old a size=16c-32g
         job 1 dagger-4c-8g",
    ), @"
    order 1 of x64 in a, for 1
    1 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn where_nothing_waits_there_is_nothing_to_do() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 asked=t1
         job 2 dagger-4c-8g launch=2-1
         launch 2-1 n1
         job 3 dagger-4c-8g running=quillon-3-1-1 launch=3-1
         launch 3-1 n1 busy=t3
         job 4 dagger-4c-8g running=somebody",
    ), @"nothing to do");
}

#[test]
fn a_job_that_was_forgotten_is_not_given_the_number_of_a_launch_that_is_still_open() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 1 dagger-8c-16g
         job 2 dagger-8c-16g running=1-1
         launch 1-1 n1 busy=t1 took=2",
    ), @"place 1-2 on n1 of x64, 8c-16g");
}
