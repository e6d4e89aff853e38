//! What is asked of the forge besides claims.

use std::fmt::Write as _;

use model::id::{InstallationId, ScopeId};
use model::plan::Plan;
use planner::{asked, lint, plan};

use crate::scenario::{NOW, world};

/// Registrations of launches that are over.
fn registered(n: u32, at: &str) -> String {
    let mut text = format!("roll {at}\n");
    for job in 1..=n {
        writeln!(text, "runner {job}-1-1 {at} over").unwrap();
    }
    text
}

#[track_caller]
fn planned(scenario: &str) -> Plan {
    let world = world(scenario);
    let plan = plan(&world.seen, &world.rules, NOW).plan;
    assert_eq!(lint::lint(&world.seen, &world.rules, &plan, NOW), Vec::<String>::new());
    plan
}

fn n_dismissed(scenario: &str) -> usize {
    planned(scenario).dismiss.len()
}

#[test]
fn clean_up_leaves_claims_what_all_of_them_may_cost() {
    // Of 900 points a minute 750, and a list of one page is one.
    assert_eq!(n_dismissed(&registered(29, "acme")), 29);
    assert_eq!(n_dismissed(&registered(40, "acme")), 29);
}

#[test]
fn where_less_may_be_registered_more_is_left_but_half_at_most() {
    let with = |limits: &str| n_dismissed(&format!("limits {limits}\n{}", registered(200, "acme")));
    assert_eq!(with("registrations=120"), (300 - 3) / 5);
    assert_eq!(with("registrations=10"), (450 - 3) / 5);
    assert_eq!(with("registrations=1000"), (150 - 3) / 5);
    assert_eq!(with("registrations=10 points=60"), (10 - 3) / 5);
}

#[test]
fn each_installation_has_points_of_its_own() {
    let mut text = registered(40, "acme");
    text.push_str("roll bank\n");
    for job in 101..=140 {
        writeln!(text, "runner {job}-1-1 bank over").unwrap();
    }
    let mut world = world(&text);
    let bank = world.seen.roll.as_mut().unwrap().listed.get_mut(&ScopeId::from("bank")).unwrap();
    bank.installation = InstallationId(2);
    let plan = plan(&world.seen, &world.rules, NOW).plan;
    assert_eq!(plan.dismiss.len(), 2 * 29);
    assert_eq!(lint::lint(&world.seen, &world.rules, &plan, NOW), Vec::<String>::new());
}

#[test]
fn what_was_asked_is_counted_first() {
    let mut text = registered(40, "acme");
    for job in 101..=120 {
        writeln!(
            text,
            "job {job} dagger-4c-8g running=quillon-{job}-1-1 ran=20s\nanswer {job} running=quillon-{job}-1-1"
        )
        .unwrap();
    }
    assert_eq!(n_dismissed(&text), (150 - 1 - 20) / 5);
    text.push_str("runs_asked 30\n");
    assert_eq!(n_dismissed(&text), (150 - 1 - 20 - 30) / 5);
}

#[test]
fn however_long_the_lists_are_a_little_is_left_for_clean_up() {
    let mut text = registered(40, "acme");
    for job in 1_001..=21_000 {
        writeln!(text, "runner {job}-1-1 acme busy").unwrap();
    }
    assert_eq!(n_dismissed(&text), 150 / 4 / 5);
}

#[test]
fn authors_are_told_with_what_is_left() {
    let mut text = format!("pool x64 16c-32g\n{}", registered(20, "acme"));
    for job in 101..=130 {
        writeln!(text, "job {job} dagger-v0.19.4-4x committed").unwrap();
    }
    let plan = planned(&text);
    assert_eq!((plan.dismiss.len(), plan.tell.len()), (20, (150 - 1 - 100) / 6));
}

#[test]
fn a_tick_asks_about_as_many_jobs_as_there_are_points_for() {
    let mut text = "pool x64 16c-32g\n".to_owned();
    for job in 1..=100 {
        writeln!(text, "job {job} dagger-4c-8g doubted=1s").unwrap();
    }
    let n_asked = |text: &str| {
        let world = world(text);
        asked(&world.seen, &world.rules.limits, NOW).len()
    };
    assert_eq!(n_asked(&text), 75);
    assert_eq!(n_asked(&format!("limits registrations=100\n{text}")), 100);
    assert_eq!(n_asked(&format!("runs_asked 60\n{text}")), 15, "whose code waits comes first");
    text.push_str(&registered(0, "acme"));
    for job in 1_001..=8_000 {
        writeln!(text, "runner {job}-1-1 acme busy").unwrap();
    }
    assert_eq!(n_asked(&text), 75 - 150 / 4, "the lists have their part");
}

#[test]
fn a_ring_asks_about_a_doubt_while_it_is_new_and_once_the_answer_counts() {
    let is_asked = |text: &str| {
        let world = world(text);
        !asked(&world.seen, &world.rules.limits, NOW).is_empty()
    };
    for (doubted, by_a_ring) in [("0s", true), ("10s", true), ("11s", false), ("20s", false), ("21s", true)] {
        let job = format!("pool x64 16c-32g\njob 1 dagger-4c-8g ago=1h doubted={doubted}\n");
        assert_eq!(is_asked(&job), by_a_ring, "{doubted}");
        assert!(is_asked(&format!("{job}roll acme\n")), "a sweep always asks: {doubted}");
    }
    let heard_since = "pool x64 16c-32g\njob 1 dagger-4c-8g doubted=30s running=quillon-9-1-1 ran=5s\n";
    assert!(!is_asked(heard_since));
}

#[test]
fn a_sweep_asks_about_so_many_jobs_that_nobody_doubts_and_no_more() {
    let mut text = "pool x64 16c-32g\nroll acme\n".to_owned();
    for job in 1..=50 {
        writeln!(text, "job {job} dagger-4c-8g running=quillon-{job}-1-1 ran=5m").unwrap();
    }
    let world = world(&text);
    assert_eq!(asked(&world.seen, &world.rules.limits, NOW).len(), 32);
}

#[test]
fn a_ring_asks_before_a_launch_is_ended_for_an_event() {
    let is_asked = |text: &str| {
        let world = world(&format!("pool x64 16c-32g\nnode n1 x64 a\n{text}"));
        !asked(&world.seen, &world.rules.limits, NOW).is_empty()
    };
    assert!(is_asked("job 1 dagger-4c-8g launch=1-1 running=somebody\nlaunch 1-1 n1 asked=t1"));
    let claimed = "job 1 dagger-4c-8g launch=1-1\nlaunch 1-1 n1 claimed=t1";
    assert!(!is_asked(claimed));
    assert!(is_asked(&format!("{claimed}\nstopped t1 it has ended")), "its runner may have taken the job");
}
