//! Why a job waits or is refused, for the person who looks at it.

use std::fmt;

/// Why a job is not running yet.
///
/// `code` is stable and counts in metrics; `text` is one sentence for people, and says what they can
/// do where they can do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub code: Code,
    pub text: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The label is ours, but says what cannot be.
    WrongLabel,
    /// No such release exists.
    NoSuchVersion,
    /// No pool has this architecture, purchase and trust.
    NoPool,
    /// Larger than any node of the pools that would fit.
    TooLarge,
    /// Nodes were ordered and are starting.
    Starting,
    /// The pools that fit are at their maximum.
    PoolFull,
    /// As many jobs of its repository run as may.
    RepositoryLimit,
    /// The provider has no machines in any zone.
    NoCapacity,
    /// As much was started as others allow in a while.
    Budget,
    /// An earlier launch failed, and the next one waits a while.
    Paused,
    /// What it needs has failed for other jobs too, and is tried by one at a time.
    Quarantined,
    /// An event says that it no longer waits, and the forge is being asked.
    Doubted,
    /// Something that has to be known first could not be read.
    Unknown,
}

impl Code {
    pub const ALL: [Self; 13] = [
        Self::WrongLabel,
        Self::NoSuchVersion,
        Self::NoPool,
        Self::TooLarge,
        Self::Starting,
        Self::PoolFull,
        Self::RepositoryLimit,
        Self::NoCapacity,
        Self::Budget,
        Self::Paused,
        Self::Quarantined,
        Self::Doubted,
        Self::Unknown,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongLabel => "wrong_label",
            Self::NoSuchVersion => "no_such_version",
            Self::NoPool => "no_pool",
            Self::TooLarge => "too_large",
            Self::Starting => "starting",
            Self::PoolFull => "pool_full",
            Self::RepositoryLimit => "repository_limit",
            Self::NoCapacity => "no_capacity",
            Self::Budget => "budget",
            Self::Paused => "paused",
            Self::Quarantined => "quarantined",
            Self::Doubted => "doubted",
            Self::Unknown => "unknown",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}
