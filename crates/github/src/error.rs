//! GitHub's answers, sorted by what the caller should do next.

use control::PortError;
use http::StatusCode;
use serde::Deserialize;

use crate::client::Answer;

/// What GitHub said, or why it could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {said}")]
pub(crate) struct CallError {
    doing: &'static str,
    said: String,
}

pub(crate) fn call_error(doing: &'static str, said: impl Into<String>) -> Box<CallError> {
    Box::new(CallError { doing, said: said.into() })
}

/// An answer that lacks what it must have. It is not shown: it may hold a secret.
pub(crate) fn unusable(doing: &'static str, said: &str) -> PortError {
    PortError::Transient { source: call_error(doing, said) }
}

/// An answer that the caller has no use for.
pub(crate) fn sort(doing: &'static str, answer: &Answer) -> PortError {
    let source =
        call_error(doing, format!("{} {}", answer.status.as_u16(), message(&answer.body)).trim_end());
    match answer.status {
        StatusCode::FORBIDDEN => PortError::Denied { source },
        StatusCode::NOT_FOUND | StatusCode::GONE => PortError::NotFound { source },
        // A token that was revoked; the next call makes another.
        StatusCode::UNAUTHORIZED | StatusCode::REQUEST_TIMEOUT => PortError::Transient { source },
        status if status.is_client_error() => PortError::Refused { source },
        _ => PortError::Transient { source },
    }
}

/// The sentence that every error of GitHub's has.
pub(crate) fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    let message = serde_json::from_slice(body).map(|Message { message }| message).unwrap_or_default();
    message.chars().take(300).collect()
}
