//! Functions that are stopped between any two of their calls.

mod common;

use common::{SMALL, Scene};
use wire::ledger::Row;
use world::{Fault, Trouble};

/// Stops the function before and after its n-th call for a job, for every n there is.
fn check(function: &str) {
    let scene = Scene::open();
    scene.warm_up(1);
    // A stopped tick's messages come back when they are visible again: a minute, that nobody has to wait here.
    scene.boto(&format!(
        "boto3.client('sqs').set_queue_attributes(QueueUrl={:?}, Attributes={{'VisibilityTimeout': '1'}})",
        scene.installation.output("doorbell"),
    ));
    scene.take_calls();
    scene.run(SMALL).assert_ran_once();
    let spent = scene.settled();
    let of_function = spent.by_name.iter().filter(|(name, _)| name.starts_with(&format!("{function} ")));
    let n_calls: usize = of_function.map(|(_, n)| n).sum();
    assert!(n_calls > 0, "{spent:?}");
    for nth in 1..=u32::try_from(n_calls).unwrap() {
        for trouble in [Trouble::StopBefore, Trouble::StopAfter] {
            println!("{function}: {trouble:?} {nth} of {n_calls}");
            let caller = format!("quillon-{function}");
            scene.world().faults().order(Fault { caller, action: None, nth, times: 1, trouble });
            let job = scene.queue(SMALL);
            scene.recovered(job).assert_ran_once();
            scene.settled();
            scene.world().faults().clear();
            let left = scene.rows().into_iter().filter(|row| !matches!(row, Row::Node(_) | Row::Pool(_)));
            assert_eq!(left.collect::<Vec<_>>(), [], "{nth} of {function}");
        }
    }
    assert_eq!(scene.github().asked_wrong(), []);
}

#[test]
fn the_webhook_stopped_at_any_call_loses_and_doubles_no_job() {
    check("webhook");
}

#[test]
fn the_scaler_stopped_at_any_call_loses_and_doubles_no_job() {
    check("scaler");
}

#[test]
fn the_broker_stopped_at_any_call_loses_and_doubles_no_job() {
    check("broker");
}
