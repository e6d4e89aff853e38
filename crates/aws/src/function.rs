//! The loop of a function, and the five words it fails with.

use std::error::Error as StdError;
use std::fmt;
use std::panic::AssertUnwindSafe;

use control::{Chain, PortError};
use futures::FutureExt as _;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use model::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use crate::config::ConfigError;

/// What Lambda says of one event beside the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    pub request_id: String,
    /// When the process is stopped, finished or not.
    pub deadline: Timestamp,
}

/// Answers events until the process is stopped. An event that fails, or panics, leaves the next one
/// untouched.
pub async fn serve<E, A>(
    answer: impl AsyncFn(E, Invocation) -> Result<A, Failure>,
) -> Result<(), lambda_runtime::Error>
where
    E: DeserializeOwned,
    A: Serialize,
{
    let service = service_fn(|event: LambdaEvent<E>| {
        let LambdaEvent { payload, context } = event;
        let span = tracing::info_span!("event", request_id = %context.request_id);
        let invocation =
            Invocation { request_id: context.request_id.clone(), deadline: Timestamp(context.deadline) };
        let answered = AssertUnwindSafe(answer(payload, invocation)).catch_unwind();
        async { answered.await.unwrap_or_else(|_| Err(Failure::panicked())) }.instrument(span)
    });
    Runtime::new(service).run().await
}

/// Why an event failed. Alarms hang on the word, so there are five and they stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Somebody has to change the configuration: the document, the environment, a parameter.
    Configuration,
    /// Somebody has to change a policy.
    Denied,
    /// Too many calls; it passes.
    Throttled,
    /// Something outside did not answer; it passes.
    Unavailable,
    /// We are wrong.
    Bug,
}

impl Word {
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "Configuration",
            Self::Denied => "Denied",
            Self::Throttled => "Throttled",
            Self::Unavailable => "Unavailable",
            Self::Bug => "Bug",
        }
    }
}

/// What a function answers instead of an answer. The runtime logs it: nobody else has to.
pub struct Failure {
    pub word: Word,
    source: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    pub fn new(word: Word, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { word, source: source.into() }
    }

    fn panicked() -> Self {
        Self::new(Word::Bug, "a panic, which is logged where it happened")
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        let word = match &error {
            PortError::Throttled { .. } => Word::Throttled,
            PortError::Refused { .. } => Word::Bug,
            PortError::Denied { .. } => Word::Denied,
            // Tables, queues and parameters are named by the configuration.
            PortError::NotFound { .. } => Word::Configuration,
            PortError::Transient { .. } => Word::Unavailable,
        };
        Self::new(word, error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Port(error) => error.into(),
            ConfigError::Faults(_) => Self::new(Word::Configuration, error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Chain(self.source.as_ref()))
    }
}

/// The runtime logs errors in this form.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.word.name())
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.word.name().to_owned(), error_message: failure.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_a_word_and_the_whole_chain() {
        let failure = Failure::from(PortError::Denied { source: "ssm:GetParameter answered no".into() });
        assert_eq!(format!("{failure:?}"), "Denied: not allowed: ssm:GetParameter answered no");
        let diagnostic = Diagnostic::from(failure);
        assert_eq!(diagnostic.error_type, "Denied");
        assert_eq!(diagnostic.error_message, "not allowed: ssm:GetParameter answered no");
    }

    #[test]
    fn faults_of_the_document_are_the_configurations() {
        let faults = vec!["pools.a.max_nodes: is missing".to_owned(), "region: is missing".to_owned()];
        let failure = Failure::from(ConfigError::Faults(faults));
        assert_eq!(failure.word, Word::Configuration);
        assert!(failure.to_string().ends_with("pools.a.max_nodes: is missing; region: is missing"));
    }
}
