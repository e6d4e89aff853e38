//! Why a call failed.

use std::time::Duration;

use bytes::Bytes;
use control::PortError;
use control::error::Source;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Refusal, Unanswered, is_throttle, retry_after, sort_answer};

/// Sorted by what is known of the request's fate.
pub(crate) enum Failure {
    /// It was never sent, and never can be.
    Unsendable(Source),
    /// It may have been done.
    Unanswered(Source),
    Answered(Answered),
}

/// Any answer but a success.
pub(crate) struct Answered {
    status: u16,
    code: Option<String>,
    message: Option<String>,
    request: Option<String>,
    retry_after: Option<Duration>,
    body: Bytes,
}

/// What every error of these protocols says, in one of two spellings.
#[derive(Default, Deserialize)]
struct Said {
    #[serde(rename = "__type", alias = "code")]
    code: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

impl Failure {
    /// `call` names what was asked, as IAM writes it: `dynamodb:Query`.
    pub(crate) fn into_port_error(self, call: &str) -> PortError {
        let call = call.to_owned();
        match self {
            Self::Unsendable(source) => PortError::Refused { source: Box::new(Unanswered { call, source }) },
            Self::Unanswered(source) => {
                PortError::Transient { source: Box::new(Unanswered { call, source }) }
            }
            Self::Answered(answered) => {
                let what = sort_answer(answered.code.as_deref(), Some(answered.status));
                what.into_port_error(answered.retry_after, Box::new(answered.refusal(call)))
            }
        }
    }

    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Unsendable(_) | Self::Unanswered(_) => None,
            Self::Answered(answered) => answered.code.as_deref(),
        }
    }

    /// What else an error says.
    pub(crate) fn read<A: DeserializeOwned>(&self) -> Option<A> {
        match self {
            Self::Unsendable(_) | Self::Unanswered(_) => None,
            Self::Answered(answered) => serde_json::from_slice(&answered.body).ok(),
        }
    }

    pub(super) fn is_throttled(&self) -> bool {
        self.code().is_some_and(is_throttle)
    }

    /// Whether the same request may fare better in a moment.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unsendable(_) => false,
            Self::Unanswered(_) => true,
            Self::Answered(answered) => {
                matches!(answered.status, 500 | 502..=504) || self.code() == Some("RequestTimeout")
            }
        }
    }
}

impl Answered {
    pub(super) fn read(
        status: u16,
        code: Option<String>,
        request: Option<String>,
        retry: Option<String>,
        body: Bytes,
    ) -> Self {
        let said: Said = serde_json::from_slice(&body).unwrap_or_default();
        let code = code.or(said.code).map(|code| bare(&code).to_owned());
        let retry_after = retry.as_deref().and_then(retry_after);
        Self { status, code, message: said.message, request, retry_after, body }
    }

    fn refusal(self, call: String) -> Refusal {
        Refusal {
            call,
            code: self.code.unwrap_or_else(|| format!("status {}", self.status)),
            message: self.message.unwrap_or_else(|| "no message".to_owned()),
            request: self.request.unwrap_or_else(|| "unknown".to_owned()),
        }
    }
}

/// `com.amazonaws.dynamodb.v20120810#ThrottlingException:http://…` is a `ThrottlingException`.
fn bare(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, header: Option<&str>, body: &'static str) -> Answered {
        Answered::read(status, header.map(str::to_owned), None, None, Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn a_code_is_what_stands_between_the_namespace_and_the_link() {
        for (header, body) in [
            (None, r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"m"}"#),
            (None, r#"{"__type":"QueueDoesNotExist","Message":"m"}"#),
            (Some("QueueDoesNotExist:http://internal.amazon.com/"), r#"{"message":"m"}"#),
            (Some("QueueDoesNotExist"), r#"{"__type":"Other","message":"m"}"#),
        ] {
            let answered = answered(400, header, body);
            assert_eq!(
                (answered.code.as_deref(), answered.message.as_deref()),
                (Some("QueueDoesNotExist"), Some("m"))
            );
        }
    }

    #[test]
    fn what_is_no_answer_of_the_service_is_sorted_by_its_status() {
        for (status, is_passing) in [(400, false), (403, false), (500, true), (502, true), (503, true)] {
            let failure = Failure::Answered(answered(status, None, "<html>"));
            assert_eq!((failure.is_passing(), failure.is_throttled()), (is_passing, false), "{status}");
        }
        let denied = Failure::Answered(answered(403, None, "<html>")).into_port_error("sqs:SendMessage");
        assert!(matches!(denied, PortError::Denied { .. }), "{denied:?}");
    }

    #[test]
    fn who_asks_too_often_waits_longer() {
        let failure = Failure::Answered(answered(400, None, r#"{"__type":"a#ThrottlingException"}"#));
        assert!(failure.is_throttled());
    }
}
