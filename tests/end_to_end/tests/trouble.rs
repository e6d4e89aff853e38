//! What cannot be read, what cannot be, and what a person is told about it.

mod common;

use common::{ALWAYS, SMALL, STUCK, Scene};
use model::job::Job;
use model::reason::Code;
use sim::github::{Action, HookMatch, HookMishap};
use world::Planned;
use world::registry::Architecture;

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
    // The first thing that a cold function asks for is its configuration, and then the secret.
    for action in [None, Some("GetParameter")] {
        scene.fail("webhook", action, ALWAYS);
        let status = scene.post(&sent).status;
        assert!(status >= 500, "{status}\n{}", scene.state());
        scene.world().faults().clear();
        assert_eq!(scene.queued(), []);
    }
    assert_eq!(scene.post(&sent).status, 202, "{}", scene.state());
    assert_eq!(scene.queued(), [job]);
}

#[test]
fn a_scaler_that_cannot_read_its_configuration_or_key_says_so_and_hears_the_next_message() {
    let scene = Scene::open();
    scene.stop_the_clock();
    scene.fail("scaler", None, ALWAYS);
    let job = scene.queue(SMALL);
    scene.until("the scaler to say so", || {
        let log = scene.world().function_log("quillon-scaler").unwrap();
        log.iter().any(|line| line.contains("nothing is done without a configuration")).then_some(())
    });
    scene.until("its message to be received", || (scene.messages() == 0).then_some(()));
    scene.world().faults().clear();
    assert_eq!(scene.job(job).unwrap().reason, None);

    scene.fail("scaler", Some("GetParameter"), ALWAYS);
    scene.installation.sweep().unwrap();
    let reason = scene.until("a reason", || scene.job(job)?.reason);
    assert_eq!(reason.code, Code::Unknown, "{reason:?}");
    scene.until("its message to be received", || (scene.messages() == 0).then_some(()));
    scene.world().faults().clear();

    scene.installation.sweep().unwrap();
    scene.told(job).assert_ran_once();
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
    scene.until("every message to be received", || (scene.messages() == 0).then_some(()));
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
