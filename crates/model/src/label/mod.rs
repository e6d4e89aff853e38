//! What a workflow's `runs-on` says.

mod spec;
mod version;

pub use spec::{Kind, Spec};
pub use version::{Release, ReleaseError, Version};

/// Whose labels these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ours(Spec),
    /// Another runner's: ignored in silence.
    Foreign,
    /// Meant for us, and not to be understood.
    Wrong(WrongLabel),
}

/// Why labels that were meant for us cannot be read. Its Display says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WrongLabel {
    message: String,
}

/// Reads all labels of one job. Dagger versions below `min_version` are wrong.
#[must_use]
pub fn parse<L: AsRef<str>>(labels: &[L], min_version: Option<&Release>) -> Verdict {
    let _ = (labels, min_version);
    Verdict::Foreign
}
