//! What a machine costs.

use std::collections::BTreeMap;
use std::fmt;

use crate::id::Zone;
use crate::rules::PoolName;
use crate::time::Timestamp;

/// Millionths of a dollar for an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(pub u64);

impl Price {
    /// Prices are small, and whole millionths.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a price is rounded, positive and far below the largest number"
    )]
    pub fn of_usd(usd: f64) -> Self {
        Self((usd.max(0.0) * 1e6).round() as u64)
    }

    /// What spot costs of it, until the market says otherwise: 50 to 70 of a hundred less.
    #[must_use]
    pub fn on_spot(self) -> Self {
        self.percent(40)
    }

    /// So many hundredths of it.
    pub fn percent(self, of_hundred: u64) -> Self {
        Self(self.0.saturating_mul(of_hundred) / 100)
    }
}

/// What a node of each pool cost in each zone, when the provider was last asked; a pool of which it told nothing has
/// no zones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpotPrices {
    pub at: Timestamp,
    pub pools: BTreeMap<PoolName, BTreeMap<Zone, Price>>,
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}.{:04}", self.0 / 1_000_000, self.0 % 1_000_000 / 100)
    }
}
