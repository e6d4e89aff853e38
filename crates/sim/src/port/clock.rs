//! The time of a simulated world, which only its owner moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::time::Timestamp;

/// Shared by everything that must know what time it is in one world.
#[derive(Clone, Debug)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    pub fn new(start: Timestamp) -> Self {
        Self(Arc::new(AtomicU64::new(start.0)))
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    /// Time does not run backwards: an earlier moment changes nothing.
    pub fn advance_to(&self, to: Timestamp) {
        self.0.fetch_max(to.0, Ordering::SeqCst);
    }

    /// As GitHub's machine counts.
    pub(crate) fn of_github(&self) -> crate::github::Timestamp {
        crate::github::Timestamp(self.now().0)
    }

    /// As the compute machine counts.
    pub(crate) fn of_compute(&self) -> crate::compute::Time {
        Duration::from_millis(self.now().0)
    }
}
