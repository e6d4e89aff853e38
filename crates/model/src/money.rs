//! Money that was spent, and how much of it may be.

use std::fmt;
use std::time::Duration;

use crate::price::Price;
use crate::time::Timestamp;

/// Millionths of a dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(pub u64);

impl Usd {
    /// What something of this price costs over a while.
    pub fn of(price: Price, span: Duration) -> Self {
        Self::of_all([(price, span)])
    }

    /// What all of it costs, rounded up once: what is counted often must not come to less each time.
    pub fn of_all(items: impl IntoIterator<Item = (Price, Duration)>) -> Self {
        let in_all: u128 =
            items.into_iter().map(|(price, span)| u128::from(price.0) * span.as_millis()).sum();
        Self(u64::try_from(in_all.div_ceil(Duration::from_hours(1).as_millis())).unwrap_or(u64::MAX))
    }

    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}.{:02}", self.0 / 1_000_000, self.0 % 1_000_000 / 10_000)
    }
}

/// What the nodes of a pool, or its tasks without any, have cost in one day, as far as it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    pub usd: Usd,
    pub until: Timestamp,
}

impl Spent {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;

    /// Midnight before this moment, UTC: where a day of spending begins.
    pub fn midnight(now: Timestamp) -> Timestamp {
        Timestamp(now.0 - now.0 % Self::DAY_MS)
    }

    /// Whether it was counted on the day of this moment.
    pub fn is_of(self, now: Timestamp) -> bool {
        Self::midnight(self.until) == Self::midnight(now)
    }
}
