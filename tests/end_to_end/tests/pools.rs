//! One job in each kind of pool that is not the usual one, with every role enforced.

mod common;

use common::{SMALL, Scene};
use model::Trust;

/// Needs no engine, and so no node.
const BARE: &str = "bare-1c-2g-arm64";

#[test]
fn a_job_without_an_engine_runs_on_fargate() {
    let scene = Scene::open();
    let told = scene.run(BARE);
    told.assert_ran_once();
    let launch = &told.launches[0].launch;
    assert_eq!((launch.pool.as_str(), &launch.node), ("tasks", &None));
    let tasks = scene.tasks();
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert_eq!(tasks[0]["capacityProviderName"], "FARGATE_SPOT");
    assert_eq!((&tasks[0]["cpu"], &tasks[0]["memory"]), (&"1024".into(), &"2048".into()));
    assert_eq!(scene.world().troubles(), Vec::<String>::new());
}

#[test]
fn the_job_of_a_fork_runs_in_its_own_cluster_and_its_node_takes_no_other() {
    let scene = Scene::open();
    let ours = scene.run(SMALL);
    let first = scene.told(scene.queue_from_fork(SMALL));
    let second = scene.told(scene.queue_from_fork(SMALL));
    for told in [&ours, &first, &second] {
        told.assert_ran_once();
    }
    let trusts = [&ours, &first, &second].map(|told| told.launches[0].launch.trust);
    assert_eq!(trusts, [Trust::Trusted, Trust::Untrusted, Trust::Untrusted]);
    let nodes = [&ours, &first, &second].map(|told| told.launches[0].launch.node.clone().unwrap());
    assert!(nodes[0] != nodes[1] && nodes[1] != nodes[2] && nodes[0] != nodes[2], "{nodes:?}");
    let clusters = scene.tasks().into_iter().map(|task| task["clusterArn"].as_str().unwrap().to_owned());
    let untrusted = clusters.filter(|arn| arn.ends_with("cluster/quillon-untrusted")).count();
    assert_eq!(untrusted, 2);
    assert_eq!(scene.world().troubles(), Vec::<String>::new());
}
