//! Nodes that go: idle, old, lost or never there.

use std::time::Duration;

use model::id::JobId;
use model::node::{Node, NodeState};
use model::rules::PoolName;
use sim::compute::{Refusal, Service};
use sim::installation::{Installation, Settings, left_running, pool};
use wire::ledger::Row;

use crate::common::{HOUR, LABEL, check, finish, installation, job, jobs, seconds_to};

/// Beyond the ten minutes that a pool keeps an idle node: a sweep that sees it, and one that sees it gone.
const GIVEN_BACK_WITHIN: Duration = Duration::from_mins(14);

pub(crate) fn name() -> PoolName {
    PoolName::parse("arm64-spot").expect("a good name")
}

fn nodes(of: &Installation) -> Vec<Node> {
    let rows = of.ledger.rows().into_iter();
    rows.filter_map(|row| if let Row::Node(node) = row { Some(node) } else { None }).collect()
}

fn with(change: impl FnOnce(&mut model::rules::Pool)) -> Installation {
    let mut pool = pool("arm64-spot");
    change(&mut pool);
    Installation::new(Settings { pools: vec![pool], ..Settings::default() })
}

fn now(of: &Installation) -> Duration {
    Duration::from_millis(of.clock.now().0)
}

/// Until nothing is paid for any more.
#[track_caller]
pub(crate) fn empty(of: &mut Installation, ran: &[JobId]) {
    finish(of, ran);
    let is_empty = of.run_until(GIVEN_BACK_WITHIN, |of| left_running(of).is_empty());
    check(of, ran);
    assert_eq!(of.told.errors, Vec::<String>::new());
    assert!(is_empty, "{:#?}", left_running(of));
}

#[test]
fn idle_nodes_go_and_nothing_is_left_running() {
    let mut of = installation();
    let ids = of.push(jobs(10));
    finish(&mut of, &ids);
    of.run_for(Duration::from_mins(9));
    assert_eq!(of.members(&name()).len(), 3, "not before their time");
    empty(&mut of, &ids);
    assert_eq!(of.told.errors, Vec::<String>::new());
}

#[test]
fn a_pool_keeps_its_minimum_and_a_job_starts_there_at_once() {
    let mut of = with(|pool| pool.min_nodes = 2);
    assert!(
        of.run_until(Duration::from_mins(5), |of| nodes(of).iter().filter(|it| it.is_open()).count() == 2)
    );
    let ids = of.push(jobs(12));
    finish(&mut of, &ids);
    of.run_for(HOUR);
    assert_eq!(of.members(&name()).len(), 2);
    let more = of.push(jobs(1));
    let took = seconds_to(&mut of, |of| of.told.taken.contains_key(&more[0]));
    assert!(took < 8, "{took} s on a node that was kept");
    finish(&mut of, &more);
}

#[test]
fn a_job_that_comes_while_its_node_drains_gets_another() {
    let mut of = installation();
    let mut ids = of.push(jobs(1));
    finish(&mut of, &ids);
    assert!(of.run_until(HOUR, |of| nodes(of).iter().any(|node| node.state == NodeState::Draining)));
    let first = nodes(&of)[0].id.clone();
    ids.extend(of.push(jobs(1)));
    let took = seconds_to(&mut of, |of| of.told.taken.len() == 2);
    assert!(took < 75, "{took} s");
    assert!(nodes(&of).iter().all(|node| node.id != first || node.n_launches == 0));
    empty(&mut of, &ids);
}

#[test]
fn a_call_of_a_drain_that_fails_is_made_again() {
    for action in ["UpdateContainerInstancesState", "TerminateInstanceInAutoScalingGroup"] {
        let mut of = installation();
        let ids = of.push(jobs(2));
        finish(&mut of, &ids);
        let service = if action.starts_with('U') { Service::Ecs } else { Service::AutoScaling };
        of.machine().refuse_next(action, Refusal::throttled(service));
        of.machine().refuse_next(action, Refusal::throttled(service));
        empty(&mut of, &ids);
    }
}

#[test]
fn machines_that_never_register_are_given_up_and_the_job_runs_elsewhere() {
    let mut of = installation();
    of.luck.dead_boots = 1;
    let ids = of.push(jobs(1));
    let took = seconds_to(&mut of, |of| !of.told.taken.is_empty());
    assert!((10 * 60..13 * 60).contains(&took), "{took} s");
    let refusals =
        of.ledger.rows().into_iter().filter_map(|row| {
            if let Row::Pool(pool) = row { pool.refusals.into_iter().next() } else { None }
        });
    let refused = refusals.into_iter().next();
    assert!(refused.expect("it counts against its zone").why.contains("never registered"));
    empty(&mut of, &ids);
}

#[test]
fn an_image_that_never_comes_up_costs_a_few_machines_an_hour() {
    let mut of = installation();
    of.luck.dead_boots = 1000;
    let _ = of.push(jobs(1));
    of.run_for(6 * HOUR);
    let n_dead = 1000 - of.luck.dead_boots;
    assert!(n_dead <= 24, "{n_dead} machines in six hours");
    assert!(of.told.faults.is_empty(), "{:?}", of.told.faults);
}

#[test]
fn a_spot_node_that_its_group_replaced_by_itself_is_used_and_given_back() {
    let mut of = installation();
    let mut ids = of.push(jobs(1));
    finish(&mut of, &ids);
    let at = now(&of);
    let lost = nodes(&of)[0].id.0.clone();
    of.machine().lose_host(&lost, at);
    assert!(
        of.run_until(Duration::from_mins(5), |of| nodes(of).iter().any(|it| it.id.0 != lost && it.is_open()))
    );
    ids.extend(of.push(jobs(1)));
    let took = seconds_to(&mut of, |of| of.told.taken.len() == 2);
    assert!(took < 8, "{took} s on the node that nobody ordered");
    empty(&mut of, &ids);
}

#[test]
fn an_agent_that_is_away_for_a_minute_loses_nothing() {
    let mut of = installation();
    let mut ids = of.push(vec![job("long", 600)]);
    assert!(of.run_until(HOUR, |of| !of.told.taken.is_empty()));
    let node = nodes(&of)[0].id.0.clone();
    let at = now(&of);
    of.machine().agent_disconnected(&node, at);
    of.run_for(Duration::from_secs(61));
    ids.extend(of.push(jobs(1)));
    of.run_for(Duration::from_secs(30));
    assert_eq!((nodes(&of).len(), of.told.taken.len()), (1, 1), "no other was ordered, and nothing placed");
    let at = now(&of);
    of.machine().agent_reconnected(&node, at);
    let took = seconds_to(&mut of, |of| of.told.taken.len() == 2);
    assert!(took < 65, "{took} s, a sweep and a start");
    assert_eq!(nodes(&of).len(), 1);
    empty(&mut of, &ids);
}

#[test]
fn an_agent_that_stays_away_costs_its_node_once_its_job_is_over() {
    let mut of = installation();
    let ids = of.push(vec![job("long", 1800)]);
    assert!(of.run_until(HOUR, |of| !of.told.taken.is_empty()));
    let node = nodes(&of)[0].id.0.clone();
    let at = now(&of);
    of.machine().agent_disconnected(&node, at);
    of.run_for(Duration::from_mins(25));
    assert_eq!(of.members(&name()).len(), 1, "its job runs on");
    empty(&mut of, &ids);
}

#[test]
fn a_new_image_under_load_ends_no_job_and_replaces_every_node() {
    let mut of = installation();
    let mut ids = of.push((0..24).map(|i| job(&format!("{i}"), 900)).collect());
    assert!(of.run_until(HOUR, |of| of.told.taken.len() == 24));
    of.renew_template(&name());
    for wave in 0..8 {
        ids.extend(of.push((0..3).map(|i| job(&format!("{wave}.{i}"), 300)).collect()));
        of.run_for(Duration::from_mins(6));
        let n_cordoned = nodes(&of).iter().filter(|node| node.cordon.is_some()).count();
        assert!(n_cordoned <= 1, "{n_cordoned} at once, of ten at most");
    }
    let versions: Vec<String> = of.members(&name()).into_iter().map(|(_, version)| version).collect();
    assert!(versions.iter().all(|version| version == "2"), "{versions:?}");
    empty(&mut of, &ids);
}

#[test]
fn nodes_of_an_age_are_replaced_one_after_the_other() {
    let mut of = with(|pool| {
        pool.min_nodes = 2;
        pool.max_age = HOUR;
    });
    assert!(of.run_until(Duration::from_mins(5), |of| nodes(of).len() == 2));
    let first: Vec<_> = nodes(&of).into_iter().map(|node| node.id).collect();
    of.run_for(2 * HOUR);
    let second: Vec<_> = nodes(&of).into_iter().map(|node| node.id).collect();
    assert!(second.iter().all(|node| !first.contains(node)), "{first:?} {second:?}");
    assert_eq!(second.len(), 2);
    check(&of, &[]);
}

#[test]
fn more_desired_than_there_is_is_lowered_before_anything_is_bought() {
    let mut of = installation();
    let ids = of.push(jobs(1));
    finish(&mut of, &ids);
    // What is lost while the group may not launch is not bought when it may.
    let at = now(&of);
    let asked =
        serde_json::json!({ "AutoScalingGroupName": "quillon-arm64-spot", "ScalingProcesses": ["Launch"] });
    of.machine().call(Service::AutoScaling, "SuspendProcesses", &asked, at).expect("the group is there");
    let lost = nodes(&of)[0].id.0.clone();
    of.machine().lose_host(&lost, at);
    of.run_for(Duration::from_mins(4));
    assert_eq!(of.desired(&name()), 0);
    let at = now(&of);
    of.machine().call(Service::AutoScaling, "ResumeProcesses", &asked, at).expect("the group is there");
    of.run_for(Duration::from_mins(5));
    assert_eq!(left_running(&of), Vec::<String>::new());
    assert!(LABEL.contains("spot"));
}
