//! Every answer becomes what to do next.

use std::time::Duration;

use crate::server::Server;
use crate::support::{Hands, request};
use aws_credential_types::Credentials;
use door::{Announced, Claimed, CredentialsSource, Door, DoorError, Proxy, Settings};
use wire::claim::{Detail, NodeRequest, ReportKind, ReportRequest};

#[test]
fn a_claim_runs_waits_ends_or_is_refused() {
    let claimed =
        claim(200, r#"{"status":"run","runner_name":"quillon-7-1-1","jit_config":"e30="}"#).unwrap();
    let shown = format!("{claimed:?}");
    assert!(shown.contains("quillon-7-1-1") && !shown.contains("e30="), "{shown}");

    let waits = claim(202, r#"{"status":"wait","retry_after_ms":1000}"#).unwrap();
    assert!(
        matches!(waits, Claimed::Wait { retry_after, is_standby: false } if retry_after == Duration::from_secs(1))
    );

    let ended = claim(410, r#"{"status":"end","message":"the job was cancelled"}"#).unwrap_err();
    assert!(matches!(&ended, DoorError::Ended { message } if message == "the job was cancelled"));

    let refused = claim(403, r#"{"status":"refused","message":"no"}"#).unwrap_err();
    assert!(matches!(&refused, DoorError::Refused { message } if message == "no"));
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again() {
    assert!(matches!(claim(0, "").unwrap_err(), DoorError::Retry { .. }));
    assert!(matches!(
        claim(503, r#"{"message":"Service Unavailable"}"#).unwrap_err(),
        DoorError::Retry { .. }
    ));
    let nobody = door("http://127.0.0.1:9", None);
    assert!(matches!(nobody.claim(&request()).unwrap_err(), DoorError::Retry { .. }));
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = claim(307, "").unwrap_err();
    assert!(matches!(elsewhere, DoorError::Retry { .. }), "{elsewhere:?}");
}

#[test]
fn a_report_is_noted_and_a_node_may_come_later() {
    let api = Server::start(|_| (204, String::new()));
    let detail = Detail::shortened("GitHub refuses this version").unwrap();
    door(&api.url(), None)
        .report(&ReportRequest { launch: request().launch, kind: ReportKind::RunnerFailed, detail })
        .unwrap();

    let api = Server::start(|_| (202, r#"{"status":"later","retry_after_ms":5000}"#.to_owned()));
    assert_eq!(
        door(&api.url(), None).node(&NodeRequest::Farewell {}).unwrap(),
        Announced::Later { retry_after: Duration::from_secs(5) }
    );
}

#[test]
fn a_proxy_is_used_unless_the_host_is_excepted() {
    let api = Server::start(|_| (202, r#"{"status":"wait","retry_after_ms":1}"#.to_owned()));
    // It does not tunnel: to be asked is enough.
    let proxy = Server::start(|_| (502, String::new()));
    let through = |no_proxy: &str| Proxy { url: proxy.url().into(), no_proxy: no_proxy.to_owned() };

    door(&api.url(), Some(through("localhost, 127.0.0.1"))).claim(&request()).unwrap();
    assert_eq!((proxy.asked.try_iter().count(), api.asked.try_iter().count()), (0, 1));

    door(&api.url(), Some(through(".example"))).claim(&request()).unwrap_err();
    assert_eq!((proxy.asked.try_iter().count(), api.asked.try_iter().count()), (1, 0));
}

fn claim(status: u16, body: &'static str) -> Result<Claimed, DoorError> {
    let api = Server::start(move |_| (status, body.to_owned()));
    door(&api.url(), None).claim(&request())
}

fn door(api_url: &str, proxy: Option<Proxy>) -> Door {
    let credentials = CredentialsSource::Fixed(Credentials::new("AKID", "secret", None, None, "test"));
    let settings =
        Settings { api_url: api_url.to_owned(), region: "eu-central-1".to_owned(), credentials, proxy };
    Door::new(settings, Hands::default().clock()).unwrap()
}
