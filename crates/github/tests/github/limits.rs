//! How often GitHub is asked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use control::PortError;
use control::port::Forge;
use model::id::{JobId, RunId};

use crate::server::{Server, reply};
use crate::world::{START_S, Time, forge, user, with_token};

fn wait(error: PortError) -> Duration {
    let PortError::Throttled { retry_after: Some(wait), .. } = error else { panic!("{error:?}") };
    wait
}

#[tokio::test]
async fn nothing_more_is_asked_of_a_resource_that_is_used_up() {
    let github = Server::start(with_token(|asked| {
        let answer =
            if asked.target.contains("/jobs/") { r#"{"status":"queued"}"# } else { r#"{"event":"push"}"# };
        reply(200, answer)
            .header("x-ratelimit-resource", "core")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", (START_S + 30).to_string())
    }))
    .await;
    let time = Time::start();
    let forge = forge(&github, &time);
    forge.job(&user(), JobId(1)).await.unwrap();
    time.pass_s(10);
    assert_eq!(wait(forge.job(&user(), JobId(1)).await.unwrap_err()), Duration::from_secs(20));
    assert_eq!(github.calls().len(), 2, "a token and one job");
    time.pass_s(20);
    forge.job(&user(), JobId(1)).await.unwrap();
}

#[tokio::test]
async fn a_throttled_call_is_not_repeated_and_holds_the_others() {
    for status in [403, 429] {
        let first = AtomicBool::new(true);
        let github = Server::start(with_token(move |_| {
            if first.swap(false, Ordering::Relaxed) {
                let message = r#"{"message":"You have exceeded a secondary rate limit."}"#;
                return reply(status, message).header("retry-after", "7");
            }
            reply(200, r#"{"event":"push"}"#)
        }))
        .await;
        let time = Time::start();
        let forge = forge(&github, &time);
        assert_eq!(wait(forge.job(&user(), JobId(1)).await.unwrap_err()), Duration::from_secs(7));
        assert_eq!(wait(forge.trust(&user(), RunId(1)).await.unwrap_err()), Duration::from_secs(7));
        assert_eq!(github.calls().len(), 2);
        time.pass_s(7);
        forge.trust(&user(), RunId(1)).await.unwrap();
    }
}

#[tokio::test]
async fn a_permission_that_lacks_is_no_limit() {
    let github = Server::start(with_token(|_| {
        let message = r#"{"message":"Resource not accessible by integration"}"#;
        reply(403, message).header("x-ratelimit-remaining", "4999")
    }))
    .await;
    let forge = forge(&github, &Time::start());
    for _ in 0..2 {
        let error = forge.job(&user(), JobId(1)).await.unwrap_err();
        assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
    }
    assert_eq!(github.calls().len(), 3);
}
