//! Pages of a list, with the `Link` header that leads on.

use serde_json::{Value, json};

use super::Ask;
use crate::github::answer::Answer;

const USUAL: usize = 30;
const MOST: usize = 100;

pub(super) fn size(ask: &Ask<'_>) -> usize {
    ask.query.get("per_page").and_then(|text| text.parse().ok()).unwrap_or(USUAL).clamp(1, MOST)
}

/// One page of `items`, under `name` beside their count, or bare when there is no name.
pub(super) fn of(ask: &Ask<'_>, name: Option<&str>, items: Vec<Value>) -> Answer {
    let size = size(ask);
    let page = ask.query.get("page").and_then(|text| text.parse().ok()).unwrap_or(1_usize).max(1);
    let last = items.len().div_ceil(size).max(1);
    let total = items.len();
    let shown: Vec<Value> = items.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    let mut answer = Answer::ok(match name {
        Some(name) => json!({ "total_count": total, name: shown }),
        None => json!(shown),
    });
    let mut links = Vec::new();
    if page > 1 {
        links.push(link(ask, "prev", "page", &(page - 1).to_string()));
    }
    if page < last {
        links.push(link(ask, "next", "page", &(page + 1).to_string()));
        links.push(link(ask, "last", "page", &last.to_string()));
    }
    if page > 1 {
        links.push(link(ask, "first", "page", "1"));
    }
    if !links.is_empty() {
        answer.headers.push(("link", links.join(", ")));
    }
    answer
}

/// `<this call with one parameter set>; rel="…"`.
pub(super) fn link(ask: &Ask<'_>, rel: &str, name: &str, value: &str) -> String {
    let kept = ask.query.iter().filter(|(key, _)| *key != name).map(|(k, v)| (k.as_str(), v.as_str()));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept.chain([(name, value)]))
        .finish();
    format!("<{}?{query}>; rel=\"{rel}\"", ask.url)
}
