//! Turns what AWS answers into errors sorted by what to do next.

use std::error::Error as StdError;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use control::PortError;
use control::error::Source;

/// `call` names what was asked, as IAM writes it: `dynamodb:Query`.
pub fn port_error<E>(call: &str, error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let what = sort_error(&error);
    let retry_after = error.raw_response().and_then(|raw| retry_after(raw.headers().get("retry-after")?));
    what.into_port_error(retry_after, source(call, error))
}

/// What a code of AWS asks of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sorted {
    Throttled,
    Refused,
    Denied,
    NotFound,
    Transient,
}

impl Sorted {
    pub(crate) fn into_port_error(self, retry_after: Option<Duration>, source: Source) -> PortError {
        match self {
            Self::Throttled => PortError::Throttled { retry_after, source },
            Self::Refused => PortError::Refused { source },
            Self::Denied => PortError::Denied { source },
            Self::NotFound => PortError::NotFound { source },
            Self::Transient => PortError::Transient { source },
        }
    }
}

/// This is not every code there is: what is missing is logged, and belongs here.
pub(crate) fn sort_code(code: &str) -> Sorted {
    match code {
        throttle if is_throttle(throttle) => Sorted::Throttled,

        "AccessDenied"
        | "AccessDeniedException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "KmsAccessDenied"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "SignatureDoesNotMatch"
        | "UnauthorizedOperation"
        | "UnrecognizedClientException" => Sorted::Denied,

        "AWS.SimpleQueueService.NonExistentQueue"
        | "NoSuchBucket"
        | "NoSuchKey"
        | "ParameterNotFound"
        | "QueueDoesNotExist"
        | "ResourceNotFoundException" => Sorted::NotFound,

        "IdempotentParameterMismatchException"
        | "InvalidKeyId"
        | "InvalidMessageContents"
        | "InvalidParameterValue"
        | "ItemCollectionSizeLimitExceeded"
        | "ItemCollectionSizeLimitExceededException"
        | "MissingParameter"
        | "SerializationException"
        | "ValidationError"
        | "ValidationException" => Sorted::Refused,

        "InternalError"
        | "InternalFailure"
        | "InternalServerError"
        | "RequestTimeout"
        | "ServiceUnavailable"
        | "TransactionConflict"
        | "TransactionConflictException"
        | "TransactionInProgressException" => Sorted::Transient,

        unknown => {
            tracing::warn!(code = unknown, "AWS answered with a code that nobody has sorted yet");
            Sorted::Transient
        }
    }
}

/// Asked too often.
pub(crate) fn is_throttle(code: &str) -> bool {
    matches!(
        code,
        "LimitExceededException"
            | "ProvisionedThroughputExceeded"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "SlowDown"
            | "Throttling"
            | "ThrottlingError"
            | "ThrottlingException"
            | "TooManyRequestsException"
    )
}

/// An answer without a code did not come from the service itself.
pub(crate) fn sort_answer(code: Option<&str>, status: Option<u16>) -> Sorted {
    match (code, status) {
        (Some(code), _) => sort_code(code),
        (None, Some(401 | 403)) => Sorted::Denied,
        (None, Some(404)) => Sorted::NotFound,
        (None, Some(429)) => Sorted::Throttled,
        (None, Some(_) | None) => Sorted::Transient,
    }
}

/// What the header of this name says.
pub(crate) fn retry_after(seconds: &str) -> Option<Duration> {
    seconds.trim().parse().ok().map(Duration::from_secs)
}

fn sort_error<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Sorted {
    // The request was never sent, and never can be: a name that is no name.
    if matches!(error, SdkError::ConstructionFailure(_)) {
        return Sorted::Refused;
    }
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    sort_answer(code, error.raw_response().map(|raw| raw.status().as_u16()))
}

/// What is kept of an answer. Its body is not: it may be a secret.
#[derive(Debug, thiserror::Error)]
#[error("{call} answered {code}: {message} (request {request})")]
pub(crate) struct Refusal {
    pub(crate) call: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) request: String,
}

#[derive(Debug, thiserror::Error)]
#[error("{call} was not answered")]
pub(crate) struct Unanswered {
    pub(crate) call: String,
    pub(crate) source: Source,
}

fn source<E>(call: &str, error: SdkError<E, HttpResponse>) -> Source
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let call = call.to_owned();
    let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
    let Some(service) = error.as_service_error() else {
        return match error.into_source() {
            Ok(source) => Box::new(Unanswered { call, source }),
            Err(_) => call.into(),
        };
    };
    let request = service.meta().extra("aws_request_id").unwrap_or("unknown").to_owned();
    Box::new(Refusal {
        call,
        code: service.code().map_or_else(|| format!("status {status}"), str::to_owned),
        message: service.message().unwrap_or("no message").to_owned(),
        request,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_what_to_do_next() {
        for (code, sorted) in [
            ("ThrottlingException", Sorted::Throttled),
            ("AccessDenied", Sorted::Denied),
            ("ParameterNotFound", Sorted::NotFound),
            ("ValidationException", Sorted::Refused),
            ("InternalServerError", Sorted::Transient),
            ("SomethingNewException", Sorted::Transient),
        ] {
            assert_eq!(sort_code(code), sorted, "{code}");
        }
    }
}
