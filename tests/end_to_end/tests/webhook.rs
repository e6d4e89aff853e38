//! What the webhook answers to whatever arrives, and what the ledger holds after it.

mod common;

use common::{SMALL, STUCK, Scene, Sent};
use model::id::JobId;
use model::job::JobState;
use model::reason::Code;
use serde_json::Value;
use sim::github::{Action, HookMatch, HookMishap};

/// Deliveries are made and kept, for the test to send.
fn held() -> Scene {
    let scene = Scene::open();
    scene.stop_the_clock();
    scene.github().trouble_hooks(HookMatch::default(), HookMishap::Hold, None);
    scene
}

#[track_caller]
fn check(scene: &Scene, what: &str, sent: &Sent, status: u16, in_the_ledger: &[JobId]) {
    let answer = scene.post(sent);
    assert_eq!(answer.status, status, "{what}: {}\n{}", String::from_utf8_lossy(&answer.body), scene.state());
    assert_eq!(scene.queued(), in_the_ledger, "{what}");
}

#[test]
fn what_is_no_delivery_of_githubs_is_refused_and_leaves_no_trace() {
    let scene = held();
    let job = scene.queue(STUCK);
    let sent = scene.delivery(job, Action::Queued, 0);

    check(&scene, "not signed", &sent.clone().without("X-Hub-Signature-256"), 401, &[]);
    check(&scene, "another secret", &sent.clone().signed(b"guessed"), 401, &[]);
    let mut changed = sent.clone();
    changed.body.push(b' ');
    check(&scene, "another body", &changed, 401, &[]);
    let shortened = sent.clone().with("X-Hub-Signature-256", "sha256=00");
    check(&scene, "half a signature", &shortened, 401, &[]);
    // The API has no such route.
    check(&scene, "another method", &Sent { method: "GET", ..sent.clone() }, 404, &[]);
    let secret = scene.world().app().unwrap().webhook_secret.clone();
    for broken in [&b"{"[..], b"", b"[]", b"{\"action\":\"queued\"}", b"payload=%7B%7D"] {
        let broken = Sent { body: broken.to_vec(), ..sent.clone() }.signed(secret.as_bytes());
        let what = String::from_utf8_lossy(&broken.body).into_owned();
        check(&scene, &what, &broken, 400, &[]);
    }
    assert_eq!(scene.tombstone(job), None);
}

#[test]
fn however_a_delivery_is_written_down_it_is_in_the_ledger_once() {
    let scene = held();
    let secret = scene.world().app().unwrap().webhook_secret.clone();
    let [plain, base64, large] = [(); 3].map(|()| scene.queue(STUCK));
    let sent = scene.delivery(plain, Action::Queued, 0);
    check(&scene, "the first time", &sent, 202, &[plain]);
    let reasoned = scene.until("a reason", || scene.job(plain)?.reason);
    check(&scene, "a duplicate", &sent, 202, &[plain]);
    assert_eq!(scene.job(plain).unwrap().reason, Some(reasoned), "a duplicate changes nothing");

    // What is no text to it, the API hands on as base64.
    let binary = scene.delivery(base64, Action::Queued, 0).with("Content-Type", "application/octet-stream");
    check(&scene, "base64", &binary, 202, &[plain, base64]);

    let mut payload: Value = serde_json::from_slice(&scene.delivery(large, Action::Queued, 0).body).unwrap();
    payload["repository"]["description"] = "x".repeat(1024 * 1024).into();
    let body = serde_json::to_vec(&payload).unwrap();
    let megabyte = Sent { body, ..scene.delivery(large, Action::Queued, 0) }.signed(secret.as_bytes());
    check(&scene, "a megabyte", &megabyte, 202, &[plain, base64, large]);
}

#[test]
fn foreign_labels_and_events_are_not_ours() {
    let scene = held();
    let foreign = scene.queue("ubuntu-latest");
    check(&scene, "foreign", &scene.delivery(foreign, Action::Queued, 0), 200, &[]);
    let ours = scene.queue(STUCK);
    let other = scene.delivery(ours, Action::Queued, 0).with("X-GitHub-Event", "check_run");
    check(&scene, "another event", &other, 200, &[]);
}

#[test]
fn a_queued_that_was_a_gate_is_forgotten_and_runs_once_it_was_approved() {
    let scene = held();
    let job = scene.queue_behind("production", SMALL);
    let gate = scene.delivery(job, Action::Queued, 0);
    check(&scene, "a status that takes it back", &gate, 202, &[]);
    // As GitHub says it at times: nothing in it tells of the gate.
    let mut payload: Value = serde_json::from_slice(&gate.body).unwrap();
    payload["workflow_job"]["status"] = "queued".into();
    let secret = scene.world().app().unwrap().webhook_secret.clone();
    let queued = Sent { body: serde_json::to_vec(&payload).unwrap(), ..gate }.signed(secret.as_bytes());
    check(&scene, "a gate's queued", &queued, 202, &[job]);
    assert_eq!(scene.post(&scene.delivery(job, Action::Waiting, 0)).status, 202);
    scene.until("the job to be forgotten", || scene.job(job).is_none().then_some(()));
    assert_eq!(scene.tombstone(job), None);

    scene.github().calm();
    scene.github().act(|github, now| github.approve(sim::github::JobId(job.0), now)).unwrap();
    scene.told(job).assert_ran_once();
}

#[test]
fn a_waiting_that_comes_after_the_approval_is_doubted_and_then_not_believed() {
    let scene = held();
    let job = scene.queue_behind("production", STUCK);
    check(&scene, "waiting", &scene.delivery(job, Action::Waiting, 0), 202, &[]);
    scene.github().act(|github, now| github.approve(sim::github::JobId(job.0), now)).unwrap();
    check(&scene, "approved", &scene.delivery(job, Action::Queued, 1), 202, &[job]);
    // Late, and for its first seconds nobody knows whether GitHub's answer is older still.
    assert_eq!(scene.post(&scene.delivery(job, Action::Waiting, 0)).status, 202);
    scene.until("a doubt", || (scene.job(job)?.reason?.code == Code::Doubted).then_some(()));
    scene.swept("the doubt to be gone", || scene.job(job)?.doubted_at.is_none().then_some(()));
    scene.until("another reason", || (scene.job(job)?.reason?.code != Code::Doubted).then_some(()));
    assert_eq!(scene.queued(), [job]);
}

#[test]
fn an_end_that_comes_first_is_the_end() {
    let scene = held();
    let job = scene.queue(STUCK);
    let id = sim::github::JobId(job.0);
    scene.github().act(|github, now| github.cancel_job(id, now)).unwrap();
    check(&scene, "its end", &scene.delivery(job, Action::Completed, 0), 202, &[]);
    assert_eq!(scene.tombstone(job).unwrap().conclusion.as_deref(), Some("cancelled"));
    assert_eq!(scene.post(&scene.delivery(job, Action::Queued, 0)).status, 202);
    scene.until("GitHub to be asked", || scene.job(job).is_none().then_some(()));
    assert_eq!(scene.tombstone(job).unwrap().conclusion.as_deref(), Some("cancelled"));
}

#[test]
fn deliveries_of_a_job_that_is_over_come_too_late() {
    let scene = Scene::open();
    let told = scene.run(SMALL);
    told.assert_ran_once();
    let job = told.ended.as_ref().unwrap().id;
    for action in [Action::Queued, Action::InProgress, Action::Completed] {
        check(&scene, action.name(), &scene.delivery(job, action, 0), 202, &[]);
        assert_eq!(scene.job(job).map(|job| job.state), None::<JobState>);
    }
    assert_eq!(scene.tombstone(job), told.ended);
}
