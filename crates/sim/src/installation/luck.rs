//! Small misfortune, by number.

/// So many of them go wrong from now on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Luck {
    /// Announcements of nodes that never arrive; nobody repeats them.
    pub lost_announcements: u32,
    /// STOPPED events that never arrive.
    pub lost_stops: u32,
    /// Warnings of EC2 that never arrive.
    pub lost_warnings: u32,
    /// Claims that are answered, and the answer is lost.
    pub lost_claims: u32,
    /// Machines that start and whose agent never registers.
    pub dead_boots: u32,
    /// Tasks whose image cannot be pulled.
    pub failed_starts: u32,
    /// Listeners that go on listening when GitHub has removed their registration.
    pub ghosts: u32,
    /// Runners that hang once their job has ended: the task goes on.
    pub hung_ends: u32,
    /// Runners that hang with the job they took, and are not heard of again.
    pub hung_jobs: u32,
}

/// Takes one of so many.
pub(super) fn take(left: &mut u32) -> bool {
    let is_left = *left > 0;
    *left = left.saturating_sub(1);
    is_left
}
