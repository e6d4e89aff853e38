//! Registering, removing and asking.

use std::sync::atomic::{AtomicUsize, Ordering};

use control::PortError;
use control::port::{Forge, Removed, Reran};
use model::Trust;
use model::id::{JobId, RunId, RunnerName};
use model::job::Repository;
use model::observation::Answer;
use model::time::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::server::{Asked, Reply, Server, reply};
use crate::world::{TOKEN_CALL, Time, forge, name, organization, user, with_token};

const ORG: &str = "/api/v3/orgs/Codertocat/actions/runners";
const REPO: &str = "/api/v3/repos/Codertocat/Hello-World";

fn registered() -> Reply {
    let answer = json!({
        "runner": {"id": 23, "runner_group_id": 7, "name": name().to_string(), "os": "unknown",
            "status": "offline", "busy": false, "labels": [{"id": 1, "name": "dagger", "type": "custom"}]},
        "encoded_jit_config": "c2VjcmV0",
    });
    reply(201, answer.to_string())
}

fn listed(names: &[&str]) -> Reply {
    let runners: Vec<Value> = names
        .iter()
        .zip(40..)
        .map(|(name, id)| json!({"id": id, "name": name, "os": "linux", "status": "offline", "busy": false}))
        .collect();
    reply(200, json!({"total_count": runners.len(), "runners": runners}).to_string())
}

async fn register(at: &Repository, github: &Server) -> Result<String, PortError> {
    let labels = ["dagger-v0-19-4-4c-8g".to_owned(), "Self-Hosted".to_owned()];
    let config = forge(github, &Time::start()).register(at, name(), &labels).await?;
    assert!(!format!("{config:?}").contains("c2VjcmV0"));
    Ok(config.0.expose_secret().to_owned())
}

#[tokio::test]
async fn a_runner_of_an_organisation_goes_into_its_group_with_exactly_these_labels() {
    let github = Server::start(with_token(|_| registered())).await;
    assert_eq!(register(&organization(), &github).await.unwrap(), "c2VjcmV0");
    assert_eq!(github.calls(), [TOKEN_CALL, &format!("POST {ORG}/generate-jitconfig")]);
    let asked = &github.asked()[1];
    assert_eq!(asked.headers["content-type"], "application/json");
    assert_eq!(
        asked.json(),
        json!({
            "name": "quillon-289782451-1-1",
            "runner_group_id": 7,
            "labels": ["dagger-v0-19-4-4c-8g", "Self-Hosted"],
            "work_folder": "_work",
        })
    );
}

#[tokio::test]
async fn a_runner_of_a_user_goes_to_the_repository() {
    let github = Server::start(with_token(|_| registered())).await;
    register(&user(), &github).await.unwrap();
    assert_eq!(github.calls()[1], format!("POST {REPO}/actions/runners/generate-jitconfig"));
    assert_eq!(github.asked()[1].json()["runner_group_id"], 1);
}

/// A GitHub that has a registration of our name, and says `deleted` when it is to go.
async fn taken(deleted: u16, others: &'static [&'static str]) -> Server {
    let posts = AtomicUsize::new(0);
    Server::start(with_token(move |asked: &Asked| match asked.method.as_str() {
        "POST" if posts.fetch_add(1, Ordering::Relaxed) > 0 => registered(),
        "POST" => reply(409, r#"{"message":"Already exists - A runner with the name *** already exists."}"#),
        "GET" => listed(others),
        _ => reply(deleted, ""),
    }))
    .await
}

#[tokio::test]
async fn a_registration_whose_answer_was_lost_is_replaced() {
    for deleted in [204, 404] {
        let github = taken(deleted, &["somebody", "quillon-289782451-1-1"]).await;
        register(&organization(), &github).await.unwrap();
        let post = format!("POST {ORG}/generate-jitconfig");
        let get = format!("GET {ORG}?name=quillon-289782451-1-1");
        let delete = format!("DELETE {ORG}/41");
        assert_eq!(github.calls()[1..], [post.clone(), get, delete, post]);
    }
}

#[tokio::test]
async fn a_registration_that_has_gone_by_itself_is_made_anew() {
    let github = taken(500, &[]).await;
    register(&organization(), &github).await.unwrap();
    assert_eq!(github.calls().len(), 4);
}

#[tokio::test]
async fn a_registration_that_is_at_work_is_left_alone() {
    let github = taken(422, &["quillon-289782451-1-1"]).await;
    let error = register(&organization(), &github).await.unwrap_err();
    assert!(matches!(error, PortError::Refused { .. }), "{error:?}");
    assert_eq!(github.calls().len(), 4, "and not asked for once more");
}

#[tokio::test]
async fn a_conflict_that_stays_ends() {
    let github = Server::start(with_token(|asked| match asked.method.as_str() {
        "POST" => reply(409, r#"{"message":"Already exists"}"#),
        _ => listed(&[]),
    }))
    .await;
    let error = register(&organization(), &github).await.unwrap_err();
    assert!(matches!(error, PortError::Transient { .. }), "{error:?}");
    assert_eq!(github.calls().len(), 4);
}

#[tokio::test]
async fn refusals_are_sorted_by_what_to_do_next_and_never_repeated() {
    let sorted = async |status| {
        let github = Server::start(with_token(move |_| reply(status, r#"{"message":"so"}"#))).await;
        let error = register(&organization(), &github).await.unwrap_err();
        assert_eq!(github.calls().len(), 2, "{status}");
        error
    };
    assert!(matches!(sorted(400).await, PortError::Refused { .. }));
    assert!(matches!(sorted(403).await, PortError::Denied { .. }));
    assert!(matches!(sorted(404).await, PortError::NotFound { .. }));
    assert!(matches!(sorted(422).await, PortError::Refused { .. }));
    assert!(matches!(sorted(500).await, PortError::Transient { .. }));
    assert!(matches!(sorted(502).await, PortError::Transient { .. }));
    let error = sorted(422).await;
    assert_eq!(control::Chain(&error).to_string(), "refused: runner registration: 422 so");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_shown() {
    let github = Server::start(with_token(|_| reply(201, r#"{"encoded_jit_config":["c2VjcmV0"]}"#))).await;
    let error = register(&organization(), &github).await.unwrap_err();
    assert!(!format!("{error:?} {}", control::Chain(&error)).contains("c2VjcmV0"));
}

#[tokio::test]
async fn a_runner_is_removed_by_its_number_unless_it_is_at_work() {
    for (status, removed) in [(204, Removed::Gone), (404, Removed::Gone), (422, Removed::Busy)] {
        let github = Server::start(with_token(move |asked| match asked.method.as_str() {
            "GET" => listed(&["quillon-289782451-1-1"]),
            _ => reply(status, ""),
        }))
        .await;
        let answer = forge(&github, &Time::start()).remove(&user(), name()).await.unwrap();
        assert_eq!(answer, removed);
        assert_eq!(github.calls()[2], format!("DELETE {REPO}/actions/runners/40"));
    }
    let github = Server::start(with_token(|_| listed(&[]))).await;
    assert_eq!(forge(&github, &Time::start()).remove(&user(), name()).await.unwrap(), Removed::Gone);
    assert_eq!(github.calls().len(), 2);
}

async fn job(status: u16, answer: Value) -> Result<Answer, PortError> {
    let github = Server::start(with_token(move |_| reply(status, answer.to_string()))).await;
    forge(&github, &Time::start()).job(&user(), JobId(9)).await
}

#[tokio::test]
async fn a_job_is_what_github_says() {
    let of = async |answer| job(200, answer).await.unwrap();
    let none = json!({"status": "queued", "conclusion": null, "runner_id": null, "runner_name": null});
    assert_eq!(of(none).await, Answer::Queued);
    for status in ["requested", "pending"] {
        assert_eq!(of(json!({"status": status})).await, Answer::Queued, "launched rather than lost");
    }
    assert_eq!(of(json!({"status": "waiting"})).await, Answer::Waiting);
    let running = |name| json!({"status": "in_progress", "runner_id": 3, "runner_name": name});
    let ours = Some(name());
    assert_eq!(of(running("quillon-289782451-1-1")).await, Answer::Running { runner: ours });
    assert_eq!(of(running("GitHub Actions 5")).await, Answer::Running { runner: None::<RunnerName> });
    let ended = |id: Value, name: Value| json!({"status": "completed", "conclusion": "cancelled", "runner_id": id, "runner_name": name});
    let answer = |runner: Option<&str>, has_run| Answer::Ended {
        conclusion: Some("cancelled".to_owned()),
        runner: runner.map(ToOwned::to_owned),
        has_run,
        at: None,
    };
    assert_eq!(of(ended(json!(0), json!(""))).await, answer(None, false));
    assert_eq!(of(ended(json!(null), json!(null))).await, answer(None, false));
    assert_eq!(of(ended(json!(5), json!("r"))).await, answer(Some("r"), true));
    let late =
        json!({"status": "completed", "conclusion": "failure", "completed_at": "2021-09-13T02:21:13Z"});
    let Answer::Ended { at, .. } = of(late).await else { panic!("it has ended") };
    assert_eq!(at, Some(Timestamp(1_631_499_673_000)));
    assert_eq!(job(404, json!({"message": "Not Found"})).await.unwrap(), Answer::Gone);
    for odd in [json!({"status": "novel"}), json!({}), json!([])] {
        assert!(matches!(job(200, odd).await, Err(PortError::Transient { .. })));
    }
}

#[tokio::test]
async fn only_a_run_of_the_repositorys_own_code_is_trusted() {
    let of = async |event: &str, head: Value| {
        let answer =
            json!({"id": 3, "event": event, "repository": {"id": 186_853_002}, "head_repository": head});
        let github = Server::start(with_token(move |_| reply(200, answer.to_string()))).await;
        let trust = forge(&github, &Time::start()).trust(&user(), RunId(3)).await.unwrap();
        assert_eq!(github.calls()[1], format!("GET {REPO}/actions/runs/3"));
        trust
    };
    assert_eq!(of("push", json!({"id": 186_853_002, "fork": false})).await, Trust::Trusted);
    assert_eq!(of("pull_request", json!({"id": 186_853_002})).await, Trust::Trusted);
    assert_eq!(of("pull_request", json!({"id": 99, "fork": true})).await, Trust::Untrusted);
    assert_eq!(of("pull_request", json!(null)).await, Trust::Untrusted, "a fork that was deleted");
    assert_eq!(of("pull_request_target", json!({"id": 99})).await, Trust::Untrusted);
    assert_eq!(of("workflow_run", json!({"id": 186_853_002})).await, Trust::Trusted);
}

#[tokio::test]
async fn a_run_has_ended_when_it_has_a_conclusion() {
    let of = async |answer: Value| {
        let github = Server::start(with_token(move |_| reply(200, answer.to_string()))).await;
        let state = forge(&github, &Time::start()).run(&user(), RunId(3)).await.unwrap();
        assert_eq!(github.calls()[1], format!("GET {REPO}/actions/runs/3"));
        (state.attempt, state.conclusion)
    };
    let failure = Some("failure".to_owned());
    assert_eq!(
        of(json!({"status": "completed", "conclusion": "failure", "run_attempt": 2})).await,
        (2, failure)
    );
    assert_eq!(of(json!({"status": "in_progress", "conclusion": null, "run_attempt": 1})).await, (1, None));
    // An earlier attempt's, perhaps.
    assert_eq!(of(json!({"status": "queued", "conclusion": "failure", "run_attempt": 2})).await, (2, None));
    assert_eq!(of(json!({"status": null, "conclusion": null})).await, (1, None));
}

#[tokio::test]
async fn a_run_runs_again_or_says_why_not() {
    let of = async |status: u16, message: &str| {
        let answer = json!({"message": message}).to_string();
        let github = Server::start(with_token(move |_| reply(status, answer.clone()))).await;
        let reran = forge(&github, &Time::start()).rerun(&user(), RunId(3)).await;
        assert_eq!(github.calls()[1], format!("POST {REPO}/actions/runs/3/rerun-failed-jobs"));
        reran
    };
    assert_eq!(of(201, "").await.unwrap(), Reran::Started);
    let running = "This workflow is already running";
    assert_eq!(of(403, running).await.unwrap(), Reran::Refused(running.to_owned()));
    assert_eq!(of(409, "Conflict").await.unwrap(), Reran::Refused("Conflict".to_owned()));
    // The App was not given the permission: somebody has to be told.
    let denied = of(403, "Resource not accessible by integration").await;
    assert!(matches!(denied, Err(PortError::Denied { .. })), "{denied:?}");
    assert!(matches!(of(404, "Not Found").await, Err(PortError::NotFound { .. })));
    assert!(matches!(of(502, "").await, Err(PortError::Transient { .. })));
}

#[tokio::test]
async fn a_run_that_is_not_there_is_not_trusted() {
    let github = Server::start(with_token(|_| reply(404, r#"{"message":"Not Found"}"#))).await;
    let error = forge(&github, &Time::start()).trust(&user(), RunId(3)).await.unwrap_err();
    assert!(matches!(error, PortError::NotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn a_name_becomes_nothing_but_a_part_of_a_path() {
    let github = Server::start(with_token(|_| registered())).await;
    for owner in ["", "..", "a/b", "a?b", "a b", "a%2fb"] {
        let at = Repository { owner: owner.to_owned(), ..user() };
        let error = forge(&github, &Time::start()).job(&at, JobId(1)).await.unwrap_err();
        assert!(matches!(error, PortError::Refused { .. }), "{owner}: {error:?}");
    }
    assert!(github.calls().is_empty());
}

#[tokio::test]
async fn a_repository_that_was_renamed_is_one_step_away() {
    let github = Server::start(with_token(|asked| match asked.target.as_str() {
        "/api/v3/repositories/186853002/actions/jobs/9" => reply(200, r#"{"status":"queued"}"#),
        _ => {
            let host = asked.headers["host"].to_str().unwrap();
            let to = format!("http://{host}/api/v3/repositories/186853002/actions/jobs/9");
            reply(301, r#"{"message":"Moved Permanently"}"#).header("location", to)
        }
    }))
    .await;
    assert_eq!(forge(&github, &Time::start()).job(&user(), JobId(9)).await.unwrap(), Answer::Queued);
}

#[tokio::test]
async fn a_token_never_goes_to_another_host() {
    let other = Server::start(|_| reply(200, r#"{"status":"queued"}"#)).await;
    let to = format!("{}/x", other.url());
    let github = Server::start(with_token(move |_| reply(302, "").header("location", to.clone()))).await;
    assert!(forge(&github, &Time::start()).job(&user(), JobId(9)).await.is_err());
    assert!(other.calls().is_empty());
}
