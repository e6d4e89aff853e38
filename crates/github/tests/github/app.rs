//! The App's key and its tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use control::PortError;
use control::port::Forge;
use github::{GitHubForge, Settings};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use model::id::{InstallationId, JobId};
use model::job::Repository;
use model::observation::Answer;
use model::time::Timestamp;
use serde_json::{Value, json};

use crate::key;
use crate::server::{Asked, Reply, Server, reply};
use crate::world::{Key, START_S, TOKEN_CALL, Time, forge, forge_with, organization, token, with_token};

const JOB_CALL: &str = "GET /api/v3/repos/Codertocat/Hello-World/actions/jobs/1";

fn queued(_: &Asked) -> Reply {
    reply(200, json!({"id": 1, "status": "queued", "conclusion": null, "runner_id": null}).to_string())
}

#[tokio::test]
async fn one_token_serves_until_it_is_old() {
    let github = Server::start(with_token(queued)).await;
    let time = Time::start();
    let forge = forge(&github, &time);
    for _ in 0..2 {
        assert_eq!(forge.job(&organization(), JobId(1)).await.unwrap(), Answer::Queued);
        time.pass_s(54 * 60);
    }
    forge.job(&organization(), JobId(1)).await.unwrap();
    assert_eq!(github.calls(), [TOKEN_CALL, JOB_CALL, JOB_CALL, TOKEN_CALL, JOB_CALL]);
}

#[tokio::test]
async fn every_call_says_who_asks() {
    let github = Server::start(with_token(queued)).await;
    forge(&github, &Time::start()).job(&organization(), JobId(1)).await.unwrap();
    let [token, job] = <[Asked; 2]>::try_from(github.asked()).unwrap();
    for asked in [&token, &job] {
        let all = asked.headers.get_all("user-agent").iter().collect::<Vec<_>>();
        assert_eq!(all, [concat!("quillon/", env!("CARGO_PKG_VERSION"))]);
        assert_eq!(asked.headers["x-github-api-version"], "2022-11-28");
        assert_eq!(asked.headers["accept"], "application/vnd.github+json");
    }
    assert_eq!(job.headers["authorization"], "Bearer ghs_first");
    let jwt = token.headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    let key = DecodingKey::from_rsa_pem(key::public_pem().as_bytes()).unwrap();
    let claims = jsonwebtoken::decode::<Value>(jwt, &key, &validation).unwrap().claims;
    assert_eq!(claims, json!({"iss": "123456", "iat": START_S - 60, "exp": START_S + 540}));
}

#[tokio::test]
async fn a_token_that_was_refused_is_made_anew() {
    let n = AtomicUsize::new(0);
    let github = Server::start(move |asked| match asked.headers["authorization"].to_str().unwrap() {
        "Bearer ghs_0" => reply(401, r#"{"message":"Bad credentials"}"#),
        "Bearer ghs_1" => queued(asked),
        _ => token(&format!("ghs_{}", n.fetch_add(1, Ordering::Relaxed))),
    })
    .await;
    let forge = forge(&github, &Time::start());
    let error = forge.job(&organization(), JobId(1)).await.unwrap_err();
    assert!(matches!(error, PortError::Transient { .. }), "{error:?}");
    assert_eq!(forge.job(&organization(), JobId(1)).await.unwrap(), Answer::Queued);
    assert_eq!(github.calls(), [TOKEN_CALL, JOB_CALL, TOKEN_CALL, JOB_CALL]);
}

#[tokio::test]
async fn those_who_need_a_token_at_once_share_it() {
    let github = Server::start(with_token(queued)).await;
    let forge = forge(&github, &Time::start());
    let at = organization();
    let (a, b) = tokio::join!(forge.job(&at, JobId(1)), forge.job(&at, JobId(1)));
    a.unwrap();
    b.unwrap();
    assert_eq!(github.calls(), [TOKEN_CALL, JOB_CALL, JOB_CALL]);
    let other = Repository { installation: InstallationId(2), ..organization() };
    forge.job(&other, JobId(1)).await.unwrap();
    assert_eq!(github.calls()[3], "POST /api/v3/app/installations/2/access_tokens");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_fails_one_call() {
    let github = Server::start(with_token(queued)).await;
    let key = Arc::new(Key { failures: 1.into(), ..Key::default() });
    let forge = forge_with(&github, &Time::start(), key.clone());
    let error = forge.job(&organization(), JobId(1)).await.unwrap_err();
    assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
    assert!(github.calls().is_empty());
    forge.job(&organization(), JobId(1)).await.unwrap();
    forge.job(&organization(), JobId(1)).await.unwrap();
    assert_eq!(key.reads.load(Ordering::Relaxed), 2, "one failure, one token");
}

#[tokio::test]
async fn a_key_that_is_none_is_not_shown() {
    let github = Server::start(with_token(queued)).await;
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----";
    let key = Arc::new(Key { pem: pem.to_owned(), ..Key::default() });
    let error = forge_with(&github, &Time::start(), key).job(&organization(), JobId(1)).await.unwrap_err();
    assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
    assert!(!format!("{error:?} {}", control::Chain(&error)).contains("c2VjcmV0"));
}

#[tokio::test]
async fn a_key_that_was_replaced_is_followed_once() {
    let refusals = AtomicUsize::new(1);
    let github = Server::start(move |asked| {
        let is_refused = |left: usize| left.checked_sub(1);
        match asked.target.ends_with("/access_tokens") {
            true if refusals.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_refused).is_ok() => {
                reply(401, r#"{"message":"A JSON web token could not be decoded"}"#)
            }
            true => token("ghs_first"),
            false => queued(asked),
        }
    })
    .await;
    let key = Arc::new(Key { successor: Some(key::private_pem()), ..Key::default() });
    let forge = forge_with(&github, &Time::start(), key);
    assert_eq!(forge.job(&organization(), JobId(1)).await.unwrap(), Answer::Queued);
    assert_eq!(github.calls(), [TOKEN_CALL, TOKEN_CALL, JOB_CALL]);
}

#[tokio::test]
async fn an_app_that_is_not_installed_may_nothing() {
    for status in [401, 403, 404] {
        let github = Server::start(move |_| reply(status, r#"{"message":"so"}"#)).await;
        let error = forge(&github, &Time::start()).job(&organization(), JobId(1)).await.unwrap_err();
        assert!(matches!(error, PortError::Denied { .. }), "{status}: {error:?}");
    }
}

#[tokio::test]
async fn what_is_no_url_is_refused_at_once() {
    for api_url in ["", "api.github.com", "ftp://api.github.com", "https://", "https://api.github.com?x"] {
        let settings = Settings { api_url: api_url.to_owned(), app_id: 1, runner_group_id: 1 };
        let made = GitHubForge::new(&settings, Arc::new(Key::default()), Arc::new(|| Timestamp(0)));
        assert!(made.is_err(), "{api_url}");
    }
}
