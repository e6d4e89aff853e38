//! Bad weather at the provider.

use std::time::Duration;

use sim::compute::{Refusal, Shortage};
use sim::installation::Installation;
use wire::ledger::Row;

use crate::common::{HOUR, check, finish, installation, is_quiet, job, jobs, seconds_to};

fn zones(of: &Installation) -> Vec<String> {
    let nodes = of
        .ledger
        .rows()
        .into_iter()
        .filter_map(|row| if let Row::Node(node) = row { Some(node.zone.0) } else { None });
    nodes.collect()
}

fn node(of: &Installation) -> String {
    let node = of
        .ledger
        .rows()
        .into_iter()
        .find_map(|row| if let Row::Node(node) = row { Some(node.id.0) } else { None });
    node.expect("there is a node by now")
}

#[test]
fn a_zone_without_capacity_sends_the_order_to_the_other() {
    let mut of = installation();
    of.machine().short_of(Shortage {
        instance_type: None,
        availability_zone: Some("eu-central-1a".to_owned()),
        market: None,
        left: 0,
    });
    let ids = of.push(jobs(1));
    let took = seconds_to(&mut of, |of| !of.told.taken.is_empty());
    assert!(took < 80, "{took} s");
    finish(&mut of, &ids);
    assert_eq!(zones(&of), ["eu-central-1b"]);
}

#[test]
fn a_zone_that_has_only_some_gives_what_it_has() {
    let mut of = installation();
    of.machine().short_of(Shortage {
        instance_type: None,
        availability_zone: Some("eu-central-1a".to_owned()),
        market: None,
        left: 1,
    });
    let ids = of.push(jobs(12));
    finish(&mut of, &ids);
    assert_eq!(zones(&of).len(), 3);
}

#[test]
fn without_capacity_anywhere_the_job_says_so_and_waits() {
    let mut of = installation();
    let nothing = Shortage { instance_type: None, availability_zone: None, market: None, left: 0 };
    of.machine().short_of(nothing.clone());
    let ids = of.push(jobs(1));
    of.run_for(Duration::from_secs(20));
    let reason =
        of.ledger.rows().into_iter().find_map(|row| if let Row::Job(job) = row { job.reason } else { None });
    let reason = reason.expect("there is a reason").text;
    assert!(reason.contains("gets no node in any of its zones"), "{reason}");
    of.machine().end_shortage(&nothing);
    let took = seconds_to(&mut of, |of| !of.told.taken.is_empty());
    assert!(took < 5 * 60, "{took} s");
    finish(&mut of, &ids);
}

#[test]
fn a_refused_task_is_launched_again_at_once_and_then_after_a_pause() {
    let mut of = installation();
    let refusal = || {
        Refusal::new("InvalidParameterException", 400, "No Container Instances were found in your cluster.")
    };
    of.machine().refuse_next("RunTask", refusal());
    of.machine().refuse_next("RunTask", refusal());
    let ids = of.push(jobs(1));
    let took = seconds_to(&mut of, |of| !of.told.taken.is_empty());
    assert!((50..130).contains(&took), "{took} s");
    finish(&mut of, &ids);
    let launch = of.told.started.keys().next().copied();
    assert_eq!(launch.map(|launch| launch.n), Some(3));
}

#[test]
fn throttled_calls_are_made_again() {
    for action in ["RunTask", "LaunchInstances", "DescribeTaskDefinition", "RegisterTaskDefinition"] {
        let mut of = installation();
        let service = if action == "LaunchInstances" {
            sim::compute::Service::AutoScaling
        } else {
            sim::compute::Service::Ecs
        };
        of.machine().refuse_next(action, Refusal::throttled(service));
        let ids = of.push(jobs(2));
        let took = seconds_to(&mut of, |of| of.told.taken.len() == 2);
        assert!(took < 3 * 60, "{action}: {took} s");
        finish(&mut of, &ids);
    }
}

#[test]
fn under_the_documented_limits_a_hundred_jobs_still_run() {
    let mut settings = sim::installation::Settings::default();
    settings.compute.throttling = true;
    let mut of = Installation::new(settings);
    let ids = of.push(jobs(100));
    finish(&mut of, &ids);
}

#[test]
fn a_task_that_dies_at_its_start_is_launched_again() {
    let mut of = installation();
    of.luck.failed_starts = 1;
    let ids = of.push(jobs(1));
    let took = seconds_to(&mut of, |of| !of.told.taken.is_empty());
    assert!(took < 60, "{took} s");
    finish(&mut of, &ids);
}

#[test]
fn a_lost_announcement_costs_a_sweep() {
    let mut of = installation();
    of.luck.lost_announcements = 1;
    let ids = of.push(jobs(1));
    let took = seconds_to(&mut of, |of| !of.told.taken.is_empty());
    assert!(took < 41 + 60 + 10, "{took} s");
    finish(&mut of, &ids);
}

#[test]
fn a_lost_stop_is_found_by_the_sweep() {
    let mut of = installation();
    of.luck.lost_stops = 1;
    let ids = of.push(jobs(1));
    finish(&mut of, &ids);
    let mut of = installation();
    of.luck.lost_stops = 1;
    of.luck.failed_starts = 1;
    let ids = of.push(jobs(1));
    let took = seconds_to(&mut of, |of| !of.told.taken.is_empty());
    assert!(took < 4 * 60, "{took} s");
    finish(&mut of, &ids);
}

#[test]
fn a_host_that_is_lost_before_its_job_began_is_replaced() {
    for at in [20, 42] {
        let mut of = installation();
        let ids = of.push(jobs(1));
        of.run_for(Duration::from_secs(at));
        let now = Duration::from_millis(of.clock.now().0);
        of.machine().lose_host(&node(&of), now);
        let took = seconds_to(&mut of, |of| !of.told.taken.is_empty());
        assert!(took < 5 * 60, "lost at {at} s, taken {took} s later");
        finish(&mut of, &ids);
    }
}

#[test]
fn a_host_that_is_lost_with_its_job_leaves_nothing_once_github_has_given_it_up() {
    let mut of = installation();
    let ids = of.push(vec![job("long", 600)]);
    assert!(of.run_until(HOUR, |of| !of.told.taken.is_empty()));
    let now = Duration::from_millis(of.clock.now().0);
    of.machine().lose_host(&node(&of), now);
    assert!(of.run_until(2 * HOUR, is_quiet), "{:#?}", of.ledger.rows());
    check(&of, &ids);
}
