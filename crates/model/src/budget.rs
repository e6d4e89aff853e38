//! What others allow in a while, and what is left of it.

use std::time::Duration;

use crate::time::Timestamp;

/// Holds so much at most, and fills steadily.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub burst: u32,
    pub per_minute: u32,
}

impl Bucket {
    /// Starting and stopping tasks, draining a node: ECS counts them together, a hundred at once and forty
    /// a second after that, per account and Region ("Request throttling for the Amazon ECS API").
    pub const TASKS: Self = Self { burst: 100, per_minute: 40 * 60 };

    /// The same where the provider finds the place ("Request throttling for the Amazon ECS API").
    pub const SERVERLESS_TASKS: Self = Self { burst: 20, per_minute: 20 * 60 };

    /// What it holds after so much was taken at these times, in whatever order they come.
    pub fn left(self, taken: impl IntoIterator<Item = Timestamp>, now: Timestamp) -> u32 {
        const ONE: u64 = 60_000;
        let full = u64::from(self.burst) * ONE;
        // Whatever was taken before that has been filled up since.
        let filled = Duration::from_millis(full.div_ceil(u64::from(self.per_minute).max(1)));
        let mut taken: Vec<Timestamp> = taken.into_iter().filter(|at| now.since(*at) <= filled).collect();
        taken.sort_unstable();
        let (mut level, mut then) = (full, taken.first().copied().unwrap_or(now));
        let mut pass = |level: u64, until: Timestamp| {
            let more = until.0.saturating_sub(then.0).saturating_mul(u64::from(self.per_minute));
            then = then.max(until);
            level.saturating_add(more).min(full)
        };
        for at in taken {
            level = pass(level, at).saturating_sub(ONE);
        }
        u32::try_from(pass(level, now) / ONE).unwrap_or(u32::MAX)
    }
}

/// So many in any minute, as GitHub counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AMinute(pub u32);

impl AMinute {
    /// Just-in-time runners of one App: GitHub takes 900 points a minute, five for each, and 10,000 an hour;
    /// the rest is for what has to be asked ("Rate limits for the REST API").
    pub const REGISTRATIONS: Self = Self(150);

    /// Just-in-time runners of one organization or repository, whoever registers them: 1,500 in five minutes
    /// ("Actions limits").
    pub const REGISTRATIONS_OF_A_SCOPE: Self = Self(300);

    const SPAN: Duration = Duration::from_mins(1);

    /// Whether what was done then still counts.
    pub fn counts(at: Timestamp, now: Timestamp) -> bool {
        now.since(at) < Self::SPAN
    }

    /// What is left after so much was done at these times.
    pub fn left(self, done: impl IntoIterator<Item = Timestamp>, now: Timestamp) -> u32 {
        let n = done.into_iter().filter(|at| Self::counts(*at, now)).count();
        self.0.saturating_sub(u32::try_from(n).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const BUCKET: Bucket = Bucket { burst: 10, per_minute: 60 };

    fn left(taken_ms_ago: &[u64]) -> u32 {
        BUCKET.left(taken_ms_ago.iter().map(|ago| Timestamp(NOW.0 - ago)), NOW)
    }

    #[test]
    fn a_bucket_that_nobody_used_is_full() {
        assert_eq!(left(&[]), 10);
        assert_eq!(left(&[20_000; 10]), 10);
    }

    #[test]
    fn what_was_taken_just_now_is_missing() {
        assert_eq!(left(&[0; 3]), 7);
        assert_eq!(left(&[0; 12]), 0);
    }

    #[test]
    fn it_fills_steadily() {
        assert_eq!(left(&[5_000; 10]), 5);
        assert_eq!(left(&[500, 5_000, 5_000, 5_000]), 9);
    }

    #[test]
    fn a_minute_forgets_what_is_a_minute_old() {
        let left = |ago: &[u64]| AMinute(3).left(ago.iter().map(|ago| Timestamp(NOW.0 - ago)), NOW);
        assert_eq!(left(&[]), 3);
        assert_eq!(left(&[0, 59_999]), 1);
        assert_eq!(left(&[0, 0, 0, 0]), 0);
        assert_eq!(left(&[60_000; 9]), 3);
    }
}
