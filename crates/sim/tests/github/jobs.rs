//! Jobs: gates, needs, ends, and running again.

use sim::github::{Conclusion, JobOrder, Refusal, RunState, TaskResult};

use crate::town::Town;

#[test]
fn a_job_is_queued_runs_and_completes() {
    let mut town = Town::new();
    let job = town.queue(&["dagger"]);
    let runner = town.online("r", &["dagger"]);
    town.take(runner, job);
    town.complete(runner, job, TaskResult::Succeeded);
    town.later(0);
    assert_eq!(town.told(), ["queued/queued", "in_progress/in_progress", "completed/completed"]);
    let run = town.job(job).run;
    assert_eq!(town.github.runs[&run].state, RunState::Completed(Conclusion::Success));
}

#[test]
fn a_gated_job_is_queued_before_it_waits_and_queued_again_when_approved() {
    let mut town = Town::new();
    let mut order = JobOrder::new("deploy", &["dagger"]);
    order.environment = Some("production".to_owned());
    let job = town.start(vec![order])[0];
    let runner = town.online("r", &["dagger"]);
    town.later(1);
    assert_eq!(town.told(), ["queued/waiting", "waiting/waiting"]);
    assert_eq!(town.poll(runner), sim::github::PollAnswer::Nothing);
    town.github.approve(job, town.now).unwrap();
    town.later(1);
    assert_eq!(town.told(), ["queued/queued"]);
    assert_eq!(town.poll(runner), sim::github::PollAnswer::Job(job));
}

#[test]
fn a_skipped_job_is_told_of_only_at_its_end() {
    let mut town = Town::new();
    let mut order = JobOrder::new("docs", &["dagger"]);
    order.skipped = true;
    let job = town.start(vec![order])[0];
    town.later(1);
    assert_eq!(town.told(), ["completed/completed"]);
    assert_eq!(town.job(job).conclusion(), Some(Conclusion::Skipped));
    assert_eq!(town.job(job).runner, None);
}

#[test]
fn a_job_waits_for_what_it_needs_and_is_skipped_when_that_fails() {
    let mut town = Town::new();
    let mut test = JobOrder::new("test", &["dagger"]);
    test.needs = vec!["build".to_owned()];
    let mut ship = JobOrder::new("ship", &["dagger"]);
    ship.needs = vec!["test".to_owned()];
    let jobs = town.start(vec![JobOrder::new("build", &["dagger"]), test, ship]);
    let runner = town.online("r", &["dagger"]);
    town.take(runner, jobs[0]);
    town.later(1);
    assert_eq!(town.told(), ["queued/queued", "in_progress/in_progress"]);
    town.complete(runner, jobs[0], TaskResult::Succeeded);
    let runner = town.online("s", &["dagger"]);
    town.take(runner, jobs[1]);
    town.complete(runner, jobs[1], TaskResult::Failed);
    assert_eq!(town.job(jobs[2]).conclusion(), Some(Conclusion::Skipped));
}

#[test]
fn cancelled_before_it_ran_a_job_has_no_runner() {
    let mut town = Town::new();
    let job = town.queue(&["dagger"]);
    town.github.cancel_job(job, town.now).unwrap();
    town.later(1);
    assert_eq!(town.told(), ["queued/queued", "completed/completed"]);
    assert_eq!((town.job(job).conclusion(), &town.job(job).runner), (Some(Conclusion::Cancelled), &None));
}

#[test]
fn a_job_nobody_takes_is_cancelled_after_a_day() {
    let mut town = Town::new();
    let job = town.queue(&["nobody-has-this"]);
    town.later(24 * 3600 - 1);
    assert_eq!(town.job(job).status(), "queued");
    town.later(1);
    assert_eq!(town.job(job).conclusion(), Some(Conclusion::Cancelled));
}

#[test]
fn only_a_run_that_ended_runs_again_and_its_jobs_are_new() {
    let mut town = Town::new();
    let jobs = town.start(vec![JobOrder::new("a", &["x"]), JobOrder::new("b", &["x"])]);
    let run = town.job(jobs[0]).run;
    let runner = town.online("r", &["x"]);
    let first = jobs[0];
    town.take(runner, first);
    town.complete(runner, first, TaskResult::Failed);
    let refused = town.github.rerun_job(first, town.now).unwrap_err();
    let message = "The workflow run containing this job is already running";
    assert_eq!(refused, Refusal::Forbidden(message.to_owned()));
    let runner = town.online("s", &["x"]);
    town.take(runner, jobs[1]);
    town.complete(runner, jobs[1], TaskResult::Succeeded);

    town.github.rerun_failed_jobs(run, town.now).unwrap();
    let latest = town.github.jobs_of_run(run, false);
    let shown: Vec<_> = latest.iter().map(|job| (job.name.as_str(), job.attempt, job.status())).collect();
    assert_eq!(shown, [("b", 1, "completed"), ("a", 2, "queued")]);
    assert!(!jobs.contains(&latest[1].id));
}

#[test]
fn the_same_seed_is_the_same_world() {
    let story = |seed| {
        let mut town = Town::seeded(seed);
        for name in ["a", "b", "c"] {
            town.online(name, &["x"]);
        }
        let job = town.queue(&["x"]);
        town.later(1);
        (job, format!("{:?}", town.job(job).state), town.github.deliveries.into_values().next().unwrap().guid)
    };
    assert_eq!(story(7), story(7));
    assert_ne!(story(7).2, story(8).2);
}
