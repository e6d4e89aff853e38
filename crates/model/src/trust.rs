//! Whether the code of a job was written by people who may write to its repository.

use std::fmt;

/// The trust tier of a job, and of the pools it may run on. Tiers never share a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    Trusted,
    Untrusted,
}

impl Trust {
    pub const ALL: [Self; 2] = [Self::Trusted, Self::Untrusted];

    /// The name in documents and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Untrusted => "untrusted",
        }
    }

    /// Whether a machine that has carried a job of this tier may carry another, beside it or after it.
    #[must_use]
    pub const fn shares_machines(self) -> bool {
        match self {
            Self::Trusted => true,
            Self::Untrusted => false,
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trust| trust.name() == name)
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
