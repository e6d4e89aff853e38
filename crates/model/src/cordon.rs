//! Nodes that take no more launches, while what runs on them goes on.

use crate::id::InstanceId;
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cordon {
    pub why: CordonReason,
    pub at: Timestamp,
}

/// The graver ones come later, and take the place of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CordonReason {
    /// It took the one launch that a machine of its tier takes.
    Spent,
    /// It is to be replaced by one of a newer image, once nothing is on it.
    Outdated,
    /// The provider sees a raised risk that it takes the machine back. It may yet live for days.
    AtRisk,
    /// Its own agent, or somebody else, has taken it out of service.
    Drained,
    /// Nothing starts on it.
    Failing,
    /// The provider takes the machine back, two minutes after it has warned.
    Reclaimed,
}

impl CordonReason {
    pub const ALL: [Self; 6] =
        [Self::Spent, Self::Outdated, Self::AtRisk, Self::Drained, Self::Failing, Self::Reclaimed];

    /// The name in the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spent => "spent",
            Self::Outdated => "outdated",
            Self::AtRisk => "at-risk",
            Self::Drained => "drained",
            Self::Failing => "failing",
            Self::Reclaimed => "reclaimed",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name() == name)
    }
}

/// What the provider says of a machine of ours, or of somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warned {
    pub node: InstanceId,
    pub why: CordonReason,
}
