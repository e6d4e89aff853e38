//! Spot machines that are taken back.

use std::time::Duration;

use model::cordon::CordonReason;
use model::node::Node;
use sim::installation::Installation;
use wire::ledger::Row;

use crate::common::{HOUR, check, finish, installation, job, jobs};

fn nodes(of: &Installation) -> Vec<Node> {
    let rows = of.ledger.rows().into_iter();
    rows.filter_map(|row| if let Row::Node(node) = row { Some(node) } else { None }).collect()
}

fn cordon(of: &Installation) -> Option<CordonReason> {
    nodes(of).first().and_then(|node| node.cordon).map(|cordon| cordon.why)
}

/// A node with one job on it for so many seconds.
fn at_work(of: &mut Installation, seconds: u64) -> (String, Vec<model::id::JobId>) {
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
