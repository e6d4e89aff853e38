//! Secrets from the parameter store, read once and again when they no longer fit.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_types::SdkConfig;
use control::PortError;
use control::port::Secret;
use model::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::error::port_error;

const CALL: &str = "ssm:GetParameter";

/// Anybody can send the public webhook a wrong signature: each must not become a call.
const READ_AGAIN_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Parameters {
    ssm: aws_sdk_ssm::Client,
    known: Mutex<BTreeMap<String, Known>>,
}

#[derive(Debug)]
struct Known {
    secret: SecretString,
    read_at: Timestamp,
}

impl Parameters {
    pub fn new(sdk: &SdkConfig) -> Self {
        Self { ssm: aws_sdk_ssm::Client::new(sdk), known: Mutex::default() }
    }

    /// The secret of this name. One that cannot be read is asked for again the next time.
    pub async fn get(&self, name: &str, now: Timestamp) -> Result<SecretString, PortError> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.get(name) {
            return Ok(known.secret.clone());
        }
        let secret = self.read(name).await?;
        known.insert(name.to_owned(), Known { secret: secret.clone(), read_at: now });
        Ok(secret)
    }

    /// The secret that has taken the place of one that did not fit. `None` if it is still the same, or
    /// was read too lately to ask again.
    pub async fn replaced(&self, name: &str, now: Timestamp) -> Result<Option<SecretString>, PortError> {
        let mut known = self.known.lock().await;
        let before = known.get_mut(name);
        if before.as_ref().is_some_and(|known| now.since(known.read_at) < READ_AGAIN_EVERY) {
            return Ok(None);
        }
        let Some(before) = before else {
            let secret = self.read(name).await?;
            known.insert(name.to_owned(), Known { secret: secret.clone(), read_at: now });
            return Ok(Some(secret));
        };
        // Before the answer, so that a store that does not answer is not asked at every event either.
        before.read_at = now;
        let secret = self.read(name).await?;
        if secret.expose_secret() == before.secret.expose_secret() {
            return Ok(None);
        }
        before.secret = secret.clone();
        Ok(Some(secret))
    }

    async fn read(&self, name: &str) -> Result<SecretString, PortError> {
        let call = format!("{CALL} of {name}");
        let asked = self.ssm.get_parameter().name(name).with_decryption(true);
        let answer = asked.send().await.map_err(|error| port_error(&call, error))?;
        match answer.parameter.and_then(|parameter| parameter.value) {
            Some(value) => Ok(SecretString::from(value)),
            None => Err(PortError::NotFound { source: format!("{call} answered without a value").into() }),
        }
    }
}

/// One of the parameters, for whoever needs nothing else of them.
pub struct Parameter {
    pub parameters: Arc<Parameters>,
    pub name: String,
    pub clock: fn() -> Timestamp,
}

#[async_trait]
impl Secret for Parameter {
    async fn read(&self) -> Result<SecretString, PortError> {
        self.parameters.get(&self.name, (self.clock)()).await
    }

    async fn replaced(&self) -> Result<Option<SecretString>, PortError> {
        self.parameters.replaced(&self.name, (self.clock)()).await
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameter").field("name", &self.name).finish_non_exhaustive()
    }
}
