//! Spot machines that are taken back.

use std::time::Duration;

use control::tick::Depth;
use model::Purchase;
use model::cordon::CordonReason;
use model::id::JobId;
use model::node::Node;
use model::rules::Pool;
use sim::github::{Action, Ending, HookMatch, HookMishap, JobOrder, Script};
use sim::installation::{Function, Installation, Mishap, Settings, Trouble, left_over, pool};
use wire::ledger::Row;

use crate::common::{HOUR, LABEL, check, finish, installation, is_quiet, job, jobs};
use crate::stopped::at_every_call_of;

fn nodes(of: &Installation) -> Vec<Node> {
    let rows = of.ledger.rows().into_iter();
    rows.filter_map(|row| if let Row::Node(node) = row { Some(node) } else { None }).collect()
}

fn cordon(of: &Installation) -> Option<CordonReason> {
    nodes(of).first().and_then(|node| node.cordon).map(|cordon| cordon.why)
}

/// A node with one job on it for so many seconds.
fn at_work(of: &mut Installation, seconds: u64) -> (String, Vec<JobId>) {
    let ids = of.push(vec![job("long", seconds)]);
    assert!(of.run_until(HOUR, |of| !of.told.taken.is_empty()));
    (nodes(of)[0].id.0.clone(), ids)
}

fn now(of: &Installation) -> Duration {
    Duration::from_millis(of.clock.now().0)
}

#[test]
fn after_a_rebalance_notice_jobs_go_on_and_new_ones_go_elsewhere() {
    let mut of = installation();
    let (first, mut ids) = at_work(&mut of, 300);
    let at = now(&of);
    of.machine().recommend_rebalance(&first, at);
    of.run_for(Duration::from_secs(2));
    assert_eq!(cordon(&of), Some(CordonReason::AtRisk));
    ids.extend(of.push(jobs(2)));
    assert!(of.run_until(HOUR, |of| of.told.taken.len() == 3));
    let second = nodes(&of).into_iter().find(|node| node.id.0 != first).expect("a second node");
    assert_eq!(second.n_launches, 2, "both new jobs are there");
    finish(&mut of, &ids);
}

#[test]
fn a_node_that_is_taken_back_is_no_room_from_its_warning_on() {
    for lost_warnings in [0, 1] {
        let mut of = installation();
        of.luck.lost_warnings = lost_warnings;
        let (first, mut ids) = at_work(&mut of, 60);
        let at = now(&of);
        of.machine().reclaim_spot(&first, at);
        // At the latest the sweep sees that the agent has taken the machine out of service.
        of.run_for(Duration::from_secs(if lost_warnings == 0 { 2 } else { 62 }));
        assert_eq!(cordon(&of), Some(CordonReason::Reclaimed));
        ids.extend(of.push(jobs(2)));
        finish(&mut of, &ids);
        check(&of, &ids);
    }
}

/// A spot pool beside one that nothing is taken back from.
fn with_on_demand() -> Installation {
    let lasting = Pool { purchase: Purchase::OnDemand, ..pool("arm64-od") };
    Installation::new(Settings { pools: vec![pool("arm64-spot"), lasting], ..Settings::default() })
}

fn attempts(of: &Installation) -> Vec<u32> {
    of.github().runs.values().map(|run| run.attempt).collect()
}

/// Where each job's launches were, by their history.
fn pools_of(of: &Installation, job: JobId) -> Vec<String> {
    let ended = of.ledger.rows().into_iter();
    let ended =
        ended.filter_map(|row| if let Row::EndedLaunch(ended) = row { Some(ended.launch) } else { None });
    ended.filter(|launch| launch.job == Some(job)).map(|launch| launch.pool.to_string()).collect()
}

/// Jobs of later attempts, which nobody pushed.
fn second_chances(of: &Installation) -> Vec<JobId> {
    of.github().jobs.values().filter(|job| job.attempt > 1).map(|job| JobId(job.id.0)).collect()
}

#[test]
fn a_spot_node_lost_under_three_jobs_of_one_run_runs_them_again_once_on_demand() {
    let mut of = with_on_demand();
    let mut orders = vec![job("a", 300), job("b", 300), job("c", 300)];
    orders.push(job("short", 5));
    let ids = of.push(orders);
    assert!(of.run_until(HOUR, |of| of.told.taken.len() == 4));
    of.run_for(Duration::from_secs(60));
    let (node, at) = (nodes(&of)[0].id.0.clone(), now(&of));
    of.machine().reclaim_spot(&node, at);
    assert!(of.run_until(HOUR, |of| attempts(of) == [2]), "{:#?}", of.ledger.rows());
    let again = second_chances(&of);
    assert_eq!(again.len(), 3, "what had ended well does not run again");
    assert!(of.run_until(2 * HOUR, is_quiet), "{:#?}\n{:#?}", left_over(&of), of.ledger.rows());
    check(&of, &ids);
    check(&of, &again);
    assert_eq!(attempts(&of), [2], "once");
    for job in again {
        assert_eq!(pools_of(&of, job), ["arm64-od"]);
    }
    of.run_for(2 * HOUR);
    assert!(!of.ledger.rows().iter().any(|row| matches!(row, Row::Run(_))), "it is forgotten");
}

#[test]
fn a_second_loss_is_the_users_to_see() {
    let mut of = with_on_demand();
    let _ = of.push(vec![job("long", 900)]);
    for attempt in [1, 2] {
        assert!(of.run_until(HOUR, |of| of.told.taken.len() == attempt));
        let at = now(&of);
        let busy = nodes(&of).into_iter().find(|node| node.n_launches > 0).expect("a node at work");
        of.machine().lose_host(&busy.id.0, at);
    }
    assert!(of.run_until(3 * HOUR, is_quiet), "{:#?}\n{:#?}", left_over(&of), of.ledger.rows());
    assert_eq!(attempts(&of), [2]);
}

#[test]
fn what_failed_by_itself_is_not_run_again_because_its_node_was_lost_later() {
    let mut of = with_on_demand();
    let completed = HookMatch { job: None, action: Some(Action::Completed) };
    of.github().trouble_hooks(completed, HookMishap::Delay(Duration::from_mins(3)), Some(1));
    let script = Script { ending: Ending::Fail, pause: Duration::from_secs(5), ..Script::default() };
    let ids = of.push(vec![JobOrder { script, ..JobOrder::new("broken", &[LABEL]) }]);
    let has_failed = |of: &Installation| of.github().jobs.values().all(sim::github::Job::is_completed);
    of.luck.lost_stops = 10;
    assert!(of.run_until(HOUR, has_failed));
    let (node, at) = (nodes(&of)[0].id.0.clone(), now(&of));
    of.machine().lose_host(&node, at);
    assert!(of.run_until(2 * HOUR, is_quiet), "{:#?}\n{:#?}", left_over(&of), of.ledger.rows());
    check(&of, &ids);
    of.run_for(HOUR);
    assert_eq!(attempts(&of), [1]);
}

#[test]
fn a_run_that_was_cancelled_meanwhile_stays_cancelled() {
    let mut of = with_on_demand();
    let ids = of.push(vec![job("long", 600)]);
    assert!(of.run_until(HOUR, |of| !of.told.taken.is_empty()));
    let (node, at) = (nodes(&of)[0].id.0.clone(), now(&of));
    of.machine().lose_host(&node, at);
    of.run_for(Duration::from_secs(30));
    let at = sim::github::Timestamp(of.clock.now().0);
    of.github().cancel_job(sim::github::JobId(ids[0].0), at).expect("a job that runs can be cancelled");
    assert!(of.run_until(2 * HOUR, is_quiet), "{:#?}\n{:#?}", left_over(&of), of.ledger.rows());
    of.run_for(HOUR);
    assert_eq!(attempts(&of), [1], "{:#?}", of.github().runs);
}

/// Struck only while this lasts: the rest has stories of its own.
fn struck_for(of: &mut Installation, trouble: Option<Trouble>, span: Duration) {
    of.trouble = trouble;
    of.run_for(span);
    of.trouble = of.trouble.filter(|trouble| trouble.has_struck);
}

fn lost_with_two_jobs(of: &mut Installation) -> Vec<JobId> {
    let ids = of.push(vec![job("a", 120), job("b", 120)]);
    assert!(of.run_until(HOUR, |of| of.told.taken.len() == 2));
    let (node, at) = (nodes(of)[0].id.0.clone(), now(of));
    of.machine().lose_host(&node, at);
    ids
}

fn run_again(of: &mut Installation, mut ids: Vec<JobId>) -> Vec<JobId> {
    assert!(of.run_until(HOUR, |of| attempts(of) == [2]), "{:?} {:#?}", of.trouble, of.ledger.rows());
    ids.extend(second_chances(of));
    assert!(of.run_until(2 * HOUR, is_quiet), "{:#?}\n{:#?}", left_over(of), of.ledger.rows());
    assert_eq!(attempts(of), [2], "once, whatever happens");
    ids
}

#[test]
fn a_tick_that_loses_jobs_can_be_stopped_or_overtaken_at_any_call() {
    at_every_call_of(with_on_demand, Function::Scaler, Mishap::Stop, |of| {
        let trouble = of.trouble.take();
        let ids = lost_with_two_jobs(of);
        // The machine takes a while to go.
        struck_for(of, trouble, Duration::from_secs(65));
        run_again(of, ids)
    });
}

#[test]
fn a_tick_that_runs_jobs_again_can_be_stopped_or_overtaken_at_any_call() {
    for mishap in [Mishap::Stop, Mishap::Overtaken(Depth::Sweep, 1)] {
        at_every_call_of(with_on_demand, Function::Scaler, mishap, |of| {
            let trouble = of.trouble.take();
            let ids = lost_with_two_jobs(of);
            let have_ended =
                |of: &Installation| of.github().jobs.values().all(sim::github::Job::is_completed);
            assert!(of.run_until(HOUR, have_ended));
            struck_for(of, trouble, Duration::from_secs(65));
            run_again(of, ids)
        });
    }
}
