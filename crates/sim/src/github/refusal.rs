//! Why GitHub says no.

use std::time::Duration;

/// A call refused, by the status it is answered with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Bad credentials")]
    Unauthorized,
    #[error("{0}")]
    Forbidden(String),
    #[error("Not Found")]
    NotFound,
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    Unprocessable(String),
    /// Over a limit. `retry_after` stands in the answer only for secondary limits.
    #[error("{message}")]
    Limited { message: String, retry_after: Option<Duration> },
}

impl Refusal {
    pub fn status(&self) -> u16 {
        match self {
            Self::Unauthorized => 401,
            Self::Forbidden(_) | Self::Limited { .. } => 403,
            Self::NotFound => 404,
            Self::Conflict(_) => 409,
            Self::Unprocessable(_) => 422,
        }
    }
}
