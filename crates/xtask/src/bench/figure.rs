//! What is measured, and the middle of many measurements.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// Only of the parts that were asked for.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Figures {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) webhook: Option<Webhook>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scaler: Option<Scaler>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<Plan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) packing: Option<Packing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) simulation: Option<Simulation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) month: Option<Month>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) calls: Option<Vec<Calls>>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Webhook {
    /// From the start of the process to its first answer.
    pub(super) cold_ms_p50: f64,
    /// From the event to its answer.
    pub(super) warm_ms_p50: f64,
    pub(super) warm_ms_p99: f64,
    pub(super) warm_cpu_ms: f64,
    /// The same where all that takes part shares one core.
    pub(super) one_core_cpu_ms: f64,
    pub(super) peak_rss_mb: f64,
    pub(super) binary_mb: f64,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Scaler {
    pub(super) cold_ms_p50: f64,
    pub(super) peak_rss_mb: f64,
    pub(super) jobs_1_ms: f64,
    pub(super) jobs_10_ms: f64,
    pub(super) jobs_100_ms: f64,
    /// What the process itself takes to its first answer, nothing being delayed.
    #[serde(skip)]
    pub(super) cold_undelayed_ms_p50: f64,
    /// Calls that the first answer waits for, and a tick.
    #[serde(skip)]
    pub(super) cold_calls: usize,
    #[serde(skip)]
    pub(super) tick_calls: [usize; 3],
}

/// One plan over so many jobs, half of them waiting, a node for ten of them and sixteen pools.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Plan {
    pub(super) jobs_100_ms: f64,
    pub(super) jobs_10000_ms: f64,
    pub(super) jobs_100000_ms: f64,
}

/// What batches cost, divided by what they cost at least.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Packing {
    pub(super) median_over_bound: f64,
    pub(super) worst_over_bound: f64,
    /// Batches small enough to try every way, and how many cost more than the best of them.
    #[serde(skip)]
    pub(super) few_not_best: usize,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Simulation {
    pub(super) jobs_per_second: f64,
    /// For a day, of one core.
    pub(super) seconds: f64,
    pub(super) n_ticks: u32,
}

/// Thirty such days, and no rules checked.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Month {
    pub(super) jobs_per_second: f64,
    /// Of one core.
    pub(super) seconds: f64,
    pub(super) after_a_week_mb: f64,
    pub(super) at_the_end_mb: f64,
    pub(super) peak_mb: f64,
}

/// Of one installation.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Calls {
    pub(super) nodes: u32,
    /// Ticks that could not look around, or not do what they had planned.
    pub(super) failed: usize,
    pub(super) ring: Asked,
    pub(super) sweep: Asked,
    /// Calls of which a bucket was empty, from the first node on.
    pub(super) refused: BTreeMap<String, u64>,
}

/// By name, what one tick asks.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Asked {
    pub(super) runs: u64,
    /// All names together.
    pub(super) most: u64,
    pub(super) mean: BTreeMap<String, f64>,
    pub(super) most_of: BTreeMap<String, u64>,
}

/// Times of the same thing done many times.
#[derive(Debug, Default)]
pub(super) struct Times(Vec<Duration>);

impl Times {
    pub(super) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// In milliseconds, the time that so many of a hundred did not exceed.
    pub(super) fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(place).map_or(f64::NAN, |time| rounded(time.as_secs_f64() * 1_000.0))
    }
}

/// What is behind the third place is noise.
pub(super) fn rounded(figure: f64) -> f64 {
    (figure * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let mut times = Times::default();
        for ms in [5, 1, 4, 2, 3] {
            times.add(Duration::from_millis(ms));
        }
        assert_eq!((times.percentile(50), times.percentile(99), times.percentile(1)), (3.0, 5.0, 1.0));
        assert!(Times::default().percentile(50).is_nan());
    }
}
