//! What cannot be read, what cannot be, and what a person is told about it.

mod common;

use common::{SMALL, STUCK, Scene};
use model::job::Job;
use sim::github::{Action, HookMatch, HookMishap};
use world::registry::Architecture;
use world::{Fault, Planned, Trouble};

/// Waits for the reason of a job, and returns its code and its sentence.
fn reason(scene: &Scene, label: &str) -> (Job, &'static str, String) {
    let job = scene.queue(label);
    let (job, reason) = scene.until("a reason", || {
        let job = scene.job(job)?;
        let reason = job.reason.clone()?;
        Some((job, reason))
    });
    (job, reason.code.as_str(), reason.text)
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
fn whatever_lies_in_the_doorbell_the_ticks_behind_it_come() {
    let scene = Scene::open();
    scene.stop_the_clock();
    scene.boto(&format!(
        "
sqs = boto3.client('sqs')
for body in ('{{', '[]', 'null', '{{\"ring\":7}}', '9' * 200000):
    sqs.send_message(QueueUrl={:?}, MessageGroupId='quillon', MessageBody=body, MessageDeduplicationId=str(hash(body)))
",
        scene.installation.output("doorbell")
    ));
    scene.run(SMALL).assert_ran_once();
}

#[test]
fn an_unknown_version_is_a_reason_until_it_is_published() {
    let scene = Scene::open();
    let (job, code, text) = reason(&scene, "dagger-v0-19-99-1c-1g-arm64");
    assert_eq!(code, "no_such_version", "{text}");
    assert!(text.contains("v0.19.99"), "{text}");
    let everywhere = [Architecture::Amd64, Architecture::Arm64];
    scene.world().registry().unwrap().publish("dagger/engine", "v0.19.99", &everywhere);
    scene.recovered(job.id).assert_ran_once();
}

#[test]
fn a_label_that_is_ours_and_wrong_is_told_what_to_write() {
    let scene = Scene::open();
    let (_, code, text) = reason(&scene, "dagger-v0-19-4-4c-8g-arm65");
    assert_eq!(code, "wrong_label", "{text}");
    assert!(text.contains("arm65"), "{text}");
}

#[test]
fn what_was_applied_needs_no_change() {
    let scene = Scene::open();
    let planned = scene.installation.terraform.plan(&scene.installation.variables).unwrap();
    assert_eq!(planned, Planned::Nothing);
}
