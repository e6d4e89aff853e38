//! The real clock and how far the model's runs ahead of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sim::github::Timestamp;

#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_ms: AtomicU64,
}

impl Clock {
    /// What credentials are judged by: clients read this clock, and nobody can shift it for them.
    pub(crate) fn real(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "real clients talk to this world, in real time")]
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::default() + since
    }

    /// What jobs, runners and deliveries age by.
    pub(crate) fn now(&self) -> Timestamp {
        self.real() + self.ahead()
    }

    pub(crate) fn ahead(&self) -> Duration {
        Duration::from_millis(self.ahead_ms.load(Ordering::SeqCst))
    }

    pub(crate) fn shift(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead_ms.fetch_add(by, Ordering::SeqCst);
    }
}
