//! Check runs.

use control::PortError;
use control::port::{Forge, Notice};
use model::id::JobId;
use serde_json::{Value, json};

use crate::server::{Server, reply};
use crate::world::{Time, forge, user, with_token};

const REPO: &str = "/api/v3/repos/Codertocat/Hello-World";
const COMMIT: &str = "3484a3fb816e0859fd6e1cea078d76385ff50625";

fn notice() -> Notice {
    Notice {
        job: JobId(289_782_451),
        commit: COMMIT.to_owned(),
        labels: "dagger-v0-19-4-4x".to_owned(),
        text: "`4x` is no part of a label; write a size like `4c-8g`".to_owned(),
    }
}

fn listed(external_ids: &[&str]) -> String {
    let runs: Vec<Value> = external_ids
        .iter()
        .map(|id| json!({"id": 1, "name": "Quillon: dagger-v0-19-4-4x", "external_id": id}))
        .collect();
    json!({"total_count": runs.len(), "check_runs": runs}).to_string()
}

#[tokio::test]
async fn an_author_is_told_beside_the_commit() {
    let github = Server::start(with_token(|asked| match asked.method.as_str() {
        "GET" => reply(200, listed(&["1"])),
        _ => reply(201, "{}"),
    }))
    .await;
    forge(&github, &Time::start()).tell(&user(), &notice()).await.unwrap();
    assert_eq!(
        github.calls()[1..],
        [
            format!("GET {REPO}/commits/{COMMIT}/check-runs?filter=all&per_page=100"),
            format!("POST {REPO}/check-runs")
        ]
    );
    assert_eq!(
        github.asked()[2].json(),
        json!({
            "name": "Quillon: dagger-v0-19-4-4x",
            "head_sha": COMMIT,
            "external_id": "289782451",
            "status": "completed",
            "conclusion": "action_required",
            "output": {
                "title": "This job cannot run",
                "summary": "`runs-on: dagger-v0-19-4-4x`: `4x` is no part of a label; write a size like `4c-8g`.",
            },
        })
    );
}

#[tokio::test]
async fn telling_twice_is_telling_once() {
    let github = Server::start(with_token(|_| reply(200, listed(&["289782451"])))).await;
    forge(&github, &Time::start()).tell(&user(), &notice()).await.unwrap();
    assert_eq!(github.calls().len(), 2, "a token and a list");
}

#[tokio::test]
async fn a_permission_that_lacks_is_not_tried_again_within_the_hour() {
    let github =
        Server::start(with_token(|_| reply(403, r#"{"message":"Resource not accessible by integration"}"#)))
            .await;
    let time = Time::start();
    let forge = forge(&github, &time);
    for _ in 0..3 {
        let error = forge.tell(&user(), &notice()).await.unwrap_err();
        assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
    }
    assert_eq!(github.calls().len(), 2);
    time.pass_s(3_601);
    forge.tell(&user(), &notice()).await.unwrap_err();
    assert!(github.calls().len() > 2);
}
