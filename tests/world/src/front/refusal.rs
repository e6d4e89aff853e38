//! Refusals in the services' own wire forms.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde_json::json;

use super::route::Dialect;

/// What went wrong, and how the service says it.
#[derive(Clone, Debug)]
pub(super) struct Refusal<'a> {
    pub(super) status: u16,
    pub(super) code: &'a str,
    pub(super) message: &'a str,
}

impl Refusal<'static> {
    pub(super) fn throttled(dialect: Dialect) -> Self {
        let (status, code, message) = match dialect {
            Dialect::Ec2 => (503, "RequestLimitExceeded", "Request limit exceeded."),
            Dialect::S3 => (503, "SlowDown", "Please reduce your request rate."),
            Dialect::Query => (400, "Throttling", "Rate exceeded"),
            Dialect::Rest => (429, "TooManyRequestsException", "Too Many Requests"),
            Dialect::Json => (400, "ThrottlingException", "Rate exceeded"),
        };
        Self { status, code, message }
    }

    pub(super) fn broken(dialect: Dialect) -> Self {
        let (code, message) = match dialect {
            Dialect::Json => ("InternalServerError", "Internal server error"),
            Dialect::Query => ("InternalFailure", "Internal failure"),
            Dialect::Ec2 | Dialect::S3 | Dialect::Rest => {
                ("InternalError", "We encountered an internal error. Please try again.")
            }
        };
        Self { status: 500, code, message }
    }
}

impl Refusal<'_> {
    pub(super) fn answer(&self, dialect: Dialect) -> Response<Body> {
        let Self { status, code, message } = self;
        let text = quick_xml::escape::escape(*message);
        let (kind, body) = match dialect {
            Dialect::Json => {
                ("application/x-amz-json-1.1", json!({"__type": code, "message": message}).to_string())
            }
            Dialect::Rest => ("application/json", json!({"message": message}).to_string()),
            Dialect::Query => (
                "text/xml",
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error><RequestId>world</RequestId></ErrorResponse>"
                ),
            ),
            Dialect::Ec2 => (
                "text/xml",
                format!(
                    "<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors><RequestID>world</RequestID></Response>"
                ),
            ),
            Dialect::S3 => (
                "application/xml",
                format!(
                    "<Error><Code>{code}</Code><Message>{text}</Message><RequestId>world</RequestId></Error>"
                ),
            ),
        };
        let mut answer = Response::new(Body::from(body));
        *answer.status_mut() = StatusCode::from_u16(*status).unwrap_or_default();
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        answer
    }
}
