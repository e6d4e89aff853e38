//! Why a call came to nothing.

use std::time::Duration;

use control::PortError;

use crate::github::Refusal;

#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("status {status}")]
    Status { status: u16, retry_after: Option<Duration> },
    #[error("the answer was lost")]
    Lost,
}

impl From<CallError> for PortError {
    fn from(error: CallError) -> Self {
        let (status, retry_after) = match &error {
            CallError::Refused(Refusal::Limited { retry_after, .. }) => (429, *retry_after),
            CallError::Refused(refusal) => (refusal.status(), None),
            CallError::Status { status, retry_after } => (*status, *retry_after),
            CallError::Lost => (0, None),
        };
        let source = Box::new(error);
        match status {
            429 => Self::Throttled { retry_after, source },
            401 | 403 => Self::Denied { source },
            404 => Self::NotFound { source },
            422 => Self::Refused { source },
            _ => Self::Transient { source },
        }
    }
}
