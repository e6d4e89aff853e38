//! Machines of ours that no group has.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::id::InstanceId;
use model::time::Timestamp;
use planner::{has_time_to_look, suspects};

use crate::check;
use crate::scenario::{NOW, World, world};

#[test]
fn a_machine_that_no_group_has_is_ended_after_a_while() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         survey
         machine m1 launched=16m
         machine m2 launched=14m",
    ), @"scrap m1: no group has it, and nothing runs on it");
}

#[test]
fn while_nobody_knows_what_groups_there_are_none_is_ended() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         machine m1 launched=1h",
    ), @"nothing to do");
}

#[test]
fn what_its_group_or_the_ledger_has_is_not_ended() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a idle=1m
         member n1 x64 a registered=16c-32g
         node n2 x64 a ago=30s
         machine n1 launched=1h
         machine n2 launched=1h",
    ), @"nothing to do");
}

#[test]
fn a_machine_that_a_group_has_is_adopted_however_old_it_is() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         member m1 x64 a registered=16c-32g
         machine m1 launched=1h",
    ), @"repair m1: adopt into x64, Ready, 16c-32g");
}

#[test]
fn a_machine_that_was_a_member_has_one_more_sweep() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         survey
         node n1 x64 a
         registered n1 16c-32g
         machine n1 launched=1h",
    ), @"repair n1: gone");
}

#[test]
fn a_machine_with_a_launch_or_a_task_on_it_is_not_ended() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         registered m1 16c-32g tasks=1
         machine m1 launched=1h
         registered m2 16c-32g
         machine m2 launched=1h",
    ), @"scrap m2: no group has it, and nothing runs on it");
}

#[test]
fn a_launch_that_has_outlived_its_nodes_row_keeps_the_machine() {
    let World { mut seen, .. } = world(
        "pool x64 16c-32g
         survey
         node n1 x64 a
         job 7 dagger-4c-8g launch=7-1
         launch 7-1 n1 planned",
    );
    seen.nodes.clear();
    let machines: BTreeMap<InstanceId, Timestamp> =
        ["n1", "n2"].map(|id| (InstanceId::from(id), Timestamp(0))).into();
    assert_eq!(suspects(&seen, &machines, NOW).into_keys().collect::<Vec<_>>(), [InstanceId::from("n2")]);
}

#[test]
fn what_a_silent_machine_is_said_to_run_may_have_ended() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         registered m1 16c-32g away tasks=1
         machine m1 launched=1h",
    ), @"scrap m1: no group has it, and nothing runs on it");
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         task t1
         registered m1 16c-32g away tasks=1
         machine m1 launched=1h",
    ), @"nothing to do");
}

#[test]
fn every_fifth_sweep_looks_and_of_very_many_every_look_takes_the_next() {
    let World { seen, .. } = world("survey");
    let machines: BTreeMap<InstanceId, Timestamp> =
        (0..120).map(|n| (InstanceId::from(format!("m{n:03}").as_str()), Timestamp(0))).collect();
    let looks: Vec<Timestamp> =
        (0..15).map(|n| NOW.after(n * Duration::from_mins(1))).filter(|at| has_time_to_look(*at)).collect();
    assert_eq!(looks.len(), 3);
    let asked: Vec<_> = looks.iter().map(|at| suspects(&seen, &machines, *at)).collect();
    assert!(asked.iter().all(|asked| asked.len() == 50));
    let all: BTreeSet<&InstanceId> = asked.iter().flat_map(BTreeMap::keys).collect();
    assert_eq!(all.len(), 120);
}
