//! What cannot be read, what cannot be, and what a person is told about it.

mod common;

use common::{STUCK, Scene};
use sim::github::{Action, HookMatch, HookMishap};
use world::{Fault, Trouble};

/// Waits for the reason of a job, and returns its code and its sentence.
fn reason(scene: &Scene, label: &str) -> (&'static str, String) {
    let job = scene.queue(label);
    let reason = scene.until("a reason", || scene.job(job)?.reason);
    (reason.code.as_str(), reason.text)
}

#[test]
fn a_configuration_or_a_secret_that_cannot_be_read_fails_one_event_and_not_the_next() {
    let scene = Scene::open();
    scene.stop_the_clock();
    scene.github().trouble_hooks(HookMatch::default(), HookMishap::Hold, None);
    let job = scene.queue(STUCK);
    let sent = scene.delivery(job, Action::Queued, 0);
    for action in [Some("GetParameter".to_owned()), None] {
        let caller = "quillon-webhook".to_owned();
        scene.world().faults().order(Fault { caller, action, nth: 1, times: 100, trouble: Trouble::Fail });
        let status = scene.post(&sent).status;
        assert!(status >= 500, "{status}\n{}", scene.state());
        scene.world().faults().clear();
        assert_eq!(scene.post(&sent).status, 202, "{}", scene.state());
    }
    assert_eq!(scene.queued(), [job]);
}

#[test]
fn a_label_that_is_ours_and_wrong_is_told_what_to_write() {
    let scene = Scene::open();
    let (code, text) = reason(&scene, "dagger-v0-19-4-4c-8g-arm65");
    assert_eq!(code, "wrong_label", "{text}");
    assert!(text.contains("arm65"), "{text}");
}
