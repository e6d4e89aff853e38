//! Why a call outside failed.

use std::time::Duration;

pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Sorted by what the caller should do next. Nothing is tried again in place: the next tick sees what
/// is still to be done.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Asked too often: not again before this long.
    #[error("throttled")]
    Throttled { retry_after: Option<Duration>, source: Source },
    /// The request cannot succeed as it is, whoever asks.
    #[error("refused")]
    Refused { source: Source },
    /// We may not: somebody has to change a policy or a permission.
    #[error("not allowed")]
    Denied { source: Source },
    /// It does not exist.
    #[error("not found")]
    NotFound { source: Source },
    /// Anything else, an unknown code among it: it may work the next time.
    #[error("no answer that can be used")]
    Transient { source: Source },
}

/// An error with all it came from, on one line.
#[derive(Debug)]
pub struct Chain<'a>(pub &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
