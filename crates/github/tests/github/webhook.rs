//! Deliveries as GitHub sends them.

use control::event::Event;
use github::webhook::{Delivery, PayloadError, SignatureError, parse, verify};
use hmac::{Hmac, KeyInit, Mac};
use model::id::{InstallationId, JobId, LaunchId, RepositoryId, RunId, RunnerName};
use model::job::{Ended, Job, JobState, Repository};
use model::time::Timestamp;
use sha2::Sha256;

macro_rules! payload {
    ($case:literal) => {
        include_str!(concat!("../../../../tests/payloads/github/workflow_job.", $case, ".json"))
    };
}

const SECRET: &str = "a secret of the tests";

fn read(event: &str, body: &str) -> Result<Delivery, PayloadError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    parse(verify(&SECRET.into(), body.as_bytes(), Some(&signature)).unwrap(), event)
}

#[track_caller]
fn event(body: &str) -> Event {
    match read("workflow_job", body).unwrap() {
        Delivery::Of(event) => event,
        Delivery::NotOurs(why) => panic!("not ours: {why}"),
    }
}

#[track_caller]
fn not_ours(name: &str, body: &str) -> &'static str {
    match read(name, body).unwrap() {
        Delivery::NotOurs(why) => why,
        Delivery::Of(event) => panic!("{event:?}"),
    }
}

/// 2021-09-13T02:21:13Z
const QUEUED: Timestamp = Timestamp(1_631_499_673_000);

fn job() -> Job {
    Job {
        id: JobId(289_782_451),
        run: RunId(2_202_229_078),
        attempt: 1,
        repository: Repository {
            id: RepositoryId(186_853_002),
            installation: InstallationId(3_456_996),
            owner: "Octocoders".to_owned(),
            name: "Hello-World".to_owned(),
            is_organization: true,
            is_private: false,
        },
        labels: vec!["ubuntu-latest".to_owned()],
        queued_at: QUEUED,
        state: JobState::Queued,
        trust: None,
        launch: None,
        n_launches: 0,
        failed: None,
        commit: Some("3484a3fb816e0859fd6e1cea078d76385ff50625".to_owned()),
        checked_at: None,
        told_at: None,
        doubted_at: None,
        reason: None,
    }
}

#[test]
fn a_job_that_is_queued() {
    assert_eq!(event(payload!("queued")), Event::Queued(Box::new(job())));
}

#[test]
fn a_job_behind_an_approval_is_not_queued() {
    let waiting = Event::Waiting {
        job: JobId(12_877_621_891),
        labels: vec!["self-hosted".to_owned(), "k8s".to_owned()],
    };
    assert_eq!(event(payload!("queued_waiting")), waiting, "whatever its action says");
    assert_eq!(event(payload!("waiting")), waiting);
}

#[test]
fn a_job_that_is_queued_and_has_gone_on_is_left_to_its_next_event() {
    for status in ["in_progress", "completed"] {
        let late = payload!("queued").replace(r#""status": "queued""#, &format!(r#""status": "{status}""#));
        assert_eq!(not_ours("workflow_job", &late), "queued, but no longer waiting");
    }
}

#[test]
fn a_job_that_somebodys_runner_took() {
    let Event::InProgress { job, runner, at } = event(payload!("in_progress")) else { panic!() };
    assert_eq!((runner, at), (None, Timestamp(1_687_750_296_000)));
    assert_eq!(job.queued_at, Timestamp(1_687_750_289_000));
    assert_eq!(job.state, JobState::Running { runner: None, at });
    assert!(!job.repository.is_organization);
}

#[test]
fn a_job_that_our_runner_took() {
    let ours = payload!("in_progress").replace(r#""GitHub Actions 6""#, r#""quillon-7-2-1""#);
    let name = RunnerName { launch: LaunchId { job: JobId(7), n: 2 }, attempt: 1 };
    let Event::InProgress { runner, .. } = event(&ours) else { panic!() };
    assert_eq!(runner, Some(name));
}

#[test]
fn a_job_that_has_ended() {
    let ended = Ended {
        id: JobId(289_782_451),
        run: RunId(2_202_229_078),
        repository: "Octocoders/Hello-World".to_owned(),
        labels: vec!["dagger-v0-19-4-4c-8g".to_owned()],
        has_run: true,
        conclusion: Some("success".to_owned()),
        runner: Some("quillon-289782451-1-1".to_owned()),
        queued_at: Some(Timestamp(1_628_159_638_000)),
        started_at: Some(Timestamp(1_628_159_698_000)),
        ended_at: Timestamp(1_628_159_896_000),
    };
    assert_eq!(event(payload!("completed")), Event::Completed(Box::new(ended)));
}

#[test]
fn a_job_that_was_cancelled_before_a_runner_took_it_has_not_run() {
    let Event::Completed(ended) = event(payload!("completed_cancelled_before_a_runner")) else { panic!() };
    assert_eq!(ended.conclusion.as_deref(), Some("cancelled"));
    assert_eq!((ended.has_run, ended.runner, ended.started_at), (false, None, None));
}

#[test]
fn what_no_app_of_ours_sent_is_not_ours() {
    let why = "no installation of our App: the webhook is not the App's";
    for body in [
        payload!("in_progress_self_hosted"),
        payload!("completed_without_installation"),
        &payload!("queued").replace(r#""installation":"#, r#""installed":"#),
    ] {
        assert_eq!(not_ours("workflow_job", body), why);
    }
    for event in ["ping", "installation", "workflow_run", ""] {
        assert_eq!(not_ours(event, payload!("queued")), "an event other than workflow_job");
        assert_eq!(not_ours(event, "zen"), "an event other than workflow_job");
    }
    let novel = payload!("queued").replacen(r#""action": "queued""#, r#""action": "novel""#, 1);
    assert_eq!(not_ours("workflow_job", &novel), "an action that is not of a job's life");
}

#[test]
fn what_cannot_be_read_is_an_error_of_its_own() {
    let whole = payload!("queued");
    for body in ["", "{", "[]", "{}", "payload=%7B%7D", &whole[..whole.len() - 3]] {
        assert!(matches!(read("workflow_job", body), Err(PayloadError::Json(_))), "{body}");
    }
    let timeless = whole.replace("2021-09-13T02:21:13Z", "soon");
    assert!(matches!(read("workflow_job", &timeless), Err(PayloadError::Time("created_at"))));
}

#[test]
fn a_payload_with_more_and_stranger_text_is_read() {
    let name = r#""name": "tést \"\\\u00e9 ☃","#;
    let odd = payload!("queued").replacen(r#""name": "Test workflow","#, name, 1);
    assert_eq!(event(&odd), Event::Queued(Box::new(job())));
    let more = odd.replacen('{', &format!(r#"{{"novelty": "{}","#, "x".repeat(1 << 20)), 1);
    assert_eq!(event(&more), Event::Queued(Box::new(job())));
}

#[test]
fn a_delivery_that_was_changed_is_not_read() {
    let body = payload!("queued").as_bytes();
    let unsigned = verify(&SECRET.into(), body, Some(&format!("sha256={}", "0".repeat(64))));
    assert_eq!(unsigned.err(), Some(SignatureError::Wrong));
}
