//! Why the door stayed shut, sorted by what the caller should do next.

use crate::credentials::{CredentialsError, EndpointError};

#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// Nobody can tell whether the request was heard: ask again, a claim with the same nonce.
    #[error("no answer from {path}")]
    Retry { path: &'static str, source: Cause },
    /// Never ask again.
    #[error("refused: {message}")]
    Refused { message: String },
    /// What was asked for is over: stop without having failed.
    #[error("this launch has ended: {message}")]
    Ended { message: String },
}

/// What went wrong on the way.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error("no credentials")]
    Credentials(#[from] CredentialsError),
    #[error("the request could not be signed")]
    Signing(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the connection failed")]
    Transport(#[source] Box<ureq::Error>),
    #[error("HTTP status {0}")]
    Status(u16),
    /// Without what was read, which may be a secret.
    #[error("HTTP status {0} with a body that is no answer")]
    Unreadable(u16),
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "`{url}` is not the URL of an HTTP API, as in `https://abc.execute-api.eu-central-1.amazonaws.com`"
    )]
    ApiUrl { url: String },
    #[error("the proxy is not a URL as in `http://proxy.example:3128`")]
    Proxy,
    #[error("the credentials endpoint cannot be used")]
    Endpoint(#[from] EndpointError),
}
