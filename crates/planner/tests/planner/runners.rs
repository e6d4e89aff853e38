//! Registered runners against launches, and events that nobody has told.

use model::id::{InstallationId, RegistrationId, RunnerName};
use model::plan::{Blame, Dismiss, End, Plan};
use model::registration::Scope;
use planner::{lint, plan, questions, scopes};

use crate::check;
use crate::scenario::{NOW, world};

const NODE: &str = "pool x64 16c-32g
    node n1 x64 a
    roll acme
    scope acme ago=10m
    ";

#[test]
fn a_registration_without_a_launch_is_removed_if_it_was_ours_and_idles() {
    insta::assert_snapshot!(check(&format!("{NODE}
         runner 1-1-1 acme over
         runner 2-1-1 acme over busy
         runner 3-1-1 acme",
    )), @"dismiss quillon-1-1-1 at acme");
}

#[test]
fn the_runner_of_an_earlier_claim_is_removed() {
    insta::assert_snapshot!(check(&format!("{NODE}
         job 1 dagger-4c-8g launch=1-1
         launch 1-1 n1 claimed=t1 attempt=2 at=acme
         runner 1-1-1 acme
         runner 1-1-2 acme",
    )), @"dismiss quillon-1-1-1 at acme");
}

#[test]
fn a_claimed_runner_that_nobody_needs_goes_first_and_its_task_after_it() {
    insta::assert_snapshot!(check(&format!("{NODE}
         job 1 dagger-4c-8g launch=1-1 running=quillon-9-1-1
         launch 1-1 n1 claimed=t1 at=acme
         runner 1-1-1 acme
         answer 1 running=quillon-9-1-1
         launch 2-1 n1 claimed=t2 at=acme as=dagger-8c-16g
         runner 2-1-1 acme busy",
    )), @"
    busy 2-1 with something
    dismiss quillon-1-1-1 at acme, then end 1-1: its job no longer waits, and its runner had nothing to do
    ");
}

#[test]
fn an_event_alone_removes_no_runner() {
    insta::assert_snapshot!(check(&format!("{NODE}
         job 1 dagger-4c-8g launch=1-1 running=quillon-9-1-1
         launch 1-1 n1 claimed=t1 at=acme
         runner 1-1-1 acme",
    )), @"nothing to do");
}

#[test]
fn a_claimed_runner_that_the_next_job_can_use_stays() {
    insta::assert_snapshot!(check(&format!("{NODE}
         job 1 dagger-4c-8g running=quillon-9-1-1
         launch 1-1 n1 claimed=t1 at=acme
         runner 1-1-1 acme
         job 2 dagger-4c-8g",
    )), @"assign 1-1 to job 2");
}

#[test]
fn a_runner_that_is_registered_elsewhere_takes_no_job_from_here() {
    insta::assert_snapshot!(check(&format!("{NODE}
         job 1 dagger-4c-8g running=quillon-9-1-1
         launch 1-1 n1 claimed=t1 at=somebody/shop
         job 2 dagger-4c-8g",
    )), @"place 2-1 on n1 of x64, 4c-8g");
}

/// No event has told so yet.
#[test]
fn a_runner_that_is_at_work_or_no_more_takes_no_job() {
    insta::assert_snapshot!(check(&format!("{NODE}
         launch 1-1 n1 claimed=t1 at=acme as=dagger-4c-8g ago=30s
         runner 1-1-1 acme busy
         job 2 dagger-4c-8g",
    )), @"place 2-1 on n1 of x64, 4c-8g");
    insta::assert_snapshot!(check(&format!("{NODE}
         launch 1-1 n1 claimed=t1 at=acme as=dagger-4c-8g ago=80s
         job 2 dagger-4c-8g",
    )), @"place 2-1 on n1 of x64, 4c-8g");
}

#[test]
fn a_launch_whose_runner_the_forge_has_removed_ends_if_its_job_waits() {
    insta::assert_snapshot!(check(&format!("{NODE}
         job 1 dagger-4c-8g launch=1-1 ago=10m
         launch 1-1 n1 claimed=t1 ago=6m at=acme
         answer 1 queued
         job 2 dagger-4c-8g launch=2-1 ago=10m
         launch 2-1 n1 claimed=t2 ago=6m at=acme
         job 3 dagger-4c-8g launch=3-1 ago=10m
         launch 3-1 n1 claimed=t3 ago=1m at=acme
         answer 3 queued
         job 4 dagger-4c-8g launch=4-1 ago=10m
         launch 4-1 n1 claimed=t4 ago=6m at=elsewhere
         answer 4 queued",
    )), @"
    settle 1: as it was
    settle 3: as it was
    settle 4: as it was
    dismiss quillon-1-1-1 at acme, looked for by name, then end 1-1, job 1 waits on: the forge has removed its runner, which had nothing to do
    ");
}

#[test]
fn a_runner_at_work_on_something_else_leaves_its_job_to_another_launch() {
    insta::assert_snapshot!(check(&format!("{NODE}
         job 1 dagger-4c-8g launch=1-1 ago=10m
         launch 1-1 n1 claimed=t1 ago=6m at=acme
         runner 1-1-1 acme busy
         answer 1 queued",
    )), @"
    settle 1: as it was
    busy 1-1 with something
    place 1-2 on n1 of x64, 4c-8g instead of 1-1
    ");
}

#[test]
fn a_job_that_runs_though_nobody_told_is_its_launchs() {
    insta::assert_snapshot!(check(&format!("{NODE}
         job 1 dagger-4c-8g launch=1-1 ago=10m
         launch 1-1 n1 claimed=t1 ago=6m at=acme
         runner 1-1-1 acme busy
         answer 1 running=quillon-1-1-1",
    )), @"
    settle 1: it runs on quillon-1-1-1
    busy 1-1 with job 1
    ");
}

#[test]
fn a_runner_that_has_had_its_job_is_given_no_other() {
    let text = |runner: &str| {
        format!(
            "{NODE}
             job 1 dagger-4c-8g launch=1-1 ago=10m doubted=1m
             job 2 dagger-4c-8g ago=1m
             launch 1-1 n1 claimed=t1 ago=6m
             answer 1 ended on={runner}"
        )
    };
    insta::assert_snapshot!(check(&text("quillon-1-1-1")), @"
    settle 1: it ended, success, after it ran
    busy 1-1 with job 1
    place 2-1 on n1 of x64, 4c-8g
    ");
    insta::assert_snapshot!(check(&text("somebody")), @"
    settle 1: it ended, success, after it ran
    assign 1-1 to job 2
    ");
}

#[test]
fn a_job_that_runs_makes_its_launch_busy() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         job 3 dagger-4c-8g running=quillon-3-1-1 launch=3-1
         launch 3-1 n1 claimed=t3",
    ), @"busy 3-1 with job 3");
}

#[test]
fn a_job_that_was_said_to_run_and_waits_is_launched_again() {
    insta::assert_snapshot!(check(&format!("{NODE}
         job 1 dagger-4c-8g running=quillon-9-1-1 ran=5m
         answer 1 queued",
    )), @"
    settle 1: it waits
    place 1-1 on n1 of x64, 4c-8g
    ");
}

#[test]
fn while_the_forge_is_silent_nothing_ends() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g
         node n1 x64 a
         survey
         member n1 x64 a registered=16c-32g
         task t1
         task t2
         job 1 dagger-4c-8g launch=1-1 ago=30m
         launch 1-1 n1 claimed=t1 ago=20m at=acme
         job 2 dagger-4c-8g launch=2-1 running=quillon-9-1-1 ran=20m
         launch 2-1 n1 claimed=t2 ago=20m at=acme",
    ), @"nothing to do");
}

#[test]
fn a_place_without_runners_is_forgotten_after_a_day() {
    insta::assert_snapshot!(check(&format!("{NODE}
         scope old ago=1600m
         roll old
         scope silent ago=1600m
         scope left ago=1600m
         roll left
         runner 1-1-1 left",
    )), @"forget old");
}

#[test]
fn where_a_runner_will_be_is_written_down_once_an_hour() {
    let written = |known: &str| {
        let world = world(&format!("pool x64 16c-32g\nnode n1 x64 a\njob 1 dagger-4c-8g\n{known}"));
        let plan = plan(&world.seen, &world.rules, NOW).plan;
        plan.remember.into_iter().map(|scope| scope.id.0).collect::<Vec<_>>()
    };
    assert_eq!(written(""), ["acme"]);
    assert_eq!(written("scope acme ago=59m"), Vec::<String>::new());
    assert_eq!(written("scope acme ago=60m"), ["acme"]);
}

#[test]
fn runners_are_looked_for_wherever_one_may_be_registered() {
    let mut seen = world("pool x64 16c-32g\nscope acme\nscope old\njob 1 dagger-4c-8g").seen;
    let before = |scope: &str| Scope { id: scope.into(), installation: InstallationId(7) };
    for memory in seen.scopes.values_mut() {
        memory.scope = before(&memory.scope.id.0);
    }
    let now = Scope { id: "acme".into(), installation: InstallationId(1) };
    assert_eq!(scopes(&seen), [now, before("old")], "what a job says of its installation is newer");
}

/// The jobs that a sweep asks about.
fn asked(text: &str) -> String {
    let asked: Vec<String> = questions(&world(text).seen, NOW).iter().map(ToString::to_string).collect();
    asked.join(" ")
}

#[test]
fn the_clearest_signs_of_a_lost_event_are_asked_about_first() {
    assert_eq!(
        asked(&format!(
            "{NODE}
         job 1 dagger-4c-8g launch=1-1 ago=9m
         job 2 dagger-4c-8g launch=2-1 ago=30m
         launch 2-1 n1 claimed=t2 ago=2m at=acme
         runner 2-1-1 acme
         job 3 dagger-4c-8g launch=3-1 ago=30m
         launch 3-1 n1 claimed=t3 ago=1m at=acme
         runner 3-1-1 acme busy
         job 4 dagger-4c-8g running=quillon-9-1-1 ran=61s
         job 5 dagger-4c-8g running=quillon-5-1-1 ran=9m
         launch 5-1 n1 busy=t5
         runner 5-1-1 acme busy
         job 6 dagger-4c-8g ago=10m
         job 7 dagger-4c-8g ago=10m doubted=1m
         job 8 dagger-4c-8g running=somebody ran=2m"
        )),
        "4 3 2 8 6",
        "no launch has a runner for 4; that of 3 is at work; that of 5 is, and is alive; 7 is asked about anyway"
    );
}

#[test]
fn questions_grow_rarer_with_the_answers() {
    let due = |ran: &str, checked: &str| {
        asked(&format!("{NODE} job 4 dagger-4c-8g running=quillon-9-1-1 ran={ran} checked={checked}")) == "4"
    };
    assert!(!due("90s", "30s"));
    assert!(due("2m", "1m"));
    assert!(!due("20m", "9m"));
    assert!(due("20m", "10m"));
    assert!(due("600m", "60m"), "an hour at most");
}

#[test]
fn nothing_is_asked_where_the_forge_does_not_answer() {
    let job = "job 4 dagger-4c-8g running=quillon-9-1-1 ran=20m";
    assert_eq!(asked(job), "");
    assert_eq!(asked(&format!("roll elsewhere\n{job}")), "");
}

/// What the second opinion says of a plan that the planner would not make.
#[track_caller]
fn faults(text: &str, spoil: impl FnOnce(&mut Plan)) -> Vec<String> {
    let world = world(text);
    let mut plan = plan(&world.seen, &world.rules, NOW).plan;
    assert_eq!(lint::lint(&world.seen, &world.rules, &plan, NOW), Vec::<String>::new());
    spoil(&mut plan);
    lint::lint(&world.seen, &world.rules, &plan, NOW)
}

#[test]
fn what_is_at_work_or_counted_on_is_nobodys_to_remove() {
    let dismiss = |runner: &str| {
        let name = RunnerName::parse(&format!("quillon-{runner}")).unwrap();
        let scope = Scope { id: "acme".into(), installation: InstallationId(1) };
        Dismiss { scope, id: Some(RegistrationId(1)), name, end: None }
    };
    let needed = format!(
        "{NODE}job 1 dagger-4c-8g launch=1-1
        launch 1-1 n1 claimed=t1 at=acme
        runner 1-1-1 acme"
    );
    assert_eq!(
        faults(&needed, |plan| plan.dismiss.push(dismiss("1-1-1"))),
        ["runner quillon-1-1-1 is removed and its job counts on it"]
    );
    let busy = format!("{NODE}runner 1-1-1 acme busy over");
    assert_eq!(
        faults(&busy, |plan| plan.dismiss.push(dismiss("1-1-1"))),
        ["runner quillon-1-1-1 is removed and was not seen idle"]
    );
    let end = |launch: &str| End {
        launch: launch.parse().unwrap(),
        fails: None,
        loses: None,
        stop: Some("t1".into()),
        blame: Blame::Nobody,
        why: "so".to_owned(),
    };
    let working = format!(
        "{NODE}job 1 dagger-4c-8g launch=1-1 running=quillon-1-1-1
        launch 1-1 n1 busy=t1"
    );
    assert_eq!(
        faults(&working, |plan| plan.end.push(end("1-1"))),
        ["launch 1-1 is at work and would be stopped"]
    );
    assert_eq!(
        faults(&working, |plan| {
            plan.busy.insert("1-1".parse().unwrap(), None);
        }),
        ["launch 1-1 has no runner that could be at work",]
    );
}
