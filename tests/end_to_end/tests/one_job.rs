//! The least that an installation must do.

mod common;

use common::{SMALL, STUCK, Scene};

#[test]
fn a_job_runs_on_a_node_that_was_ordered_for_it_and_the_next_one_on_the_same() {
    let scene = Scene::open();
    let cold = scene.run(SMALL);
    cold.assert_ran_once();
    let warm = scene.run(SMALL);
    warm.assert_ran_once();
    assert_eq!(cold.launches[0].launch.node, warm.launches[0].launch.node);
    assert_eq!(scene.github().asked_wrong(), []);
    assert_eq!(scene.github().answered_wrong(), []);
}

#[test]
fn why_a_job_waits_is_told_from_the_ledger_to_whoever_may_read_it() {
    let scene = Scene::open();
    let job = scene.queue(STUCK);
    scene.until("a reason", || scene.job(job).and_then(|job| job.reason));
    let told = scene.installation.why(job).unwrap();
    assert!(told.contains("queued at GitHub"), "{told}");
    assert!(told.contains("and now it waits: no pool is for trusted x86_64 jobs"), "{told}");

    let ran = scene.run(SMALL);
    let told = scene.installation.why(ran.ended.as_ref().unwrap().id).unwrap();
    assert!(told.contains("has ended: success"), "{told}");
    let [launch] = &ran.launches[..] else { panic!("{ran:?}") };
    assert!(told.contains(&format!("launch {}: its task claimed a runner", launch.launch.id)), "{told}");
}
