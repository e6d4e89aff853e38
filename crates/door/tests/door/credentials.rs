//! Credentials are asked for when they are needed, kept while they last, and never shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::server::{Response, Server};
use crate::support::{Hands, document, door, request};
use door::{CredentialsSource, Door, DoorError, Settings};

#[test]
fn credentials_are_kept_until_five_minutes_before_they_expire() {
    assert_eq!(keys_used(&[0, 3_299], |n| (200, document(n, 3_600 * u64::from(n)))), "AKID1 AKID1");
    assert_eq!(keys_used(&[0, 3_300], |n| (200, document(n, 3_600 * u64::from(n)))), "AKID1 AKID2");
}

#[test]
fn the_last_minutes_of_old_credentials_bridge_an_endpoint_in_trouble() {
    let first_only = |n| if n == 1 { (200, document(1, 3_600)) } else { (500, String::new()) };
    assert_eq!(keys_used(&[0, 3_599], first_only), "AKID1 AKID1");
    assert_eq!(keys_used(&[0, 3_600], first_only), "AKID1 no answer from /claim: no credentials");
}

#[test]
fn a_gateway_that_refuses_remembered_credentials_is_asked_once_more_under_fresh_ones() {
    let api = Server::start(|request| {
        if request.headers["authorization"].contains("AKID2") {
            (202, r#"{"status":"wait","retry_after_ms":1}"#.to_owned())
        } else {
            (403, r#"{"message":"The security token included in the request is expired"}"#.to_owned())
        }
    });
    let n = AtomicU32::new(0);
    let credentials = Server::start(move |_| (200, document(n.fetch_add(1, Ordering::SeqCst) + 1, 20_000)));
    let door = door(&api.url(), &credentials.url(), &Hands::default());
    let refused = door.claim(&request()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "refused: HTTP status 403, The security token included in the request is expired"
    );
    door.claim(&request()).unwrap();
    assert_eq!(api.asked.try_iter().count(), 3);
}

#[test]
fn what_the_broker_refuses_is_not_asked_again() {
    let api = Server::start(|_| (403, r#"{"status":"refused","message":"another nonce"}"#.to_owned()));
    let credentials = Server::start(|_| (200, document(1, 20_000)));
    let door = door(&api.url(), &credentials.url(), &Hands::default());
    for _ in 0..2 {
        assert_eq!(door.claim(&request()).unwrap_err().to_string(), "refused: another nonce");
    }
    assert_eq!((api.asked.try_iter().count(), credentials.asked.try_iter().count()), (2, 1));
}

#[test]
fn the_authorization_token_goes_to_the_endpoint_alone() {
    let api = Server::start(|_| (202, r#"{"status":"wait","retry_after_ms":1}"#.to_owned()));
    let credentials = Server::start(|_| (200, document(1, 20_000)));
    let source = CredentialsSource::full(&credentials.url(), Some("Basic xyzzy".into())).unwrap();
    let door = Door::new(settings(&api.url(), source), Hands::default().clock()).unwrap();
    door.claim(&request()).unwrap();
    assert_eq!(credentials.asked.recv().unwrap().headers["authorization"], "Basic xyzzy");
    // No digits and letters that a signature could hold.
    assert!(!format!("{:?}", api.asked.recv().unwrap().headers).contains("xyzzy"));
}

#[test]
fn an_endpoint_without_credentials_is_asked_again() {
    for answer in [(404, String::new()), (200, "{}".to_owned()), (0, String::new())] {
        let credentials = Server::start(move |_| answer.clone());
        let door = door("http://127.0.0.1:9", &credentials.url(), &Hands::default());
        let error = door.claim(&request()).unwrap_err();
        assert!(matches!(error, DoorError::Retry { .. }), "{error:?}");
    }
}

#[test]
fn no_debug_output_shows_a_secret() {
    let source = CredentialsSource::full("http://127.0.0.1:9/c", Some("hidden-token".into())).unwrap();
    let shown = format!("{source:?}");
    assert!(!shown.contains("hidden"), "{shown}");
    let fixed =
        aws_credential_types::Credentials::new("AKID", "hidden-key", Some("hidden-token".into()), None, "x");
    let settings = settings("http://127.0.0.1:9", CredentialsSource::Fixed(fixed));
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hidden"), "{shown}");
    let shown = format!("{:?}", Door::new(settings, Hands::default().clock()).unwrap());
    assert!(!shown.contains("hidden"), "{shown}");
}

fn settings(api_url: &str, credentials: CredentialsSource) -> Settings {
    Settings { api_url: api_url.to_owned(), region: "eu-central-1".to_owned(), credentials, proxy: None }
}

/// Claims at each of the times and tells which key signed, or what went wrong.
fn keys_used(times: &[u64], answer: impl Fn(u32) -> Response + Send + 'static) -> String {
    let api = Server::start(|_| (202, r#"{"status":"wait","retry_after_ms":1}"#.to_owned()));
    let n = Arc::new(AtomicU32::new(0));
    let credentials = Server::start(move |_| answer(n.fetch_add(1, Ordering::SeqCst) + 1));
    let hands = Hands::default();
    let door = door(&api.url(), &credentials.url(), &hands);
    let key_used = |time: &u64| {
        hands.set(*time);
        match door.claim(&request()) {
            Ok(_) => {
                let request = api.asked.recv().unwrap();
                let after = request.headers["authorization"].split_once("Credential=").unwrap().1.to_owned();
                after.split_once('/').unwrap().0.to_owned()
            }
            Err(DoorError::Retry { path, source }) => format!("no answer from {path}: {source}"),
            Err(error @ (DoorError::Refused { .. } | DoorError::Ended { .. })) => error.to_string(),
        }
    };
    times.iter().map(key_used).collect::<Vec<_>>().join(" ")
}
