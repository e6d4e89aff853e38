//! What carries the tasks of a pool.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// Machines of ours, each with room for several tasks.
    Nodes,
    /// The provider finds a place for each task, and nobody else's is there.
    Serverless,
}

impl Carrier {
    pub const ALL: [Self; 2] = [Self::Nodes, Self::Serverless];

    /// The name in documents and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Serverless => "serverless",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|carrier| carrier.name() == name)
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
