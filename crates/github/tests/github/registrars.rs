//! Further Apps that register runners.

use std::sync::Arc;

use control::PortError;
use control::port::{Forge, Secret};
use github::GitHubForge;
use model::id::{JobId, LaunchId, RunnerName};
use model::registration::turns;
use serde_json::json;

use crate::server::{Asked, Reply, Server, reply};
use crate::world::{Key, TOKEN_CALL, Time, forge, organization, token, user};

const FIND: &str = "GET /api/v3/orgs/Codertocat/installation";
const FURTHER_TOKEN: &str = "POST /api/v3/app/installations/77/access_tokens";
const REGISTER: &str = "POST /api/v3/orgs/Codertocat/actions/runners/generate-jitconfig";

/// A name of which this App has the first turn.
fn name(app: usize) -> RunnerName {
    let mut names = (1..).map(|job| RunnerName { launch: LaunchId { job: JobId(job), n: 1 }, attempt: 1 });
    names.find(|name| turns(*name, 2).next() == Some(app)).unwrap()
}

fn two_apps(github: &Server, time: &Time, key: Key) -> GitHubForge {
    let key: Arc<dyn Secret> = Arc::new(key);
    forge(github, time).with_registrars([(234_567, key)])
}

/// Everything goes well, but for what a test says.
fn but(
    odd: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    move |asked| {
        odd(asked).unwrap_or_else(|| match asked.target.as_str() {
            it if it.ends_with("/installation") => reply(200, json!({"id": 77}).to_string()),
            it if it.ends_with("/access_tokens") => token("ghs_first"),
            _ => reply(201, json!({"encoded_jit_config": "e30="}).to_string()),
        })
    }
}

#[tokio::test]
async fn a_further_app_finds_its_installation_once() {
    let github = Server::start(but(|_| None)).await;
    let time = Time::start();
    let forge = two_apps(&github, &time, Key::default());
    for _ in 0..2 {
        forge.register(&organization(), name(1), &[]).await.unwrap();
    }
    assert_eq!(github.calls(), [FIND, FURTHER_TOKEN, REGISTER, REGISTER]);
    forge.register(&organization(), name(0), &[]).await.unwrap();
    assert_eq!(github.calls()[4..], [TOKEN_CALL, REGISTER]);
}

#[tokio::test]
async fn it_finds_the_repository_of_a_user() {
    let github = Server::start(but(|_| None)).await;
    two_apps(&github, &Time::start(), Key::default()).register(&user(), name(1), &[]).await.unwrap();
    assert_eq!(github.calls()[0], "GET /api/v3/repos/Codertocat/Hello-World/installation");
}

#[tokio::test]
async fn one_that_may_not_is_passed_over_and_left_alone_for_a_while() {
    for status in [401, 403, 404] {
        let odd = move |asked: &Asked| {
            asked.target.ends_with("/installation").then(|| reply(status, r#"{"message":"no"}"#))
        };
        let github = Server::start(but(odd)).await;
        let time = Time::start();
        let forge = two_apps(&github, &time, Key::default());
        for _ in 0..2 {
            forge.register(&organization(), name(1), &[]).await.unwrap();
        }
        assert_eq!(github.calls(), [FIND, TOKEN_CALL, REGISTER, REGISTER], "{status}");
        time.pass_s(5 * 60);
        forge.register(&organization(), name(1), &[]).await.unwrap();
        assert_eq!(github.calls()[4..], [FIND, REGISTER], "it is asked once more");
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_passed_over() {
    let github = Server::start(but(|_| None)).await;
    let key = Key { failures: 1.into(), ..Key::default() };
    let forge = two_apps(&github, &Time::start(), key);
    forge.register(&organization(), name(1), &[]).await.unwrap();
    assert_eq!(github.calls(), [TOKEN_CALL, REGISTER]);
}

#[tokio::test]
async fn one_that_has_spent_its_points_is_passed_over_and_waits_by_itself() {
    let odd = |asked: &Asked| {
        let is_first = asked.headers["authorization"] == "Bearer ghs_3456996";
        match asked.target.as_str() {
            it if it.contains("/3456996/access_tokens") => Some(token("ghs_3456996")),
            it if it.ends_with("/generate-jitconfig") && is_first => {
                let message = r#"{"message":"You have exceeded a secondary rate limit."}"#;
                Some(reply(403, message).header("retry-after", "30"))
            }
            _ => None,
        }
    };
    let github = Server::start(but(odd)).await;
    let time = Time::start();
    let forge = two_apps(&github, &time, Key::default());
    forge.register(&organization(), name(0), &[]).await.unwrap();
    assert_eq!(github.calls(), [TOKEN_CALL, REGISTER, FIND, FURTHER_TOKEN, REGISTER]);
    forge.register(&organization(), name(0), &[]).await.unwrap();
    assert_eq!(github.calls()[5..], [REGISTER], "the first is not asked before it may");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_asked_of_another() {
    let odd = |asked: &Asked| asked.target.ends_with("/generate-jitconfig").then(|| reply(502, ""));
    let github = Server::start(but(odd)).await;
    let forge = two_apps(&github, &Time::start(), Key::default());
    let made = forge.register(&organization(), name(0), &[]).await;
    assert!(matches!(made, Err(PortError::Transient { .. })), "{made:?}");
    assert_eq!(github.calls(), [TOKEN_CALL, REGISTER]);
}

#[tokio::test]
async fn all_that_is_not_a_registration_is_asked_by_the_first() {
    let odd =
        |asked: &Asked| asked.target.contains("/actions/jobs/").then(|| reply(200, r#"{"status":"queued"}"#));
    let github = Server::start(but(odd)).await;
    let forge = two_apps(&github, &Time::start(), Key::default());
    for job in 1..=8 {
        forge.job(&organization(), JobId(job)).await.unwrap();
    }
    assert!(!github.calls().contains(&FIND.to_owned()));
}
