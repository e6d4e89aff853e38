//! A task gets its work, waits for it, or learns that there is none.

use nix::sys::signal::Signal;

use crate::server::{Request, Response};
use crate::task::{Ended, JIT_CONFIG, JOB, RUN, Task};

#[test]
fn a_claim_is_repeated_with_one_nonce_until_there_is_work() {
    let mut answers = vec![
        (200, RUN.to_owned()),
        (202, r#"{"status":"wait","retry_after_ms":1}"#.to_owned()),
        // Hangs up: the answer is lost.
        (0, String::new()),
    ];
    let listener = format!("{JOB}exit 100");
    let ended = Task::start(Some(&listener), &[], move |_| answers.pop().unwrap()).end();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.asked.len(), 3);
    assert!(ended.asked.iter().all(|request| request.target == "/claim"));
    assert!(ended.asked.iter().all(|request| request.body == ended.asked[0].body));
}

#[test]
fn a_claim_is_signed_with_the_identity_of_the_task() {
    let ended = claim_answered(410, r#"{"status":"end","message":""}"#);
    let request = &ended.asked[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/claim"));
    assert!(request.headers["authorization"].starts_with("AWS4-HMAC-SHA256 Credential=AKID/"));
    assert_eq!(request.headers["x-amz-security-token"], "hidden-token");
}

#[test]
fn two_tasks_draw_different_nonces() {
    let nonce = || claim_answered(410, r#"{"status":"end","message":""}"#).asked[0].body.clone();
    assert_ne!(nonce(), nonce());
}

#[test]
fn a_launch_that_has_ended_ends_the_task_without_a_failure() {
    let ended = claim_answered(410, r#"{"status":"end","message":"the job was cancelled"}"#);
    assert_eq!((ended.code, ended.asked.len()), (0, 1));
    assert!(ended.stderr.contains("the job was cancelled"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "", "no listener was started");
}

#[test]
fn a_refused_claim_is_not_repeated() {
    let ended = claim_answered(403, r#"{"status":"refused","message":"another nonce"}"#);
    assert_eq!((ended.code, ended.asked.len()), (10, 1));
    assert_eq!(ended.stdout, "", "no listener was started");
}

#[test]
fn a_signal_ends_the_wait_for_work() {
    let wait = |_: &Request| -> Response { (202, r#"{"status":"wait","retry_after_ms":30000}"#.to_owned()) };
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let task = Task::start(None, &[], wait);
        task.until_asked("/claim");
        task.signal(signal);
        assert_eq!(task.end().code, code);
    }
}

#[test]
fn what_is_missing_in_the_environment_is_named() {
    let ended = Task::start(None, &[("QUILLON_REGION", "")], |_| (500, String::new())).end();
    assert_eq!((ended.code, ended.asked.len()), (78, 0));
    assert!(ended.stderr.contains("`QUILLON_REGION` is not set"), "{}", ended.stderr);
}

#[test]
fn no_secret_is_printed() {
    let mut answers = vec![(200, RUN.to_owned()), (500, "hidden-body".to_owned())];
    let listener = format!("{JOB}exit 102");
    let ended = Task::start(Some(&listener), &[], move |_| answers.pop().unwrap()).end();
    let nonce = ended.asked[0].body.split('"').nth(7).unwrap();
    assert_eq!(nonce.len(), 64);
    let printed = format!("{}{}", ended.stdout, ended.stderr);
    for secret in ["hidden", JIT_CONFIG, nonce] {
        assert!(!printed.contains(secret), "{printed}");
    }
    for line in ended.stderr.lines() {
        assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
    }
}

fn claim_answered(status: u16, body: &'static str) -> Ended {
    Task::start(Some("echo started"), &[], move |_| (status, body.to_owned())).end()
}
