//! Names that no two calls share, in this process or another.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::startup;

/// Randomness comes in once; a counter does the rest.
pub struct Fresh {
    seed: u128,
    n: AtomicU64,
}

impl Fresh {
    /// With the machine's own randomness.
    pub fn drawn() -> std::io::Result<Self> {
        startup::seed().map(Self::new)
    }

    pub fn new(seed: u128) -> Self {
        Self { seed, n: AtomicU64::new(0) }
    }

    /// 36 characters, which is what a client token may have: 96 bits of the seed and 48 of the count.
    pub fn id(&self) -> String {
        let n = self.n.fetch_add(1, Ordering::Relaxed);
        format!("{:024x}{:012x}", self.seed >> 32, n & 0xffff_ffff_ffff)
    }
}

/// Without the seed: who knows it can guess every later name.
impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").field("n", &self.n).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_names_are_the_same_and_all_fit_a_client_token() {
        let (ours, theirs) = (Fresh::new(u128::MAX), Fresh::new(1 << 32));
        let names = [ours.id(), ours.id(), theirs.id(), theirs.id()];
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), 4);
        assert!(names.iter().all(|name| name.len() == 36), "{names:?}");
    }
}
