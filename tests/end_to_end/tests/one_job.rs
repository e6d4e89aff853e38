//! The least that an installation must do.

mod common;

use common::{SMALL, Scene};

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
