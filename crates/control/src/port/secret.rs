//! Something that is kept elsewhere and may be changed there.

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::error::PortError;

/// Read when it is needed, so that one that cannot be read fails one call and is tried at the next.
#[async_trait]
pub trait Secret: Send + Sync + fmt::Debug {
    async fn read(&self) -> Result<SecretString, PortError>;

    /// What has taken the place of a secret that did not fit; nothing, if it is still the same.
    async fn replaced(&self) -> Result<Option<SecretString>, PortError>;
}
