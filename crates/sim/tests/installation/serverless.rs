//! Jobs that need no node: where they run, how many at once, and what is taken back.

use std::time::Duration;

use model::Purchase;
use model::id::JobId;
use model::rules::Pool;
use sim::github::{JobOrder, Script};
use sim::installation::{Installation, Settings, pool, serverless};
use wire::ledger::Row;

use crate::common::{check, finish, is_quiet, seconds_to};

fn bare(n: usize, seconds: u64) -> Vec<JobOrder> {
    let script = Script { pause: Duration::from_secs(seconds), ..Script::default() };
    let job =
        |i: usize| JobOrder { script: script.clone(), ..JobOrder::new(&format!("job {i}"), &["bare-2c-4g"]) };
    (0..n).map(job).collect()
}

fn with(pools: Vec<Pool>) -> Installation {
    Installation::new(Settings { pools, ..Settings::default() })
}

fn n_tasks(of: &Installation) -> usize {
    of.ledger.rows().iter().filter(|row| matches!(row, Row::Launch(launch) if launch.node.is_none())).count()
}

fn reason(of: &Installation, id: JobId) -> Option<String> {
    let jobs =
        of.ledger.rows().into_iter().filter_map(|row| if let Row::Job(job) = row { Some(job) } else { None });
    jobs.filter(|job| job.id == id).find_map(|job| job.reason).map(|reason| reason.text)
}

#[test]
fn a_job_without_an_engine_runs_without_a_node_within_a_minute() {
    let mut of = with(vec![pool("arm64-spot"), serverless("tasks")]);
    let ran = of.push(bare(1, 5));
    let seconds = seconds_to(&mut of, is_quiet);
    assert!((30..75).contains(&seconds), "{seconds}");
    check(&of, &ran);
    assert!(!of.ledger.rows().iter().any(|row| matches!(row, Row::Node(_))), "and nothing was ordered");
}

#[test]
fn a_full_pool_runs_as_many_as_it_may_and_the_rest_after_them() {
    let mut of = with(vec![Pool { max_nodes: 2, ..serverless("tasks") }]);
    let ran = of.push(bare(5, 60));
    of.run_for(Duration::from_secs(50));
    assert_eq!(n_tasks(&of), 2);
    let told = reason(&of, ran[4]).expect("it waits for a reason");
    assert!(told.contains("max_tasks 2"), "{told}");
    finish(&mut of, &ran);
}

#[test]
fn more_jobs_than_may_be_asked_for_at_once_all_run() {
    let mut of = with(vec![Pool { max_nodes: 100, ..serverless("tasks") }]);
    of.machine().settings_mut().throttling = true;
    let ran = of.push(bare(60, 20));
    finish(&mut of, &ran);
}

#[test]
fn a_task_that_is_taken_back_ends_its_launch_and_gives_its_place_back() {
    let mut of = with(vec![serverless("tasks")]);
    let ran = of.push(bare(1, 600));
    assert!(of.run_until(Duration::from_mins(3), |of| !of.told.taken.is_empty()));
    let now = Duration::from_millis(of.clock.now().0);
    assert_eq!(of.machine().interrupt_fargate_spot(now), 1);
    finish(&mut of, &ran);
    let ended = of
        .ledger
        .rows()
        .into_iter()
        .find_map(|row| if let Row::EndedLaunch(ended) = row { Some(ended.why) } else { None });
    let why = ended.expect("its launch is history");
    assert!(why.contains("Spot Task was interrupted"), "{why}");
}

#[test]
fn a_task_that_is_taken_back_before_its_job_began_is_started_again() {
    let mut of = with(vec![serverless("tasks")]);
    let ran = of.push(bare(1, 5));
    assert!(of.run_until(Duration::from_mins(1), |of| !of.told.started.is_empty()));
    let now = Duration::from_millis(of.clock.now().0);
    assert_eq!(of.machine().interrupt_fargate_spot(now), 1);
    finish(&mut of, &ran);
}

#[test]
fn without_spot_capacity_the_job_runs_on_demand_and_spot_is_left_alone_for_a_while() {
    let on_demand = Pool { purchase: Purchase::OnDemand, ..serverless("tasks-od") };
    let mut of = with(vec![serverless("tasks"), on_demand]);
    of.machine().fargate_is_short(true, true);
    let ran = of.push(bare(3, 5));
    finish(&mut of, &ran);
    let refused = of.told.started.keys().filter(|launch| launch.n > 2).count();
    assert_eq!(refused, 0, "nobody asked twice where there is nothing");
}

#[test]
fn without_capacity_anywhere_the_job_says_so_and_runs_when_there_is_some() {
    let mut of = with(vec![serverless("tasks")]);
    of.machine().fargate_is_short(true, true);
    let ran = of.push(bare(1, 5));
    of.run_for(Duration::from_secs(90));
    let told = reason(&of, ran[0]).expect("it waits for a reason");
    assert!(told.contains("Capacity is unavailable"), "{told}");
    of.machine().fargate_is_short(true, false);
    finish(&mut of, &ran);
}
