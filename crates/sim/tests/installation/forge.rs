//! GitHub's side of a sweep: runners against launches, events that nobody told, and words to authors.

use std::time::Duration;

use control::admit::admit;
use control::event::Event;
use model::id::{JobId, RunnerName};
use model::job::{Ended, Job, JobState};
use model::launch::LaunchState;
use sim::github::{
    self, Access, Action, ApiFault, ApiMishap, GroupId, HookMatch, HookMishap, JitRequest, JobOrder, Scope,
};
use sim::installation::{Installation, Settings};
use wire::ledger::Row;

use crate::common::{LABEL, check, finish, installation, is_quiet, job, jobs, seconds_to};

const TYPO: &str = "dagger-v0-19-4-4x-8g";

fn hooks(of: &Installation, action: Action, mishap: HookMishap, times: u32) {
    of.github().trouble_hooks(HookMatch { job: None, action: Some(action) }, mishap, Some(times));
}

fn calls(of: &Installation, mishap: ApiMishap) {
    of.github().api_faults.push(ApiFault { operation: None, mishap, times: None });
}

fn now(of: &Installation) -> github::Timestamp {
    github::Timestamp(of.clock.now().0)
}

/// Tells the webhook what nobody at GitHub has said.
fn forge_an_event(of: &Installation, event: &Event) {
    let (ports, rules, now) = (of.ports.clone(), of.rules.clone(), of.clock.now());
    let mut future = std::pin::pin!(admit(ports.ledger.as_ref(), &rules, event, now));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(admitted) = future.as_mut().poll(&mut context) else {
        unreachable!("all ports answer at once")
    };
    admitted.expect("the ledger takes it");
}

fn known(of: &Installation, id: JobId) -> Option<Job> {
    of.ledger.rows().into_iter().find_map(|row| {
        let Row::Job(job) = row else { return None };
        (job.id == id).then_some(job)
    })
}

fn completed(of: &Installation, id: JobId, runner: Option<RunnerName>) -> Event {
    let job = known(of, id).expect("it is known");
    Event::Completed(Box::new(Ended {
        id,
        run: job.run,
        repository: job.repository.full_name(),
        labels: job.labels,
        has_run: runner.is_some(),
        conclusion: Some("success".to_owned()),
        runner: runner.map(|name| name.to_string()),
        queued_at: None,
        started_at: None,
        ended_at: of.clock.now(),
    }))
}

fn in_progress(of: &Installation, id: JobId, runner: Option<RunnerName>) -> Event {
    let at = of.clock.now();
    let job = Job { state: JobState::Running { runner, at }, ..known(of, id).expect("it is known") };
    Event::InProgress { job: Box::new(job), runner, at }
}

fn is_asked(of: &Installation) -> bool {
    of.ledger
        .rows()
        .iter()
        .any(|row| matches!(row, Row::Launch(launch) if matches!(launch.state, LaunchState::Asked { .. })))
}

#[test]
fn a_webhook_that_never_came_is_asked_for_by_the_next_sweep() {
    let mut of = installation();
    hooks(&of, Action::Queued, HookMishap::Fail, 3);
    let ids = of.push(jobs(3));
    let is_known = |of: &Installation| ids.iter().all(|id| known(of, *id).is_some());
    assert!(seconds_to(&mut of, is_known) <= 60);
    finish(&mut of, &ids);
    let n_again = of.github().deliveries.values().filter(|it| it.redelivery).count();
    assert_eq!(n_again, 3, "each of them once");
}

#[test]
fn a_delivery_that_fails_for_an_hour_arrives_in_the_end() {
    let mut of = installation();
    // Our own function answers nobody: as if it could not read its configuration.
    of.trouble = None;
    hooks(&of, Action::Queued, HookMishap::Fail, 40);
    let ids = of.push(jobs(40));
    finish(&mut of, &ids);
}

#[test]
fn a_completed_that_never_arrives_is_asked_about() {
    let mut of = installation();
    hooks(&of, Action::Completed, HookMishap::Lose, 2);
    let ids = of.push(jobs(2));
    assert!(of.run_until(Duration::from_mins(5), |of| of.told.taken.len() == 2));
    let took = seconds_to(&mut of, is_quiet);
    assert!(took <= 180, "{took} s");
    check(&of, &ids);
}

#[test]
fn a_job_of_which_only_the_first_event_came_runs_and_ends() {
    for lost in [&[Action::InProgress][..], &[Action::InProgress, Action::Completed]] {
        let mut of = installation();
        for action in lost {
            hooks(&of, *action, HookMishap::Lose, 2);
        }
        let ids = of.push(vec![job("short", 5), job("long", 600)]);
        finish(&mut of, &ids);
        assert_eq!(of.told.started.len(), 2, "no launch but the two: {lost:?}");
    }
}

#[test]
fn a_forged_completed_ends_nothing() {
    for after in [1, 20, 44, 60, 100] {
        let mut of = installation();
        let ids = of.push(vec![job("long", 300)]);
        of.run_for(Duration::from_secs(after));
        let runner = known(&of, ids[0]).and_then(|job| match job.state {
            JobState::Running { runner, .. } => runner,
            JobState::Queued => None,
        });
        for runner in [None, runner] {
            if known(&of, ids[0]).is_some() {
                forge_an_event(&of, &completed(&of, ids[0], runner));
            }
        }
        finish(&mut of, &ids);
        assert_eq!(of.told.started.len(), 1, "after {after} s");
    }
}

#[test]
fn a_forged_in_progress_costs_a_job_minutes_and_never_itself() {
    for by_whom in ["a stranger", "its own launch", "no launch that there is"] {
        let mut of = installation();
        let ids = of.push(vec![job("a", 5)]);
        assert!(of.run_until(Duration::from_mins(5), is_asked));
        let runner = |n| Some(RunnerName { launch: model::id::LaunchId { job: ids[0], n }, attempt: 1 });
        let runner = match by_whom {
            "its own launch" => runner(1),
            "no launch that there is" => runner(7),
            _ => None,
        };
        forge_an_event(&of, &in_progress(&of, ids[0], runner));
        finish(&mut of, &ids);
    }
}

#[test]
fn a_runner_whose_job_a_stranger_took_goes_before_its_task() {
    let mut of = installation();
    let ids = of.push(vec![job("stolen", 5)]);
    let request = JitRequest {
        name: "somebodys".to_owned(),
        group: GroupId(1),
        labels: vec![LABEL.to_owned()],
        work_folder: None,
    };
    let at = now(&of);
    let stranger = of.github().register(Scope::Organization("octo-org".to_owned()), request, at).unwrap();
    of.github().bind(github::JobId(ids[0].0), stranger.id, at);
    let is_claimed = |of: &Installation| of.github().runners.len() == 2;
    assert!(of.run_until(Duration::from_mins(5), is_claimed));
    let at = now(&of);
    let (id, session) = of.github().open_session(&stranger.client_id, "2.330.0", at).unwrap();
    of.github().acquire(id, session, github::JobId(ids[0].0), at).unwrap();
    let is_dismissed = |of: &Installation| !of.ledger.rows().iter().any(|row| matches!(row, Row::Launch(_)));
    let took = seconds_to(&mut of, is_dismissed);
    assert!(took <= 120, "{took} s");
    let at = now(&of);
    of.github().complete(id, session, github::JobId(ids[0].0), github::TaskResult::Succeeded, at).unwrap();
    assert!(of.run_until(Duration::from_mins(5), is_quiet));
    assert_eq!(of.told.faults, Vec::<String>::new());
    let removed: Vec<_> =
        of.github().gone.values().filter(|it| it.why == github::Removal::Deleted).cloned().collect();
    assert_eq!(removed.len(), 1, "{:?}", of.github().gone);
}

#[test]
fn a_runner_name_that_is_taken_is_taken_over() {
    let mut of = installation();
    let ids = of.push(jobs(1));
    let request = JitRequest {
        name: format!("quillon-{}-1-1", ids[0]),
        group: GroupId(1),
        labels: vec!["nobodys".to_owned()],
        work_folder: None,
    };
    let at = now(&of);
    of.github().register(Scope::Organization("octo-org".to_owned()), request, at).unwrap();
    finish(&mut of, &ids);
    assert_eq!(of.told.started.len(), 1);
}

/// GitHub shows its jobs to nobody for longer than it lets a runner idle.
fn slow_to_offer() -> Installation {
    let mut settings = Settings::default();
    settings.github.timing.dispatch = Duration::from_mins(8);
    Installation::new(settings)
}

#[test]
fn a_runner_that_idles_too_long_is_replaced() {
    for ghosts in [0, 1] {
        let mut of = slow_to_offer();
        of.luck.ghosts = ghosts;
        let ids = of.push(jobs(1));
        finish(&mut of, &ids);
        assert_eq!(of.told.started.len(), 2, "the second launch was there when the job was offered");
    }
}

#[test]
fn a_runner_that_took_anothers_job_while_its_own_jobs_launch_died() {
    let mut of = installation();
    hooks(&of, Action::InProgress, HookMishap::Lose, 1);
    of.luck.failed_starts = 1;
    let ids = of.push(vec![job("first", 200), job("second", 200)]);
    finish(&mut of, &ids);
}

#[test]
fn an_hour_without_github_ends_nothing() {
    for status in [503, 401] {
        let mut of = installation();
        let mut ids = of.push(vec![job("running", 5_400), job("short", 300)]);
        of.run_for(Duration::from_mins(2));
        calls(&of, ApiMishap::Status { status, retry_after: None });
        ids.extend(of.push(vec![job("waits", 5)]));
        of.run_for(Duration::from_hours(1));
        let n_ended = of.ledger.rows().iter().filter(|row| is_ended_by_us(row)).count();
        assert_eq!(n_ended, 0, "{:#?}", of.ledger.rows());
        of.github().api_faults.clear();
        assert!(of.run_until(Duration::from_hours(2), is_quiet), "{:#?}", of.ledger.rows());
        check(&of, &ids);
    }
}

/// A launch that was stopped, and not one whose task ended by itself.
fn is_ended_by_us(row: &Row) -> bool {
    matches!(row, Row::EndedLaunch(ended) if ended.why.contains("no longer waits") || ended.why.contains("removed"))
}

#[test]
fn nothing_but_jobs_is_asked_for_when_little_is_left_of_the_hour() {
    let mut settings = Settings::default();
    settings.github.limits.core = 40;
    let mut of = Installation::new(settings);
    let ids = of.push(vec![job("long", 7_200)]);
    of.run_for(Duration::from_mins(59));
    let installation = of.github().installations.keys().next().copied().unwrap();
    let window =
        of.github().window(github::Principal::Installation(installation), github::Resource::Core, now(&of));
    assert!(window.remaining() >= 7, "a fifth, less what a job asks: {window:?}");
    assert!(of.run_until(Duration::from_hours(4), is_quiet));
    check(&of, &ids);
}

fn told(of: &Installation) -> Vec<(String, String)> {
    of.github().check_runs.iter().map(|run| (run.external_id.clone(), run.summary.clone())).collect()
}

#[test]
fn a_label_with_a_typo_is_told_its_author_once() {
    let mut of = installation();
    of.github().api_faults.push(ApiFault {
        operation: Some("checks/create".to_owned()),
        mishap: ApiMishap::LoseAnswer,
        times: Some(1),
    });
    let ids = of.push(vec![JobOrder::new("typo", &[TYPO]), job("right", 5)]);
    of.run_for(Duration::from_mins(5));
    let told = told(&of);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, ids[0].to_string());
    assert!(told[0].1.contains("4x"), "{}", told[0].1);
    assert!(known(&of, ids[0]).is_some_and(|job| job.told_at.is_some()));
    check(&of, &ids[1..]);
}

#[test]
fn where_the_app_may_write_no_check_run_it_tries_once() {
    let mut of = installation();
    for installation in of.github().installations.values_mut() {
        installation.permissions.0.insert("checks".to_owned(), Access::Read);
    }
    let ids = of.push(vec![JobOrder::new("typo", &[TYPO])]);
    of.run_for(Duration::from_mins(3));
    let told_at = known(&of, ids[0]).and_then(|job| job.told_at);
    assert!(told_at.is_some() && told(&of).is_empty());
    of.run_for(Duration::from_mins(3));
    assert_eq!(known(&of, ids[0]).and_then(|job| job.told_at), told_at);
}
