//! From an HTTP response to an answer of the protocol, or to what to do without one.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wire::claim::{ClaimAnswer, NodeAnswer, ReportAnswer};

use crate::error::{Cause, DoorError};

/// A response as it came. The body of an answered claim is a secret.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: SecretString,
}

/// An answer of the protocol, which says its HTTP status a second time.
pub(crate) trait Answer: DeserializeOwned {
    fn http_status(&self) -> u16;

    /// The answer that has no body, told from its status.
    fn without_body(_status: u16) -> Option<Self> {
        None
    }
}

/// What the gateway in front of the broker says by itself.
#[derive(Deserialize)]
struct GatewayMessage {
    #[serde(alias = "Message")]
    message: String,
}

impl Reply {
    pub(crate) fn is_refused_by_gateway<A: Answer>(&self) -> bool {
        self.status == 403 && self.answer::<A>().is_none()
    }

    pub(crate) fn read<A: Answer>(&self, path: &'static str) -> Result<A, DoorError> {
        let retry = |source| Err(DoorError::Retry { path, source });
        match (self.answer(), self.status) {
            (Some(answer), _) => Ok(answer),
            (None, 408 | 425 | 429 | 500..) => retry(Cause::Status(self.status)),
            (None, 400..) => Err(DoorError::Refused { message: self.gateway_message() }),
            (None, _) => retry(Cause::Unreadable(self.status)),
        }
    }

    fn answer<A: Answer>(&self) -> Option<A> {
        let read = || serde_json::from_str(self.body.expose_secret()).ok();
        A::without_body(self.status).or_else(read).filter(|answer: &A| answer.http_status() == self.status)
    }

    fn gateway_message(&self) -> String {
        match serde_json::from_str::<GatewayMessage>(self.body.expose_secret()) {
            Ok(said) => format!("HTTP status {}, {}", self.status, said.message),
            Err(_) => format!("HTTP status {}", self.status),
        }
    }
}

impl Answer for ClaimAnswer {
    fn http_status(&self) -> u16 {
        self.http_status()
    }
}

impl Answer for NodeAnswer {
    fn http_status(&self) -> u16 {
        self.http_status()
    }
}

impl Answer for ReportAnswer {
    fn http_status(&self) -> u16 {
        self.http_status()
    }

    fn without_body(status: u16) -> Option<Self> {
        (status == 204).then_some(Self::Noted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<A: Answer + std::fmt::Debug>(status: u16, body: &str) -> String {
        match (Reply { status, body: body.into() }).read::<A>("/claim") {
            Ok(answer) => format!("{answer:?}"),
            Err(DoorError::Retry { source, .. }) => format!("retry: {source}"),
            Err(error @ (DoorError::Refused { .. } | DoorError::Ended { .. })) => error.to_string(),
        }
    }

    #[test]
    fn an_answer_whose_status_and_body_disagree_is_asked_again() {
        let body = r#"{"status":"wait","retry_after_ms":1000}"#;
        assert_eq!(read::<ClaimAnswer>(202, body), "Wait { retry_after_ms: 1000, standby: false }");
        assert_eq!(read::<ClaimAnswer>(200, body), "retry: HTTP status 200 with a body that is no answer");
        assert_eq!(
            read::<ClaimAnswer>(200, "<html>"),
            "retry: HTTP status 200 with a body that is no answer"
        );
        assert_eq!(read::<ClaimAnswer>(302, ""), "retry: HTTP status 302 with a body that is no answer");
    }

    #[test]
    fn a_server_in_trouble_is_asked_again() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert_eq!(
                read::<ClaimAnswer>(status, r#"{"message":"Service Unavailable"}"#),
                format!("retry: HTTP status {status}")
            );
        }
    }

    #[test]
    fn what_the_gateway_refuses_is_refused() {
        assert_eq!(
            read::<ClaimAnswer>(403, r#"{"message":"Forbidden"}"#),
            "refused: HTTP status 403, Forbidden"
        );
        assert_eq!(read::<NodeAnswer>(403, r#"{"Message":"no"}"#), "refused: HTTP status 403, no");
        assert_eq!(read::<ClaimAnswer>(404, ""), "refused: HTTP status 404");
        assert_eq!(read::<ClaimAnswer>(410, ""), "refused: HTTP status 410");
    }

    #[test]
    fn a_report_is_noted_without_a_body() {
        assert_eq!(read::<ReportAnswer>(204, ""), "Noted");
        assert_eq!(
            read::<ReportAnswer>(403, r#"{"status":"refused","message":"no"}"#),
            r#"Refused { message: "no" }"#
        );
    }
}
