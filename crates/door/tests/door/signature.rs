//! Requests are signed as AWS's own signer signs them, whatever the path.

use std::time::{Duration, SystemTime};

use crate::server::{Request, Server};
use crate::support::{Hands, document, door, request};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use wire::claim::NodeRequest;

const NOW: u64 = 1_000;

#[test]
fn every_route_is_signed_for_execute_api_with_the_session_token() {
    let asked = asked_under("");
    let [claim, node] = &asked;
    assert_eq!((claim.method.as_str(), claim.target.as_str()), ("POST", "/claim"));
    assert_eq!((node.method.as_str(), node.target.as_str()), ("POST", "/node"));
    for request in &asked {
        let authorization = &request.headers["authorization"];
        assert!(
            authorization.starts_with(
                "AWS4-HMAC-SHA256 Credential=AKID1/19700101/eu-central-1/execute-api/aws4_request"
            ),
            "{authorization}"
        );
        assert!(
            authorization.contains("content-type;host;x-amz-date;x-amz-security-token"),
            "{authorization}"
        );
        assert_eq!(request.headers["x-amz-security-token"], "token1");
        assert_eq!(request.headers["content-type"], "application/json");
        assert_eq!(authorization, &expected_authorization(request));
    }
}

#[test]
fn a_path_with_a_stage_is_signed_as_it_is_sent() {
    for request in asked_under("/_aws/execute-api/abc/$default/") {
        assert!(request.target.starts_with("/_aws/execute-api/abc/$default/"), "{}", request.target);
        assert_eq!(request.headers["authorization"], expected_authorization(&request));
    }
}

#[test]
fn the_body_is_part_of_the_signature() {
    let [claim, _] = asked_under("");
    assert_eq!(claim.body, format!(r#"{{"launch":"7-1","nonce":"{}"}}"#, "07".repeat(32)));
    let changed = Request { body: claim.body.replace("07", "08"), ..claim.clone() };
    assert_ne!(claim.headers["authorization"], expected_authorization(&changed));
}

/// One claim and one farewell as they arrived.
fn asked_under(stage: &str) -> [Request; 2] {
    let api = Server::start(|request| {
        if request.target.ends_with("/claim") {
            (202, r#"{"status":"wait","retry_after_ms":1}"#.to_owned())
        } else {
            (200, r#"{"status":"ok"}"#.to_owned())
        }
    });
    let credentials = Server::start(|_| (200, document(1, 20_000)));
    let hands = Hands::default();
    hands.set(NOW);
    let door = door(&format!("{}{stage}", api.url()), &credentials.url(), &hands);
    door.claim(&request()).unwrap();
    door.node(&NodeRequest::Farewell {}).unwrap();
    [api.asked.recv().unwrap(), api.asked.recv().unwrap()]
}

/// What AWS's signer makes of the request that arrived.
fn expected_authorization(request: &Request) -> String {
    let credentials = Credentials::new("AKID1", "secret1", Some("token1".to_owned()), None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&credentials)
        .region("eu-central-1")
        .name("execute-api")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let url = format!("http://{}{}", request.headers["host"], request.target);
    let headers = [("content-type", "application/json"), ("host", request.headers["host"].as_str())];
    let signable = SignableRequest::new(
        &request.method,
        url,
        headers.into_iter(),
        SignableBody::Bytes(request.body.as_bytes()),
    );
    let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
    let authorization = instructions.headers().find(|(name, _)| *name == "authorization").unwrap();
    authorization.1.to_owned()
}
