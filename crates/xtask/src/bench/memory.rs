//! What this process holds in memory, as the kernel counts it.

use anyhow::{Context, Result};

/// Now, in MB.
pub(super) fn held_mb() -> Result<f64> {
    of("VmRSS:")
}

/// The most there ever was, in MB.
pub(super) fn peak_mb() -> Result<f64> {
    of("VmHWM:")
}

fn of(name: &str) -> Result<f64> {
    let status =
        std::fs::read_to_string("/proc/self/status").context("reading what the kernel says of us")?;
    let kib = status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
    let kib: f64 = kib.context("the kernel does not count our memory")?.parse()?;
    Ok(super::figure::rounded(kib * 1_024.0 / 1_000_000.0))
}
