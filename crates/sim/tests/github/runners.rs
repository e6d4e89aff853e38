//! Runners: who gets which job, what is lost, and what removes a registration.

use std::collections::BTreeSet;

use sim::github::{
    Conclusion, Group, GroupId, GroupVisibility, PollAnswer, Refusal, Removal, Scope, SessionRefusal,
    TaskResult, Trigger, Visibility,
};

use crate::town::Town;

#[test]
fn a_runner_needs_every_label_of_the_job_in_any_case() {
    let mut town = Town::new();
    let job = town.queue(&["Dagger", "GPU"]);
    let poor = town.online("poor", &["dagger"]);
    assert_eq!(town.poll(poor), PollAnswer::Nothing);
    let rich = town.online("rich", &["dagger", "gpu", "more"]);
    assert_eq!(town.poll(rich), PollAnswer::Job(job));
}

#[test]
fn any_idle_runner_may_get_the_job_whomever_it_was_made_for() {
    let takers: BTreeSet<String> = (0..40)
        .map(|seed| {
            let mut town = Town::seeded(seed);
            let (a, b) = (town.online("for-a", &["x"]), town.online("for-b", &["x"]));
            let job = town.queue(&["x"]);
            let taker = if town.poll(a) == PollAnswer::Job(job) { a } else { b };
            town.take(taker, job);
            town.job(job).runner.clone().unwrap().name
        })
        .collect();
    assert_eq!(takers, BTreeSet::from(["for-a".to_owned(), "for-b".to_owned()]));
}

#[test]
fn a_bound_runner_waits_for_its_job_and_leaves_others_alone() {
    let mut town = Town::new();
    let runner = town.online("thief", &["x"]);
    let victim = town.queue(&["y"]);
    town.github.bind(victim, runner.id, town.now);
    let _own = town.queue(&["x"]);
    assert_eq!(town.poll(runner), PollAnswer::Nothing);
}

#[test]
fn an_offer_not_taken_goes_to_another_after_a_minute_and_fails_after_three() {
    let mut town = Town::new();
    let job = town.queue(&["x"]);
    let deaf = town.online("deaf", &["x"]);
    assert_eq!(town.poll(deaf), PollAnswer::Job(job));
    town.later(59);
    let other = town.online("other", &["x"]);
    assert_eq!(town.poll(other), PollAnswer::Nothing);
    for _ in 0..2 {
        assert_eq!(town.job(job).status(), "queued");
        town.later(61);
        // Whoever has it now lets it lie as well.
        let (_, _) = (town.poll(deaf), town.poll(other));
    }
    town.later(61);
    assert_eq!(town.job(job).conclusion(), Some(Conclusion::Failure));
    assert!(town.job(job).annotation.as_ref().unwrap().contains("even after multiple attempts"));
}

#[test]
fn a_job_that_is_gone_cannot_be_acquired_and_the_runner_listens_on() {
    let mut town = Town::new();
    let job = town.queue(&["x"]);
    let runner = town.online("r", &["x"]);
    town.github.cancel_job(job, town.now).unwrap();
    let refused = town.github.acquire(runner.id, runner.session, job, town.now).unwrap_err();
    assert_eq!(refused, SessionRefusal::JobGone);
    assert_eq!(town.poll(runner), PollAnswer::Nothing);
}

#[test]
fn a_name_is_unique_whatever_its_case_and_free_again_once_deleted() {
    let mut town = Town::new();
    let first = town.register("quillon-1", &["x"]).unwrap();
    assert!(matches!(town.register("Quillon-1", &["x"]), Err(Refusal::Conflict(_))));
    let scope = Scope::Organization("acme".to_owned());
    town.github.delete_runner(&scope, first.id, town.now).unwrap();
    assert_eq!(town.github.delete_runner(&scope, first.id, town.now), Err(Refusal::NotFound));
    town.register("quillon-1", &["x"]).unwrap();
    for bad in ["", "a/b", "what?", &"x".repeat(65)] {
        assert!(matches!(town.register(bad, &["x"]), Err(Refusal::Unprocessable(_))), "{bad}");
    }
}

#[test]
fn a_busy_runner_cannot_be_deleted() {
    let mut town = Town::new();
    let job = town.queue(&["x"]);
    let runner = town.online("r", &["x"]);
    town.take(runner, job);
    let scope = Scope::Organization("acme".to_owned());
    let refused = town.github.delete_runner(&scope, runner.id, town.now);
    assert!(matches!(refused, Err(Refusal::Unprocessable(_))));
}

#[test]
fn an_idle_runner_is_removed_after_minutes_and_one_that_never_came_after_a_day() {
    let mut town = Town::new();
    let never = town.register("never", &["x"]).unwrap();
    let idle = town.online("idle", &["x"]);
    for _ in 0..4 {
        town.later(61);
        town.poll(idle);
    }
    town.later(60);
    let gone = town.github.poll(idle.id, idle.session, town.now).unwrap_err();
    assert_eq!((gone, town.github.gone[&idle.id].why), (SessionRefusal::Gone, Removal::Idle));
    assert!(town.github.runners.contains_key(&never.id));
    town.later(24 * 3600);
    assert_eq!(town.github.gone[&never.id].why, Removal::NeverConnected);
}

#[test]
fn a_stopped_container_leaves_its_registration_for_a_day() {
    let mut town = Town::new();
    let runner = town.online("stopped", &["x"]);
    town.github.close_session(runner.id, runner.session, town.now);
    town.later(23 * 3600);
    assert!(town.github.runners.contains_key(&runner.id));
    town.later(2 * 3600);
    assert!(!town.github.runners.contains_key(&runner.id));
}

#[test]
fn a_runner_that_no_longer_renews_loses_the_job_and_haunts_the_list() {
    let mut town = Town::new();
    let job = town.queue(&["x"]);
    let runner = town.online("r", &["x"]);
    town.take(runner, job);
    for _ in 0..9 {
        town.later(60);
        town.github.renew(runner.id, runner.session, job, town.now).unwrap();
    }
    town.later(599);
    assert_eq!(town.job(job).status(), "in_progress");
    town.later(2);
    assert_eq!(town.job(job).conclusion(), Some(Conclusion::Failure));
    assert!(town.github.runners[&runner.id].is_busy());
    town.later(3600);
    assert_eq!(town.github.gone[&runner.id].why, Removal::Lost);
}

#[test]
fn one_configuration_is_one_session_and_one_job() {
    let mut town = Town::new();
    let registered = town.register("r", &["x"]).unwrap();
    let open = |town: &mut Town| town.github.open_session(&registered.client_id, "2.337.0", town.now);
    let (id, session) = open(&mut town).unwrap();
    assert_eq!(open(&mut town).unwrap_err(), SessionRefusal::Conflict);
    let job = town.queue(&["x"]);
    town.github.acquire(id, session, job, town.now).unwrap();
    town.github.complete(id, session, job, TaskResult::Succeeded, town.now).unwrap();
    assert_eq!(open(&mut town).unwrap_err(), SessionRefusal::Gone);
}

#[test]
fn a_public_repository_is_served_only_by_a_group_that_allows_it() {
    let mut town = Town::new();
    let public = town.github.add_repository("acme", "site", Visibility::Public, false);
    let runner = town.online("r", &["x"]);
    let order = sim::github::JobOrder::new("build", &["x"]);
    let (_, jobs) = town.github.start_run(public, Trigger::push(), vec![order], town.now);
    assert_eq!(town.poll(runner), PollAnswer::Nothing);
    town.github.add_group(Group {
        id: GroupId(1),
        organization: "acme".to_owned(),
        name: "Default".to_owned(),
        visibility: GroupVisibility::All,
        allows_public_repositories: true,
    });
    assert_eq!(town.poll(runner), PollAnswer::Job(jobs[0]));
}

#[test]
fn a_deprecated_runner_opens_a_session_and_is_told_nothing() {
    let mut town = Town::new();
    town.github.settings.deprecated_versions.insert("2.337.0".to_owned());
    let runner = town.online("old", &["x"]);
    let refused = town.github.poll(runner.id, runner.session, town.now).unwrap_err();
    assert_eq!(refused, SessionRefusal::Deprecated("2.337.0".to_owned()));
}
