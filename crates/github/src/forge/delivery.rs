//! Deliveries of the App's webhook: listed, and sent once more.

use control::PortError;
use control::port::DeliveryPage;
use http::{Method, StatusCode};
use model::delivery::{Delivery, Outcome};
use model::id::DeliveryId;
use model::time::Timestamp;
use serde::Deserialize;

use super::{GitHubForge, read};
use crate::client::Call;
use crate::error::{call_error, sort};
use crate::limit::{Caller, Purpose, Route};

const LIST: &str = "list of deliveries";
const AGAIN: &str = "redelivery";

/// The one kind of event that is listened to.
const EVENT: &str = "workflow_job";

#[derive(Deserialize)]
struct Item {
    id: u64,
    guid: String,
    delivered_at: jiff::Timestamp,
    #[serde(default)]
    redelivery: bool,
    status_code: u16,
    event: String,
}

impl GitHubForge {
    pub(super) async fn list_deliveries(&self, page: Option<&str>) -> Result<DeliveryPage, PortError> {
        let cursor = match page {
            Some(page) => format!("&cursor={}", query_value(page)?),
            None => String::new(),
        };
        let path = format!("/app/hook/deliveries?per_page=100{cursor}");
        let answer = self.call_as_app(&call(Caller::App(self.app.id), LIST, Method::GET, &path)).await?;
        if answer.status != StatusCode::OK {
            return Err(sort(LIST, &answer));
        }
        let items: Vec<Item> = read(LIST, &answer)?;
        let oldest = items.last().map(|item| time(item.delivered_at));
        let deliveries = items.into_iter().filter(|item| item.event == EVENT).map(|item| Delivery {
            id: DeliveryId(item.id),
            event: item.guid,
            at: time(item.delivered_at),
            is_again: item.redelivery,
            outcome: outcome(item.status_code),
        });
        Ok(DeliveryPage {
            deliveries: deliveries.collect(),
            oldest,
            next: answer.next.as_deref().and_then(cursor_of),
        })
    }

    pub(super) async fn attempt(&self, delivery: DeliveryId) -> Result<(), PortError> {
        let path = format!("/app/hook/deliveries/{delivery}/attempts");
        let answer = self.call_as_app(&call(Caller::App(self.app.id), AGAIN, Method::POST, &path)).await?;
        if answer.status.is_success() { Ok(()) } else { Err(sort(AGAIN, &answer)) }
    }
}

fn call<'a>(caller: Caller, doing: &'static str, method: Method, path: &'a str) -> Call<'a> {
    Call { doing, caller, purpose: Purpose::Upkeep, route: Route::Deliveries, method, path, body: None }
}

/// A body that we cannot read is read no better the next time.
fn outcome(status: u16) -> Outcome {
    match status {
        200..=299 => Outcome::Received,
        400 | 405 | 410 | 413 | 415 | 422 => Outcome::Refused,
        _ => Outcome::Failed,
    }
}

/// From the address that leads on.
fn cursor_of(next: &str) -> Option<String> {
    let (_, query) = next.split_once('?')?;
    let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor="))?;
    query_value(cursor).ok().map(ToOwned::to_owned)
}

/// It was GitHub's own, and stands in an address again, as it is.
fn query_value(text: &str) -> Result<&str, PortError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'~' | b'%');
    if text.is_empty() || !text.bytes().all(allowed) {
        return Err(PortError::Refused { source: call_error(LIST, "a cursor that is none of GitHub's") });
    }
    Ok(text)
}

fn time(at: jiff::Timestamp) -> Timestamp {
    Timestamp(u64::try_from(at.as_millisecond()).unwrap_or_default())
}
