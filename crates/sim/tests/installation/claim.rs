//! Claims: who gets a runner, and how often.

use std::time::Duration;

use control::admit::admit;
use control::claim::{Claimant, Claimed, claim};
use control::event::Event;
use model::id::{LaunchId, TaskId};
use model::launch::{EndedLaunch, Launch, LaunchState};
use sim::github;
use sim::installation::Installation;
use wire::ledger::Row;

use crate::common::{finish, installation, jobs};

fn name(claimed: Option<Claimed>) -> String {
    match claimed {
        None => "error".to_owned(),
        Some(Claimed::Run { runner, .. }) => format!("run {}", runner.attempt),
        Some(Claimed::Wait(_)) => "wait".to_owned(),
        Some(Claimed::Stand(_)) => "stand".to_owned(),
        Some(Claimed::End(why)) => format!("end: {why}"),
        Some(Claimed::Refused(why)) => format!("refused: {why}"),
    }
}

/// What the first launch's task gets with this nonce, be it over or not.
fn ask(of: &Installation, nonce: &str) -> String {
    let launch = of.ledger.rows().into_iter().find_map(|row| {
        if let Row::Launch(launch) | Row::EndedLaunch(EndedLaunch { launch, .. }) = row {
            Some(launch)
        } else {
            None
        }
    });
    let launch = launch.expect("a task was started");
    ask_as(of, task_of(&launch), launch.id, nonce)
}

fn task_of(launch: &Launch) -> TaskId {
    launch.state.task().expect("it was asked for").clone()
}

fn ask_as(of: &Installation, task: TaskId, launch: LaunchId, nonce: &str) -> String {
    let by = Claimant { task, launch, nonce_hash: nonce.to_owned() };
    let (ports, now) = (of.ports.clone(), of.clock.now());
    name(ready(claim(ports.ledger.as_ref(), ports.forge.as_ref(), &by, now)).ok())
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => unreachable!("all ports answer at once"),
    }
}

/// One job with a task that has not claimed.
fn with_a_task() -> Installation {
    let mut of = installation();
    of.push(jobs(1));
    let is_asked = |of: &Installation| {
        of.ledger.rows().iter().any(
            |row| matches!(row, Row::Launch(launch) if matches!(launch.state, LaunchState::Asked { .. })),
        )
    };
    assert!(of.run_until(Duration::from_mins(3), is_asked));
    of
}

fn runners(of: &Installation) -> Vec<String> {
    of.github()
        .runners
        .values()
        .map(|runner| runner.name.rsplit('-').next().expect("a name has parts").to_owned())
        .collect()
}

#[test]
fn the_same_process_repeats_a_claim_three_times_and_only_its_last_runner_is_left() {
    let of = with_a_task();
    for attempt in 1..=4 {
        assert_eq!(ask(&of, "mine"), format!("run {attempt}"));
        assert_eq!(runners(&of), [attempt.to_string()]);
    }
    assert_eq!(ask(&of, "mine"), "refused: the claim was repeated too often");
}

#[test]
fn another_process_of_the_task_gets_nothing() {
    let of = with_a_task();
    assert_eq!(ask(&of, "mine"), "run 1");
    assert_eq!(ask(&of, "theirs"), "refused: another process of this task has claimed");
    assert_eq!(ask(&of, "mine"), "run 2", "and spoils nothing");
}

#[test]
fn a_task_gets_nothing_of_a_launch_that_it_is_not() {
    let of = with_a_task();
    let launch = LaunchId { job: model::id::JobId(of.github().jobs.keys().next().unwrap().0), n: 1 };
    assert_eq!(ask_as(&of, "another".into(), launch, "mine"), "refused: this launch has another task");
    let nobodys = LaunchId { n: 2, ..launch };
    assert_eq!(ask_as(&of, "another".into(), nobodys, "mine"), "end: this launch is over");
    assert_eq!(runners(&of), Vec::<String>::new());
}

#[test]
fn a_claim_is_not_repeated_after_a_minute() {
    let of = with_a_task();
    assert_eq!(ask(&of, "mine"), "run 1");
    of.clock.advance_to(of.clock.now().after(Duration::from_millis(60_001)));
    assert_eq!(ask(&of, "mine"), "refused: the claim is too old to be repeated");
}

#[test]
fn answers_that_are_lost_cost_a_job_nothing_but_seconds() {
    for lost in 1..=3 {
        let mut of = installation();
        of.luck.lost_claims = lost;
        let ids = of.push(jobs(1));
        finish(&mut of, &ids);
        assert_eq!(of.told.ended, Vec::<String>::new());
    }
}

#[test]
fn a_claimant_that_lost_too_many_answers_ends_and_the_job_is_launched_again() {
    let mut of = installation();
    of.luck.lost_claims = 4;
    let ids = of.push(jobs(1));
    let is_taken = |of: &Installation| of.told.taken.len() == 1;
    assert!(of.run_until(Duration::from_mins(5), is_taken));
    assert_eq!(of.told.ended, ["the claim was repeated too often"]);
    // The last registration of the first launch is removed by the next sweep.
    assert!(of.run_until(Duration::from_mins(5), crate::common::is_quiet));
    crate::common::check(&of, &ids);
}

#[test]
fn a_claim_for_a_job_that_is_gone_registers_nobody() {
    let of = with_a_task();
    let now = github::Timestamp(of.clock.now().0);
    let mut github = of.github();
    let ids: Vec<github::JobId> = github.jobs.keys().copied().collect();
    github.cancel_job(ids[0], now).unwrap();
    drop(github);
    let mut of = of;
    of.run_for(Duration::from_millis(1));
    assert_eq!(ask(&of, "mine"), "wait", "the job is doubted");
    assert!(of.run_until(Duration::from_mins(5), crate::common::is_quiet));
    assert!(of.github().gone.is_empty(), "{:?}", of.github().gone);
    assert_eq!(ask(&of, "mine"), "end: this launch is over");
}

#[test]
fn github_that_is_too_busy_is_asked_again_and_that_is_no_attempt() {
    let of = with_a_task();
    let busy = |times| github::ApiFault {
        operation: Some("actions/generate-runner-jitconfig-for-org".to_owned()),
        mishap: github::ApiMishap::Status { status: 429, retry_after: Some(Duration::from_secs(7)) },
        times: Some(times),
    };
    of.github().api_faults.push(busy(5));
    for _ in 0..5 {
        assert_eq!(ask(&of, "mine"), "wait");
    }
    assert_eq!(ask(&of, "mine"), "run 1");
}

#[test]
fn a_registration_whose_answer_was_lost_on_the_way_to_us_is_replaced() {
    let of = with_a_task();
    of.github().api_faults.push(github::ApiFault {
        operation: Some("actions/generate-runner-jitconfig-for-org".to_owned()),
        mishap: github::ApiMishap::LoseAnswer,
        times: Some(1),
    });
    assert_eq!(ask(&of, "mine"), "error");
    assert_eq!(runners(&of), ["1"]);
    assert_eq!(ask(&of, "mine"), "run 2");
    assert_eq!(runners(&of), ["2"]);
}

#[test]
fn a_launch_whose_job_was_taken_goes_on_with_the_one_that_the_taker_left_behind() {
    let mut of = installation();
    of.push(jobs(2));
    let asked = |of: &Installation| -> Vec<Launch> {
        let rows = of.ledger.rows().into_iter();
        let launches = rows.filter_map(|row| if let Row::Launch(launch) = row { Some(launch) } else { None });
        launches.filter(|launch| matches!(launch.state, LaunchState::Asked { .. })).collect()
    };
    assert!(of.run_until(Duration::from_mins(3), |of| asked(of).len() == 2));
    let [taker, left] = <[Launch; 2]>::try_from(asked(&of)).expect("two of them");
    let job = |of: &Installation, id| {
        let rows = of.ledger.rows().into_iter();
        let mut jobs = rows.filter_map(|row| if let Row::Job(job) = row { Some(job) } else { None });
        jobs.find(|job| job.id == id).expect("it is open")
    };
    assert_eq!(ask_as(&of, task_of(&taker), taker.id, "the taker's"), "run 1");
    let taken = Event::InProgress {
        job: Box::new(job(&of, left.id.job)),
        runner: Some(taker.runner(1)),
        at: of.clock.now(),
    };
    ready(admit(of.ports.ledger.as_ref(), &of.rules, &taken, of.clock.now())).expect("the ledger answers");

    assert_eq!(ask_as(&of, task_of(&left), left.id, "the other's"), "run 1");
    assert_eq!(job(&of, taker.id.job).launch, Some(left.id));
    assert_eq!(ask_as(&of, task_of(&left), left.id, "the other's"), "run 2", "and may repeat it");
}
