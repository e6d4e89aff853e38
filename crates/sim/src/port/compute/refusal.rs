//! The model's refusals, sorted as the adapter sorts AWS's.

use control::PortError;

use crate::compute::Refusal;

/// The words that each service has for "too often".
pub(super) fn is_throttled(code: &str) -> bool {
    matches!(code, "ThrottlingException" | "Throttling" | "RequestLimitExceeded")
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
