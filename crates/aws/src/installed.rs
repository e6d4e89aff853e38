//! What a function makes of its configuration.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use model::time::Timestamp;
use wire::config::Configuration;

use crate::config::ConfigSource;
use crate::function::Failure;

type Make<T> = Box<dyn Fn(&Configuration) -> Result<T, Failure> + Send + Sync>;

/// Clients and settings that are kept from event to event, and made anew when the document has changed.
pub struct Installed<T> {
    source: ConfigSource,
    make: Make<T>,
    made: Mutex<Option<(Arc<Configuration>, Arc<T>)>>,
}

impl<T> Installed<T> {
    pub fn new(
        source: ConfigSource,
        make: impl Fn(&Configuration) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { source, make: Box::new(make), made: Mutex::default() }
    }

    /// With the configuration in force. Nothing that fails here is kept.
    pub async fn current(&self, now: Timestamp) -> Result<(Arc<Configuration>, Arc<T>), Failure> {
        let config = self.source.current(now).await?;
        // Nothing is left half done under this lock, so a panic elsewhere spoils nothing.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, made)) = made.as_ref().filter(|(of, _)| Arc::ptr_eq(of, &config)) {
            return Ok((of.clone(), made.clone()));
        }
        let fresh = Arc::new((self.make)(&config)?);
        *made = Some((config.clone(), fresh.clone()));
        Ok((config, fresh))
    }
}

impl<T> fmt::Debug for Installed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installed").field("source", &self.source).finish_non_exhaustive()
    }
}
