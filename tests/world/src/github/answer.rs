//! An answer before it is written, and GitHub's shape of a refusal.

use serde_json::{Value, json};
use sim::github::Refusal;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self::with(200, body)
    }

    pub(crate) fn with(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), headers: Vec::new() }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, body: None, headers: Vec::new() }
    }

    pub(crate) fn refusal(refusal: &Refusal, documentation_url: &str) -> Self {
        let mut answer = Self::error(refusal.status(), &refusal.to_string(), documentation_url);
        if let Refusal::Limited { retry_after: Some(wait), .. } = refusal {
            answer.headers.push(("retry-after", wait.as_secs().max(1).to_string()));
        }
        answer
    }

    pub(crate) fn error(status: u16, message: &str, documentation_url: &str) -> Self {
        let url =
            if documentation_url.is_empty() { "https://docs.github.com/rest" } else { documentation_url };
        Self::with(
            status,
            json!({ "message": message, "documentation_url": url, "status": status.to_string() }),
        )
    }
}
