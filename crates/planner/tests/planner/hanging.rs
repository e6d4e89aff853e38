//! Tasks that go on when their runner is gone.

use model::plan::{Blame, End, Over, Plan};
use planner::{lint, plan};

use crate::check;
use crate::scenario::{NOW, world};

const NODE: &str = "pool x64 16c-32g
    node n1 x64 a
    survey
    member n1 x64 a registered=16c-32g tasks=1
    held x64 1
    task t1
    scope acme ago=10m
    ";

/// Its job has ended, and so has its row.
const LAUNCH: &str = "launch 1-1 n1 busy=t1 as=dagger-4c-8g ago=30m at=acme";

#[test]
fn a_task_that_goes_on_when_its_runner_is_gone_is_noted() {
    insta::assert_snapshot!(check(&format!("{NODE} roll acme\n{LAUNCH}")), @"watch 1-1: its runner is gone");
}

#[test]
fn of_which_only_the_forge_tells_that_it_had_its_job_too() {
    insta::assert_snapshot!(check(&format!(
        "{NODE} roll acme
         job 1 dagger-4c-8g launch=1-1 doubted=1m ago=30m
         launch 1-1 n1 claimed=t1 ago=30m at=acme
         answer 1 ended on=quillon-1-1-1"
    )), @"
    settle 1: it ended, success, after it ran
    busy 1-1 with job 1
    watch 1-1: its runner is gone
    ");
}

#[test]
fn one_that_has_not_stopped_after_ten_minutes_is_stopped() {
    insta::assert_snapshot!(check(&format!("{NODE} roll acme\n{LAUNCH} over=599s")), @"nothing to do");
    insta::assert_snapshot!(check(&format!("{NODE} roll acme\n{LAUNCH} over=10m")), @"stop t1, then end 1-1: its job is over and its runner gone for ten minutes, but its task did not stop by itself");
}

#[test]
fn so_is_one_of_which_nobody_knows_what_it_took() {
    insta::assert_snapshot!(check(&format!("{NODE} roll acme\n{LAUNCH} took=nothing")), @"watch 1-1: its runner is gone");
    insta::assert_snapshot!(check(&format!("{NODE} roll acme\n{LAUNCH} took=nothing over=10m")), @"stop t1, then end 1-1: its job is over and its runner gone for ten minutes, but its task did not stop by itself");
}

#[test]
fn a_registered_runner_is_left_alone_whatever_became_of_its_job() {
    let ghost = format!("{NODE} roll acme\n runner 1-1-1 acme busy\n{LAUNCH}");
    insta::assert_snapshot!(check(&ghost), @"nothing to do");
    insta::assert_snapshot!(check(&format!("{ghost} over=1h")), @"watch 1-1: its runner is not gone");
}

#[test]
fn one_whose_job_stands_in_the_ledger_is_left_alone() {
    let job = "job 1 dagger-4c-8g running=quillon-1-1-1 launch=1-1 ran=29m";
    insta::assert_snapshot!(check(&format!("{NODE} roll acme\n{job}\n{LAUNCH}")), @"nothing to do");
    insta::assert_snapshot!(check(&format!("{NODE} roll acme\n{job}\n{LAUNCH} over=1h")), @"watch 1-1: its runner is not gone");
    let other = "job 2 dagger-4c-8g running=quillon-1-1-1 ran=29m";
    insta::assert_snapshot!(check(&format!("{NODE} roll acme\n{other}\n{LAUNCH} over=1h")), @"watch 1-1: its runner is not gone");
}

#[test]
fn while_nobody_can_tell_a_note_stays_as_it_is() {
    for unknown in ["", "roll elsewhere", "roll acme absent"] {
        for over in ["", "over=1h"] {
            let told = check(&format!("{NODE} {unknown}\n{LAUNCH} {over}"));
            assert_eq!(told, "nothing to do", "{unknown} {over}");
        }
    }
}

#[test]
fn no_job_takes_longer_than_five_days_wherever_its_runner_is() {
    let launch = "launch 1-1 n1 busy=t1 as=dagger-4c-8g ago=121h at=acme over=1h";
    for unknown in ["roll elsewhere", "roll acme absent"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(check(&format!("{NODE} {unknown}\n{launch}")), @"stop t1, then end 1-1: its job is over and its runner gone for ten minutes, but its task did not stop by itself");
        }
    }
}

#[test]
fn a_task_that_stops_is_not_stopped() {
    let stopping = NODE.replace("task t1", "");
    insta::assert_snapshot!(check(&format!("{stopping} roll acme\n{LAUNCH} over=1h")), @"end 1-1: its task has stopped");
}

/// What the second opinion says of a plan that the planner would not make.
fn faults(text: &str, spoil: impl FnOnce(&mut Plan)) -> Vec<String> {
    let world = world(text);
    let mut plan = plan(&world.seen, &world.rules, NOW).plan;
    assert_eq!(lint::lint(&world.seen, &world.rules, &plan, NOW), Vec::<String>::new());
    spoil(&mut plan);
    lint::lint(&world.seen, &world.rules, &plan, NOW)
}

#[test]
fn what_may_be_at_work_is_nobodys_to_stop() {
    let stop = |plan: &mut Plan| {
        plan.hung = vec![End {
            launch: "1-1".parse().unwrap(),
            fails: None,
            loses: None,
            stop: Some("t1".into()),
            blame: Blame::Nobody,
            why: "so".to_owned(),
        }];
    };
    let works = format!("{NODE} roll acme\n runner 1-1-1 acme busy\n{LAUNCH} over=1h");
    assert_eq!(faults(&works, stop), ["launch 1-1 may be at work and would be stopped"]);
    let ends = format!("{NODE} roll acme\n{LAUNCH} over=9m");
    assert_eq!(faults(&ends, stop), ["launch 1-1 had no time to end by itself and would be stopped"]);
    let note = |plan: &mut Plan| plan.over.extend([("1-1".parse().unwrap(), Over::Noted)]);
    let busy = format!("{NODE} roll acme\n runner 1-1-1 acme busy\n{LAUNCH}");
    assert_eq!(faults(&busy, note), ["launch 1-1 may be at work and is noted as over"]);
}
