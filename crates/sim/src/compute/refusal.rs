//! What a service answers instead of doing it.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// Which of the three services is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Ecs,
    AutoScaling,
    Ec2,
}

/// An answer, or the service's own refusal.
pub type Answer = Result<Value, Refusal>;

/// An error in the service's own words.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    pub code: Cow<'static, str>,
    pub message: String,
    pub status: u16,
    /// Members beside code and message; only ECS's `ConflictException` has one.
    pub extra: Map<String, Value>,
}

impl Refusal {
    pub fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), message: message.into(), status, extra: Map::new() }
    }

    /// The word of each service for a caller who may not do this.
    pub fn denied(service: Service, message: impl Into<String>) -> Self {
        match service {
            Service::Ecs => Self::new("AccessDeniedException", 400, message),
            Service::AutoScaling => Self::new("AccessDenied", 403, message),
            Service::Ec2 => Self::new("UnauthorizedOperation", 403, message),
        }
    }

    /// The word of each service for a caller who asks too often.
    pub fn throttled(service: Service) -> Self {
        match service {
            Service::Ecs => Self::new("ThrottlingException", 400, "Rate exceeded"),
            Service::AutoScaling => Self::new("Throttling", 400, "Rate exceeded"),
            Service::Ec2 => Self::new("RequestLimitExceeded", 503, "Request limit exceeded."),
        }
    }

    /// The word of each service for an operation it does not have.
    pub fn unknown_action(service: Service, action: &str) -> Self {
        match service {
            Service::Ecs => Self::new("UnknownOperationException", 400, ""),
            Service::AutoScaling => Self::new(
                "InvalidAction",
                400,
                format!("Could not find operation {action} for version 2011-01-01"),
            ),
            Service::Ec2 => Self::new(
                "InvalidAction",
                400,
                format!("The action {action} is not valid for this web service."),
            ),
        }
    }

    /// The word of each service for a required member that is not there.
    pub(crate) fn missing(service: Service, name: &str) -> Self {
        match service {
            Service::Ecs => invalid(format!("{name} is required.")),
            Service::AutoScaling => validation(format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                lower_first(name)
            )),
            Service::Ec2 => {
                Self::new("MissingParameter", 400, format!("The request must contain the parameter {name}"))
            }
        }
    }

    /// The word of each service for a member of the wrong kind.
    pub(crate) fn malformed(service: Service, name: &str) -> Self {
        match service {
            Service::Ecs => {
                Self::new("SerializationException", 400, format!("{name} is not of the expected type"))
            }
            Service::AutoScaling => Self::new("MalformedInput", 400, format!("{name} is malformed")),
            Service::Ec2 => {
                Self::new("InvalidParameterValue", 400, format!("Invalid value for the parameter {name}"))
            }
        }
    }

    pub(crate) fn bad_page_token(service: Service) -> Self {
        match service {
            Service::Ecs => invalid("Invalid token"),
            Service::AutoScaling => Self::new("InvalidNextToken", 400, "The NextToken value is not valid."),
            Service::Ec2 => Self::new("InvalidPaginationToken", 400, "The pagination token is not valid."),
        }
    }
}

/// ECS: the request contradicts what is.
pub(crate) fn client(message: impl Into<String>) -> Refusal {
    Refusal::new("ClientException", 400, message)
}

/// ECS: the request contradicts itself.
pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidParameterException", 400, message)
}

/// Auto Scaling: nearly everything.
pub(crate) fn validation(message: impl Into<String>) -> Refusal {
    Refusal::new("ValidationError", 400, message)
}

fn lower_first(name: &str) -> String {
    let mut rest = name.chars();
    rest.next().map_or_else(String::new, |first| first.to_lowercase().chain(rest).collect())
}
