//! Tasks that are started before there is a job for them.

use model::id::{JobId, LaunchId};
use model::plan::Plan;
use planner::{lint, plan};

use crate::check;
use crate::scenario::{NOW, world};

#[test]
fn what_is_missing_is_started_where_there_is_room() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g standby=dagger-4c-8g*2,docker-2c-4g*1
         node n1 x64 a
         launch 0-5 n1 asked=t1 job=none as=dagger-4c-8g image=dagger-x86_64",
    ), @"
    stand by on n1 in x64 for dagger-4c-8g
    stand by on n1 in x64 for docker-2c-4g
    ");
}

#[test]
fn nodes_are_ordered_for_what_has_no_room() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=9 zones=a,b standby=dagger-8c-16g*5
         node n1 x64 a
         node n2 x64 a ordered",
    ), @"
    order 1 of x64 in b, for the minimum
    stand by on n1 in x64 for dagger-8c-16g
    stand by on n1 in x64 for dagger-8c-16g
    ");
}

#[test]
fn nothing_stands_by_beyond_the_maximum() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1 standby=dagger-8c-16g*5
         node n1 x64 a",
    ), @"
    stand by on n1 in x64 for dagger-8c-16g
    stand by on n1 in x64 for dagger-8c-16g
    ");
}

#[test]
fn a_job_takes_what_stands_by_and_another_begins_in_its_place() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g standby=dagger-4c-8g*1
         node n1 x64 a
         launch 0-5 n1 asked=t1 job=none as=dagger-4c-8g image=dagger-x86_64
         job 7 dagger-4c-8g",
    ), @"
    assign 0-5 to job 7
    stand by on n1 in x64 for dagger-4c-8g
    ");
}

#[test]
fn what_a_job_left_behind_stands_by_like_any_other() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g standby=dagger-4c-8g*1
         node n1 x64 a
         launch 7-1 n1 asked=t1 job=none as=dagger-4c-8g image=dagger-x86_64",
    ), @"nothing to do");
}

#[test]
fn more_than_are_wanted_end_and_so_does_what_stands_badly() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g standby=dagger-4c-8g*2
         node n1 x64 a
         node n2 x64 a cordoned=at-risk
         launch 0-5 n1 asked=t5 job=none as=dagger-4c-8g image=dagger-x86_64 ago=9m
         launch 0-6 n1 asked=t6 job=none as=dagger-4c-8g image=dagger-x86_64 ago=8m
         launch 0-7 n1 asked=t7 job=none as=dagger-4c-8g image=dagger-x86_64 ago=7m
         launch 0-8 n1 asked=t8 job=none as=docker-4c-8g image=docker-x86_64
         launch 0-9 n2 asked=t9 job=none as=dagger-4c-8g image=dagger-x86_64 ago=10m",
    ), @"
    end 0-7, stop t7: nobody is to stand by here any more
    end 0-8, stop t8: nobody is to stand by here any more
    end 0-9, stop t9: nobody is to stand by here any more
    ");
}

#[test]
fn what_is_of_an_older_image_is_replaced() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g standby=dagger-4c-8g*1
         node n1 x64 a
         launch 0-5 n1 asked=t5 job=none as=dagger-4c-8g image=older",
    ), @"
    end 0-5, stop t5: nobody is to stand by here any more
    stand by on n1 in x64 for dagger-4c-8g
    ");
}

/// Numbers run ahead of the clock where many begin within a second.
#[test]
fn what_takes_the_place_of_another_has_a_later_number() {
    let world = world(
        "pool x64 16c-32g standby=dagger-4c-8g*1
         node n1 x64 a
         launch 0-1000009 n1 asked=t5 job=none as=dagger-4c-8g image=older",
    );
    let plan = plan(&world.seen, &world.rules, NOW).plan;
    let ended: Vec<String> = plan.end.iter().map(|end| end.launch.to_string()).collect();
    let placed = plan.standby.values().flat_map(|stand| &stand.place).flat_map(|(_, it)| &it.launches);
    let placed: Vec<String> = placed.map(|new| new.launch.id.to_string()).collect();
    assert_eq!((ended, placed), (vec!["0-1000009".to_owned()], vec!["0-1000010".to_owned()]));
}

#[test]
fn a_job_that_has_nowhere_to_go_gets_the_room_of_what_stands_by() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=2 standby=dagger-4c-8g*4
         node n1 x64 a
         node n2 x64 a
         launch 0-5 n1 asked=t5 job=none as=dagger-4c-8g image=dagger-x86_64
         launch 0-6 n1 asked=t6 job=none as=dagger-4c-8g image=dagger-x86_64
         job 1 docker-12c-24g launch=1-1 running=quillon-1-1-1
         launch 1-1 n2 busy=t1
         launch 0-7 n2 asked=t7 job=none as=dagger-4c-8g image=dagger-x86_64
         job 2 docker-8c-16g launch=2-1 running=quillon-2-1-1
         launch 2-1 n1 busy=t2
         job 3 docker-4c-8g",
    ), @"
    end 0-5, stop t5: it stood by, and job 3 needs its room
    3 waits, pool_full: full: `x64` (max_nodes 2); the job runs when another ends, or raise `max_nodes`
    and look again at once
    ");
    // One that shares with nobody waits for the other job, and nothing gives way in vain.
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1 standby=dagger-4c-8g*1
         node n1 x64 a
         job 1 docker-2c-4g launch=1-1 running=quillon-1-1-1
         launch 1-1 n1 busy=t1
         launch 0-7 n1 asked=t7 job=none as=dagger-4c-8g image=dagger-x86_64
         job 2 docker-2c-4g-st",
    ), @"2 waits, pool_full: full: `x64` (max_nodes 1); the job runs when another ends, or raise `max_nodes`");
}

#[test]
fn nothing_more_stands_by_in_a_pool_that_a_job_waits_for() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=1 standby=dagger-1c-2g*2
         node n1 x64 a
         job 1 docker-2c-4g launch=1-1 running=quillon-1-1-1
         launch 1-1 n1 busy=t1
         job 2 docker-16c-32g",
    ), @"2 waits, pool_full: full: `x64` (max_nodes 1); the job runs when another ends, or raise `max_nodes`");
}

#[test]
fn an_image_that_keeps_failing_is_not_started_ahead_either() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g standby=dagger-4c-8g*3
         node n1 x64 a
         failing dagger-x86_64 3 moves=1 ago=10s",
    ), @"nothing to do");
    insta::assert_snapshot!(check(
        "pool x64 16c-32g standby=dagger-4c-8g*3
         node n1 x64 a
         failing dagger-x86_64 3 moves=1 ago=2m",
    ), @"stand by on n1 in x64 for dagger-4c-8g");
}

#[test]
fn what_stops_while_it_is_being_started_counts_against_its_node() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g standby=dagger-4c-8g*1
         node n1 x64 a
         launch 0-5 n1 asked=t5 job=none as=dagger-4c-8g image=dagger-x86_64 ago=1m
         stopped t5 it could not be pulled",
    ), @"
    remember dagger-x86_64: 1 failed, 0 moves
    end 0-5: it could not be pulled
    stand by on n1 in x64 for dagger-4c-8g
    ");
}

#[test]
fn tasks_without_nodes_stand_by_too() {
    insta::assert_snapshot!(check(
        "pool tasks serverless max=2 standby=bare-1c-2g*2
         launch 0-5 tasks asked=t5 job=none as=bare-1c-2g image=bare-x86_64",
    ), @"stand by in tasks for bare-1c-2g");
    insta::assert_snapshot!(check(
        "pool tasks serverless max=1 standby=bare-1c-2g*2
         launch 0-5 tasks asked=t5 job=none as=bare-1c-2g image=bare-x86_64
         job 3 bare-2c-4g",
    ), @"
    end 0-5, stop t5: it stood by, and job 3 needs its room
    3 waits, pool_full: full: `tasks` (max_tasks 1); the job runs when another ends, or raise `max_tasks`
    and look again at once
    ");
}

#[test]
fn nothing_registers_while_it_stands_by() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g standby=dagger-4c-8g*2
         limits registrations=1
         node n1 x64 a
         launch 0-5 n1 asked=t5 job=none as=dagger-4c-8g image=dagger-x86_64 ago=5s
         launch 0-6 n1 asked=t6 job=none as=dagger-4c-8g image=dagger-x86_64 ago=5s
         job 7 dagger-4c-8g
         job 8 dagger-4c-8g",
    ), @"
    assign 0-5 to job 7
    stand by on n1 in x64 for dagger-4c-8g
    8 waits, budget: a place is free, but as many runners were started as may be registered, 1 in a minute; the job follows within minutes
    and look again at once
    ");
}

/// It is Monday, 13:46 UTC.
#[test]
fn a_window_says_what_stands_by_from_five_minutes_ahead() {
    let stands = |from: &str| {
        check(&format!(
            "pool x64 16c-32g standby=dagger-4c-8g*1 schedule=UTC;mon@{from}-18:00:standby:docker-2c-4g*2
             node n1 x64 a"
        ))
    };
    insta::assert_snapshot!(stands("08:00"), @"
    stand by on n1 in x64 for docker-2c-4g
    stand by on n1 in x64 for docker-2c-4g
    ");
    insta::assert_snapshot!(stands("13:51"), @"
    stand by on n1 in x64 for dagger-4c-8g
    stand by on n1 in x64 for docker-2c-4g
    stand by on n1 in x64 for docker-2c-4g
    ");
    insta::assert_snapshot!(stands("13:52"), @"stand by on n1 in x64 for dagger-4c-8g");
}

#[test]
fn a_second_opinion_finds_what_may_not_stand_by() {
    let told = |spoil: fn(&mut Plan)| {
        let world = world("pool x64 16c-32g standby=dagger-4c-8g*2\nnode n1 x64 a");
        let mut plan = plan(&world.seen, &world.rules, NOW).plan;
        spoil(&mut plan);
        lint::lint(&world.seen, &world.rules, &plan, NOW).join("\n")
    };
    assert_eq!(told(|_| {}), "");
    insta::assert_snapshot!(told(|plan| {
        let stand = plan.standby.values_mut().next().unwrap();
        let mut more = stand.place[0].1.launches[0].clone();
        more.launch.id = LaunchId { job: JobId::NONE, n: 1 };
        stand.place[0].1.launches.push(more);
    }), @"3 stand by in pool `x64` for dagger-4c-8g, and 2 may");
    insta::assert_snapshot!(told(|plan| {
        let stand = plan.standby.values_mut().next().unwrap();
        stand.place[0].1.launches[0].launch.labels = vec!["dagger-16c-32g".to_owned()];
    }), @"
    launch 0-1000001 does not stand by in pool `x64`
    1 stand by in pool `x64` for dagger-16c-32g, and 0 may
    ");
}
