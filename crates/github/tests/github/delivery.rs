//! The App's deliveries, asked for as the App itself.

use std::sync::Arc;

use control::PortError;
use control::port::Forge;
use model::delivery::{Delivery, Outcome};
use model::id::DeliveryId;
use model::time::Timestamp;
use serde_json::{Value, json};

use crate::key;
use crate::server::{Server, reply};
use crate::world::{Key, START_S, Time, forge, forge_with};

fn item(id: u64, event: &str, status_code: u16) -> Value {
    json!({
        "id": id, "guid": format!("guid-{id}"), "delivered_at": "2026-11-21T10:00:00Z", "redelivery": id == 1,
        "duration": 0.1, "status": "OK", "status_code": status_code, "event": event, "action": "queued",
        "installation_id": 7, "repository_id": 8, "throttled_at": null,
    })
}

#[tokio::test]
async fn attempts_are_told_by_what_came_of_them_a_page_at_a_time() {
    let github = Server::start(|asked| {
        let items = if asked.target.contains("cursor") {
            vec![]
        } else {
            vec![
                item(5, "workflow_job", 202),
                item(4, "workflow_job", 502),
                item(3, "workflow_job", 0),
                item(2, "workflow_job", 401),
                item(1, "workflow_job", 400),
                item(0, "installation", 500),
            ]
        };
        let host = asked.headers["host"].to_str().unwrap();
        let next =
            format!("<http://{host}/api/v3/app/hook/deliveries?per_page=100&cursor=v1_12>; rel=\"next\"");
        reply(200, json!(items).to_string()).header("link", next)
    })
    .await;
    let forge = forge(&github, &Time::start());
    let page = forge.deliveries(None).await.unwrap();
    let outcomes: Vec<Outcome> = page.deliveries.iter().map(|it| it.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Received, Outcome::Failed, Outcome::Failed, Outcome::Failed, Outcome::Refused],
        "a signature may fit the next time, and a body that cannot be read may not"
    );
    let at = Timestamp(START_S * 1000);
    let last = Delivery {
        id: DeliveryId(1),
        event: "guid-1".to_owned(),
        at,
        is_again: true,
        outcome: Outcome::Refused,
    };
    assert_eq!(page.deliveries.last(), Some(&last), "other events are nobody's here");
    assert_eq!((page.oldest, page.next.as_deref()), (Some(at), Some("v1_12")));
    forge.deliveries(page.next.as_deref()).await.unwrap();
    let list = "GET /api/v3/app/hook/deliveries?per_page=100";
    assert_eq!(github.calls(), [list.to_owned(), format!("{list}&cursor=v1_12")]);
    let sent = github.asked()[0].headers["authorization"].to_str().unwrap().to_owned();
    assert_eq!(sent.matches('.').count(), 2, "a JSON web token");
}

#[tokio::test]
async fn an_event_is_sent_once_more() {
    let github = Server::start(|_| reply(202, "{}")).await;
    forge(&github, &Time::start()).redeliver(DeliveryId(7)).await.unwrap();
    assert_eq!(github.calls(), ["POST /api/v3/app/hook/deliveries/7/attempts"]);
    assert_eq!(github.asked()[0].body, "");
}

#[tokio::test]
async fn a_key_that_was_replaced_fits_at_the_second_try() {
    let n_asked = std::sync::atomic::AtomicUsize::new(0);
    let github = Server::start(move |_| match n_asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => reply(401, r#"{"message":"A JSON web token could not be decoded"}"#),
        _ => reply(200, "[]"),
    })
    .await;
    let key = Key { successor: Some(key::private_pem()), ..Key::default() };
    let forge = forge_with(&github, &Time::start(), Arc::new(key));
    assert_eq!(forge.deliveries(None).await.unwrap().deliveries, []);
}

#[tokio::test]
async fn a_cursor_is_nothing_but_a_part_of_a_query() {
    let github = Server::start(|_| reply(200, "[]")).await;
    let forge = forge(&github, &Time::start());
    for cursor in ["", "a&b=c", "a b", "a#b"] {
        let error = forge.deliveries(Some(cursor)).await.unwrap_err();
        assert!(matches!(error, PortError::Refused { .. }), "{cursor}: {error:?}");
    }
    assert!(github.calls().is_empty());
}
