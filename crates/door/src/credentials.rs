//! Credentials of a container: where they are asked for, and how long they are kept.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use secrecy::{ExposeSecret, SecretString};

mod document;
mod endpoint;

use crate::http;
use document::Document;
use endpoint::Endpoint;
pub use endpoint::EndpointError;

/// Time enough for a request made under them, and for a few tries to get the next ones.
const BEFORE_EXPIRY: Duration = Duration::from_secs(5 * 60);

/// Where credentials come from.
#[derive(Clone, Debug)]
pub enum CredentialsSource {
    /// The container credentials endpoint, as ECS tells it to a container.
    Container(ContainerEndpoint),
    /// Credentials that somebody else looks after.
    Fixed(Credentials),
}

/// The endpoint and the token it may want.
#[derive(Clone, Debug)]
pub struct ContainerEndpoint {
    endpoint: Endpoint,
    authorization: Option<SecretString>,
}

#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    #[error("the credentials endpoint did not answer")]
    Endpoint(#[source] Box<ureq::Error>),
    #[error("the credentials endpoint answered with HTTP status {0}")]
    Status(u16),
    /// Without what was read, which may be a secret.
    #[error("the credentials endpoint's answer holds no credentials")]
    Document,
}

impl CredentialsSource {
    /// What `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` holds. It wins over a full URI, as in the SDKs.
    pub fn relative(uri: &str) -> Result<Self, EndpointError> {
        Ok(Self::Container(ContainerEndpoint { endpoint: Endpoint::relative(uri)?, authorization: None }))
    }

    /// What `AWS_CONTAINER_CREDENTIALS_FULL_URI` and `AWS_CONTAINER_AUTHORIZATION_TOKEN` hold.
    pub fn full(uri: &str, authorization: Option<SecretString>) -> Result<Self, EndpointError> {
        Ok(Self::Container(ContainerEndpoint { endpoint: Endpoint::full(uri)?, authorization }))
    }
}

/// Credentials, and whether they were asked for just now.
pub(crate) struct Held {
    pub(crate) credentials: Credentials,
    pub(crate) is_remembered: bool,
}

/// Keeps credentials until shortly before they expire.
pub(crate) struct Wallet {
    source: CredentialsSource,
    agent: ureq::Agent,
    kept: Mutex<Option<Credentials>>,
}

impl Wallet {
    pub(crate) fn new(source: CredentialsSource) -> Self {
        Self { source, agent: http::local_agent(), kept: Mutex::new(None) }
    }

    pub(crate) fn get(&self, now: SystemTime) -> Result<Held, CredentialsError> {
        if let CredentialsSource::Fixed(credentials) = &self.source {
            return Ok(Held { credentials: credentials.clone(), is_remembered: false });
        }
        let kept = self.kept().clone();
        if let Some(credentials) = kept.clone().filter(|kept| lives_at(kept, now + BEFORE_EXPIRY)) {
            return Ok(Held { credentials, is_remembered: true });
        }
        let fresh = match (self.refresh(), kept) {
            // The last minutes of the old ones are there for this.
            (Err(_), Some(kept)) if lives_at(&kept, now) => Ok(kept),
            (asked, _) => asked,
        };
        fresh.map(|credentials| Held { credentials, is_remembered: false })
    }

    pub(crate) fn refresh(&self) -> Result<Credentials, CredentialsError> {
        let fresh = match &self.source {
            CredentialsSource::Fixed(credentials) => credentials.clone(),
            CredentialsSource::Container(endpoint) => self.fetch(endpoint)?,
        };
        *self.kept() = Some(fresh.clone());
        Ok(fresh)
    }

    fn fetch(&self, from: &ContainerEndpoint) -> Result<Credentials, CredentialsError> {
        let mut request = self.agent.get(from.endpoint.as_str());
        if let Some(token) = &from.authorization {
            request = request.header("authorization", token.expose_secret());
        }
        let failed = |e| CredentialsError::Endpoint(Box::new(e));
        let mut response = request.call().map_err(failed)?;
        if !response.status().is_success() {
            return Err(CredentialsError::Status(response.status().as_u16()));
        }
        let text = response.body_mut().read_to_string().map(SecretString::from).map_err(failed)?;
        Document::read(&text).ok_or(CredentialsError::Document)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Credentials>> {
        // Whoever panicked held the lock over one assignment: what is inside is whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lives_at(credentials: &Credentials, at: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| at < expiry)
}
