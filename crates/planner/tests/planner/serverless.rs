//! Jobs in pools that have no nodes.

use crate::check;

#[test]
fn a_job_without_an_engine_gets_a_task_of_its_own_size() {
    insta::assert_snapshot!(check(
        "pool tasks serverless
         job 7 bare-2c-4g
         job 8 bare-3c-10g",
    ), @"
    place 7-1 in tasks, 2048 CPU units and 4096 MiB
    place 8-1 in tasks, 4096 CPU units and 10240 MiB
    ");
}

#[test]
fn an_engine_a_dockerd_or_a_gpu_needs_a_node() {
    insta::assert_snapshot!(check(
        "pool tasks serverless
         pool x64 16c-32g max=0
         job 1 dagger-2c-4g
         job 2 docker-2c-4g
         job 3 bare-2c-4g-gpu
         job 4 dagger-2c-4g-arm64
         pool arm64 serverless arm64",
    ), @"
    1 waits, pool_full: full: `x64` (max_nodes 0); the job runs when another ends, or raise `max_nodes`
    2 waits, pool_full: full: `x64` (max_nodes 0); the job runs when another ends, or raise `max_nodes`
    3 waits, no_pool: no pool is for trusted GPU jobs; add one to `pools`, or write another label
    4 waits, no_pool: no pool of nodes is for trusted arm64 jobs; add one to `pools`, or write another label
    ");
}

#[test]
fn a_single_tenant_is_alone_in_a_task_without_a_node() {
    insta::assert_snapshot!(check(
        "pool tasks serverless
         job 7 bare-2c-4g-st",
    ), @"place 7-1 in tasks, 2048 CPU units and 4096 MiB");
}

#[test]
fn room_that_is_paid_for_comes_first_and_no_node_is_bought_or_waited_for() {
    insta::assert_snapshot!(check(
        "pool tasks serverless
         pool x64 16c-32g
         node n1 x64 a size=4c-8g
         node n2 x64 a ordered
         job 7 bare-4c-8g ago=2s
         job 8 bare-4c-8g ago=1s",
    ), @"
    place 7-1 on n1 of x64, 4c-8g
    place 8-1 in tasks, 4096 CPU units and 8192 MiB
    ");
}

#[test]
fn spot_comes_before_on_demand_and_a_full_pool_gives_way_to_the_next() {
    insta::assert_snapshot!(check(
        "pool a-od serverless on-demand max=1
         pool spot serverless max=1
         pool x64 16c-32g
         job 1 bare-2c-4g ago=4s
         job 2 bare-2c-4g ago=3s
         job 3 bare-2c-4g ago=2s",
    ), @"
    place 2-1 in a-od, 2048 CPU units and 4096 MiB
    place 1-1 in spot, 2048 CPU units and 4096 MiB
    order 1 of x64 in a, for 3
    3 waits, starting: a node of pool `x64` is starting in a
    ");
}

#[test]
fn a_full_pool_is_named_with_the_limit_that_is_its_own() {
    insta::assert_snapshot!(check(
        "pool tasks serverless max=2
         job 1 bare-2c-4g launch=1-1
         launch 1-1 tasks busy=t1
         job 2 bare-2c-4g launch=2-1
         launch 2-1 tasks busy=t2
         job 7 bare-2c-4g",
    ), @"7 waits, pool_full: full: `tasks` (max_tasks 2); the job runs when another ends, or raise `max_tasks`");
    insta::assert_snapshot!(check(
        "pool tasks serverless max=0
         pool x64 16c-32g max=0
         job 7 bare-2c-4g",
    ), @"7 waits, pool_full: full: `x64` (max_nodes 0), `tasks` (max_tasks 0); the job runs when another ends, or raise `max_nodes` or `max_tasks`");
}

#[test]
fn a_pool_that_has_just_refused_is_not_asked() {
    insta::assert_snapshot!(check(
        "pool tasks serverless
         refused tasks a 60s none left
         job 1 bare-2c-4g",
    ), @"1 waits, no_capacity: pool `tasks` gets no task (none left); asked again within minutes");
}

#[test]
fn a_launch_that_ends_makes_room_for_the_next() {
    insta::assert_snapshot!(check(
        "pool tasks serverless max=1
         job 1 bare-2c-4g running=1-1-1 launch=1-1
         launch 1-1 tasks busy=t1
         stopped t1 the runner has ended
         job 7 bare-2c-4g",
    ), @"
    end 1-1: the runner has ended
    place 7-1 in tasks, 2048 CPU units and 4096 MiB
    ");
}

#[test]
fn a_task_that_nobody_lists_any_more_has_stopped() {
    insta::assert_snapshot!(check(
        "pool tasks serverless max=1
         job 1 bare-2c-4g launch=1-1
         launch 1-1 tasks claimed=t1
         job 2 bare-2c-4g launch=2-1
         launch 2-1 tasks claimed=t2
         survey
         task t2",
    ), @"
    end 1-1, job 1 waits on: its task has stopped
    1 waits, pool_full: full: `tasks` (max_tasks 1); the job runs when another ends, or raise `max_tasks`
    ");
}

#[test]
fn trust_and_architecture_count_as_ever() {
    insta::assert_snapshot!(check(
        "pool tasks serverless arm64
         pool forks serverless untrusted
         job 1 bare-2c-4g untrusted
         job 2 bare-2c-4g
         job 3 bare-2c-4g-x64",
    ), @"
    place 1-1 in forks, 2048 CPU units and 4096 MiB
    place 2-1 in tasks, 2048 CPU units and 4096 MiB
    3 waits, no_pool: no pool is for trusted x86_64 jobs; add one to `pools`, or write another label
    ");
}

#[test]
fn what_no_task_can_be_is_too_large() {
    insta::assert_snapshot!(check(
        "pool tasks serverless
         job 7 bare-32c-64g
         job 8 bare-1c-129g",
    ), @"
    7 waits, too_large: `32c-64g` is larger than any task without a node: the largest job that pool `tasks` holds is 16c-128g; write a smaller size, or add a pool of nodes
    8 waits, too_large: `1c-129g` is larger than any task without a node: the largest job that pool `tasks` holds is 16c-128g; write a smaller size, or add a pool of nodes
    ");
}
