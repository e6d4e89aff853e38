//! AWS's codes, sorted by what the caller should do next.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use control::{Chain, PortError};

/// What AWS said, or why it could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {said}")]
pub(crate) struct CallError {
    operation: &'static str,
    said: String,
}

pub(crate) fn call_error(operation: &'static str, said: impl Into<String>) -> Box<CallError> {
    Box::new(CallError { operation, said: said.into() })
}

/// An answer that lacks what it must have.
pub(crate) fn unusable(operation: &'static str, said: &str) -> PortError {
    PortError::Transient { source: call_error(operation, said) }
}

pub(crate) fn sort<E, R>(operation: &'static str, error: &SdkError<E, R>) -> PortError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    let source = call_error(operation, said(error));
    match error.code().map_or(Next::TryLater, next) {
        Next::Wait => PortError::Throttled { retry_after: None, source },
        Next::GiveUp => PortError::Refused { source },
        Next::Allow => PortError::Denied { source },
        Next::Forget => PortError::NotFound { source },
        Next::TryLater => PortError::Transient { source },
    }
}

/// AWS's code and sentence; without a code, why there was no answer.
pub(crate) fn said<E, R>(error: &SdkError<E, R>) -> String
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        (None, _) => Chain(error).to_string(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Wait,
    GiveUp,
    Allow,
    Forget,
    TryLater,
}

/// Not all there are: what is not here may work the next time.
fn next(code: &str) -> Next {
    match code {
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown" => Next::Wait,
        "InvalidParameterException"
        | "ClientException"
        | "ConflictException"
        | "ValidationError"
        | "ValidationException"
        | "InvalidParameterCombination"
        | "InvalidParameterValue"
        | "MissingParameter"
        | "IdempotentParameterMismatch"
        | "UnsupportedOperation"
        | "OperationNotPermitted"
        | "InvalidInstanceID.Malformed"
        | "UnsupportedFeatureException"
        | "PlatformUnknownException"
        | "PlatformTaskDefinitionIncompatibilityException"
        | "LimitExceeded"
        | "LimitExceededException" => Next::GiveUp,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthFailure"
        | "BlockedException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "OptInRequired"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException" => Next::Allow,
        "ClusterNotFoundException"
        | "TargetNotFoundException"
        | "ResourceNotFoundException"
        | "InvalidInstanceID.NotFound" => Next::Forget,
        _ => Next::TryLater,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_nobody_knows_may_work_the_next_time() {
        for code in [
            "ServerException",
            "InternalFailure",
            "ScalingActivityInProgress",
            "ResourceContention",
            "IdempotentCallInProgress",
            "Novelty",
        ] {
            assert_eq!(next(code), Next::TryLater, "{code}");
        }
    }

    #[test]
    fn every_service_has_its_own_word_for_a_denial() {
        for code in ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"] {
            assert_eq!(next(code), Next::Allow, "{code}");
        }
    }
}
