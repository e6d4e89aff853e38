//! Functions that are stopped between any two of their calls.

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{SMALL, Scene};
use model::id::JobId;
use wire::ledger::Row;
use world::{Fault, Trouble};

/// More calls than any function makes for one job.
const ENDLESS: u32 = 40;

/// Runs a job for each call that the function makes in a job's life: it is stopped there, first before the
/// call, then after it.
fn check(function: &str, fewest: usize) {
    let scene = Scene::open();
    scene.warm_up(1);
    // A stopped tick's messages come back when they are visible again: a minute that nobody has to wait here.
    scene.boto(&format!(
        "boto3.client('sqs').set_queue_attributes(QueueUrl={:?}, Attributes={{'VisibilityTimeout': '1'}})",
        scene.installation.output("doorbell"),
    ));
    let (mut jobs, mut n_stopped) = (Vec::new(), 0);
    for trouble in [Trouble::StopBefore, Trouble::StopAfter] {
        for nth in 1.. {
            assert!(nth < ENDLESS, "the {function} does not come to rest");
            let caller = format!("quillon-{function}");
            scene.world().faults().order(Fault {
                caller,
                action: None,
                nth,
                times: 1,
                trouble: trouble.clone(),
            });
            let job = scene.queue_for(SMALL, Duration::from_millis(500));
            scene.recovered(job).assert_launched_once();
            scene.settled();
            jobs.push(job);
            let was_stopped = scene.world().faults().pending().is_empty();
            scene.world().faults().clear();
            if !was_stopped {
                break;
            }
            n_stopped += 1;
        }
    }
    assert!(n_stopped >= 2 * fewest, "the {function} was stopped {n_stopped} times");
    assert_nothing_is_left(&scene);
    assert_one_task_each(&scene, &jobs);
}

fn assert_nothing_is_left(scene: &Scene) {
    for row in scene.rows() {
        match row {
            Row::Node(node) => assert_eq!((node.n_launches, node.used), (0, model::size::Size::default())),
            // What is remembered of pools, of where runners are registered and of deliveries.
            Row::Pool(_) | Row::Scope(_) | Row::Deliveries(_) | Row::SpotPrices(_) => {}
            Row::Job(_)
            | Row::Launch(_)
            | Row::Order(_)
            | Row::Run(_)
            | Row::Failing(_)
            | Row::Waited(_)
            | Row::Noted(_)
            | Row::Tombstone(_)
            | Row::EndedLaunch(_) => {
                panic!("{row:?}")
            }
        }
    }
    scene.github().read(|github, _| assert!(github.runners.is_empty(), "{:?}", github.runners));
    assert_eq!(scene.github().asked_wrong(), []);
}

fn assert_one_task_each(scene: &Scene, jobs: &[JobId]) {
    let mut tasks: BTreeMap<String, u32> = BTreeMap::new();
    for task in scene.tasks() {
        let launch = task["startedBy"].as_str().and_then(|mark| mark.strip_prefix("quillon/"));
        let (job, _) =
            launch.and_then(|launch| launch.rsplit_once('-')).expect("a task has its launch's mark");
        *tasks.entry(job.to_owned()).or_default() += 1;
    }
    let started: Vec<_> = jobs.iter().map(|job| tasks.get(&job.to_string()).copied()).collect();
    assert_eq!(started, vec![Some(1); jobs.len()]);
}

#[test]
fn the_webhook_stopped_at_any_call_loses_and_doubles_no_job() {
    check("webhook", 4);
}

#[test]
fn the_scaler_stopped_at_any_call_loses_and_doubles_no_job() {
    check("scaler", 6);
}

#[test]
fn the_broker_stopped_at_any_call_loses_and_doubles_no_job() {
    check("broker", 2);
}
