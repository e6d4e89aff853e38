//! Code that nobody here has read has machines of its own, each for one launch.

use crate::check;

#[test]
fn an_untrusted_launch_is_alone_on_its_node() {
    insta::assert_snapshot!(check(
        "pool forks 16c-32g untrusted
         node n1 forks a
         job 1 dagger-4c-8g untrusted
         job 2 dagger-4c-8g untrusted",
    ), @"
    place 1-1 on n1 of forks, 4c-8g
    order 1 of forks in a, for 2
    2 waits, starting: a node of pool `forks` is starting in a
    ");
}

#[test]
fn a_node_that_carries_an_untrusted_launch_takes_no_other() {
    insta::assert_snapshot!(check(
        "pool forks 16c-32g untrusted max=1
         node n1 forks a
         job 1 dagger-4c-8g untrusted running=quillon-1-1-1 launch=1-1
         launch 1-1 n1 busy=t1
         job 2 dagger-4c-8g untrusted",
    ), @"
    cordon n1: spent
    2 waits, pool_full: full: `forks` (max_nodes 1); the job runs when another ends, or raise `max_nodes`
    ");
}

#[test]
fn a_node_that_has_carried_an_untrusted_launch_is_given_back() {
    insta::assert_snapshot!(check(
        "pool forks 16c-32g untrusted
         node n1 forks a ago=10m idle=5s
         survey
         member n1 forks a registered=16c-32g
         job 2 dagger-4c-8g untrusted",
    ), @"
    cordon n1: spent
    order 1 of forks in a, for 2
    drain n1: it has carried the one launch that a machine of its tier carries
    terminate n1 of forks, after handle-n1 drains
    2 waits, starting: a node of pool `forks` is starting in a
    ");
}

#[test]
fn an_untrusted_machine_that_nobody_wrote_down_may_have_carried_anything() {
    insta::assert_snapshot!(check(
        "pool forks 16c-32g untrusted
         survey
         member n1 forks a registered=16c-32g
         member n2 forks a",
    ), @"
    repair n1: adopt into forks, Ready, 16c-32g
    repair n2: adopt into forks, Ordered, 16c-32g
    drain n1: it has carried the one launch that a machine of its tier carries
    terminate n1 of forks, after handle-n1 drains
    ");
}

#[test]
fn untrusted_jobs_are_bought_a_node_each() {
    insta::assert_snapshot!(check(
        "pool forks 16c-32g untrusted
         job 1 dagger-1c-2g untrusted
         job 2 dagger-1c-2g untrusted
         job 3 dagger-1c-2g untrusted",
    ), @"
    order 3 of forks in a, for 1 2 3
    1 waits, starting: a node of pool `forks` is starting in a
    2 waits, starting: a node of pool `forks` is starting in a
    3 waits, starting: a node of pool `forks` is starting in a
    ");
}

#[test]
fn an_idle_untrusted_launch_may_take_the_next_job_of_its_tier() {
    insta::assert_snapshot!(check(
        "pool forks 16c-32g untrusted
         node n1 forks a cordoned=spent
         launch 1-1 n1 asked=t1 job=none as=dagger-4c-8g
         job 2 dagger-4c-8g untrusted",
    ), @"assign 1-1 to job 2");
}

#[test]
fn a_fork_without_a_pool_is_told_what_its_author_and_what_the_owner_can_do() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         job 1 dagger-4c-8g untrusted
         job 2 dagger-4c-8g-arm64 untrusted",
    ), @r#"
    1 waits, no_pool: the run's code comes from a fork, and no pool for it takes untrusted jobs; push the branch to the repository itself, or add a pool with `trust = "untrusted"` to `pools`
    2 waits, no_pool: no pool is for untrusted arm64 jobs; add one to `pools`, or write another label
    "#);
}
