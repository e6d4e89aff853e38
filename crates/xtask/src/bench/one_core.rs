//! Which processors this thread may use, and every process that it starts.
//!
//! Where a function and what answers it share one, no call wakes another from its sleep.

use anyhow::{Context, Result};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

const THIS_THREAD: Pid = Pid::from_raw(0);

/// Tells what was allowed before.
pub(super) fn leave_all_but_one() -> Result<CpuSet> {
    let before = sched_getaffinity(THIS_THREAD).context("asking which processors may be used")?;
    let last = (0..CpuSet::count()).rev().find(|n| before.is_set(*n).unwrap_or(false));
    let mut one = CpuSet::new();
    one.set(last.context("no processor may be used")?)?;
    use_again(&one)?;
    Ok(before)
}

pub(super) fn use_again(set: &CpuSet) -> Result<()> {
    sched_setaffinity(THIS_THREAD, set).context("choosing which processors may be used")
}
