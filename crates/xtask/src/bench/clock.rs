//! The real clock, which is what is measured with.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use nix::time::{ClockId, clock_gettime};

#[expect(clippy::disallowed_methods, reason = "a benchmark measures the time that passes")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// What this process has used of the processors: what else runs on the machine is not in it.
pub(super) fn cpu() -> Result<Duration> {
    let used = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).context("reading the processors' clock")?;
    Ok(Duration::from(used))
}

#[expect(
    clippy::disallowed_methods,
    reason = "events say when they were sent, and by when they must be answered"
)]
pub(super) fn epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
