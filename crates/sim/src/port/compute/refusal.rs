//! The model's refusals, sorted as the adapter sorts AWS's.

use control::PortError;

use super::super::CallFault;
use crate::compute::{Refusal, Service};

/// The words that each service has for "too often".
pub(super) fn is_throttled(code: &str) -> bool {
    matches!(code, "ThrottlingException" | "Throttling" | "RequestLimitExceeded")
}

/// What the service says instead of doing it; nothing, if it does.
pub(super) fn of_fault(fault: CallFault, service: Service) -> Option<Refusal> {
    match fault {
        CallFault::Throttled => Some(Refusal::throttled(service)),
        CallFault::Failed => {
            Some(Refusal::new("ServerException", 500, "Service Unavailable. Please try again later."))
        }
        CallFault::Denied => Some(Refusal::denied(service, "not authorized to perform this action")),
        CallFault::Lost => None,
    }
}

/// In the place of an answer that never came.
pub(super) fn lost() -> Refusal {
    Refusal::new("TimeoutError", 408, "the answer never came")
}

pub(super) fn sort(refusal: Refusal) -> PortError {
    let next: fn(control::error::Source) -> PortError = match refusal.code.as_ref() {
        code if is_throttled(code) => |source| PortError::Throttled { retry_after: None, source },
        "InvalidParameterException"
        | "ClientException"
        | "ConflictException"
        | "ValidationError"
        | "IdempotentParameterMismatch"
        | "LimitExceededException" => |source| PortError::Refused { source },
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
            |source| PortError::Denied { source }
        }
        "ClusterNotFoundException" => |source| PortError::NotFound { source },
        _ => |source| PortError::Transient { source },
    };
    next(Box::new(refusal))
}
