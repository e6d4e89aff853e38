//! Names that no two calls share, in this process or another.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

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

    /// Some of a time, and each time another: who was turned away together must not come back together.
    pub(crate) fn part_of(&self, time: Duration) -> Duration {
        let n = self.n.fetch_add(1, Ordering::Relaxed);
        let mut hasher = DefaultHasher::new();
        (self.seed, n).hash(&mut hasher);
        let [part, ..] = hasher.finish().to_be_bytes();
        time * u32::from(part) / 256
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
    fn a_part_of_a_time_is_never_more_and_hardly_ever_the_same() {
        let fresh = Fresh::new(1 << 32);
        let parts: std::collections::BTreeSet<_> =
            (0..100).map(|_| fresh.part_of(Duration::from_secs(1))).collect();
        assert!(parts.len() > 50, "{parts:?}");
        assert!(parts.iter().all(|part| *part < Duration::from_secs(1)), "{parts:?}");
    }

    #[test]
    fn no_two_names_are_the_same_and_all_fit_a_client_token() {
        let (ours, theirs) = (Fresh::new(u128::MAX), Fresh::new(1 << 32));
        let names = [ours.id(), ours.id(), theirs.id(), theirs.id()];
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), 4);
        assert!(names.iter().all(|name| name.len() == 36), "{names:?}");
    }
}
