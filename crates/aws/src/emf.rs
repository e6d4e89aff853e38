//! Metrics as lines of `CloudWatch`'s Embedded Metric Format: a log line that `CloudWatch` counts.

use std::collections::BTreeMap;
use std::io::{self, Write};

use model::rules::PoolName;
use model::time::Timestamp;
use serde_json::{Map, Value, json};

use crate::metric::Metric;

const NAMESPACE: &str = "Quillon";
/// `CloudWatch`'s own limit for the values of one metric in one line.
const MAX_VALUES: usize = 100;

/// What happened since the last line. Nothing happened: nothing is written, and nothing costs.
///
/// The dimensions are the installation, and the pool where there is one. A dimension for each repository
/// would be a metric, and its price, for each; logs have the repository.
#[derive(Debug)]
pub struct Metrics {
    installation: String,
    seen: BTreeMap<Option<PoolName>, BTreeMap<Metric, Vec<f64>>>,
}

impl Metrics {
    pub fn of(installation: &str) -> Self {
        Self { installation: installation.to_owned(), seen: BTreeMap::new() }
    }

    pub fn add(&mut self, metric: Metric, pool: Option<&PoolName>, value: f64) {
        self.seen.entry(pool.cloned()).or_default().entry(metric).or_default().push(value);
    }

    /// Writes all that was added, a line for each pool, and forgets it.
    pub fn write(&mut self, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
        let mut lines = String::new();
        for (pool, metrics) in std::mem::take(&mut self.seen) {
            let longest = metrics.values().map(Vec::len).max().unwrap_or_default();
            for part in 0..longest.div_ceil(MAX_VALUES) {
                lines += &self.line(now, pool.as_ref(), &metrics, part).to_string();
                lines.push('\n');
            }
        }
        // At once: another line in between would make two of one.
        out.write_all(lines.as_bytes())
    }

    fn line(
        &self,
        now: Timestamp,
        pool: Option<&PoolName>,
        metrics: &BTreeMap<Metric, Vec<f64>>,
        part: usize,
    ) -> Value {
        let mut line = Map::new();
        let mut dimensions = vec!["installation"];
        line.insert("installation".to_owned(), json!(self.installation));
        if let Some(pool) = pool {
            dimensions.push("pool");
            line.insert("pool".to_owned(), json!(pool.as_str()));
        }
        let mut named = Vec::new();
        for (metric, values) in metrics {
            match values.chunks(MAX_VALUES).nth(part) {
                Some([value]) => line.insert(metric.name.to_owned(), json!(value)),
                Some(values) => line.insert(metric.name.to_owned(), json!(values)),
                None => continue,
            };
            named.push(json!({ "Name": metric.name, "Unit": metric.unit.name() }));
        }
        let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": named });
        line.insert("_aws".to_owned(), json!({ "Timestamp": now.0, "CloudWatchMetrics": [directive] }));
        Value::Object(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{JOB_STARTUP, STARTED_JOBS, TICK_DURATION};

    fn check(metrics: &mut Metrics) -> Vec<Value> {
        let mut out = Vec::new();
        metrics.write(Timestamp(1_700_000_000_000), &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn what_happened_in_a_pool_is_one_line() {
        let pool = PoolName::parse("arm64-spot").unwrap();
        let mut metrics = Metrics::of("quillon");
        metrics.add(STARTED_JOBS, Some(&pool), 1.0);
        metrics.add(JOB_STARTUP, Some(&pool), 7.5);
        metrics.add(JOB_STARTUP, Some(&pool), 8.25);
        assert_eq!(
            check(&mut metrics),
            [json!({
                "_aws": {
                    "Timestamp": 1_700_000_000_000_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Quillon",
                        "Dimensions": [["installation", "pool"]],
                        "Metrics": [
                            { "Name": "gha_job_startup_duration_seconds", "Unit": "Seconds" },
                            { "Name": "gha_started_jobs_total", "Unit": "Count" },
                        ],
                    }],
                },
                "installation": "quillon",
                "pool": "arm64-spot",
                "gha_job_startup_duration_seconds": [7.5, 8.25],
                "gha_started_jobs_total": 1.0,
            })]
        );
        assert!(check(&mut metrics).is_empty(), "what was written is forgotten");
    }

    #[test]
    fn nothing_is_written_when_nothing_happened() {
        assert!(check(&mut Metrics::of("quillon")).is_empty());
    }

    #[test]
    fn more_values_than_a_line_may_have_are_two_lines() {
        let mut metrics = Metrics::of("quillon");
        for n in 0..=100_u32 {
            metrics.add(JOB_STARTUP, None, f64::from(n));
        }
        metrics.add(TICK_DURATION, None, 3.0);
        let lines = check(&mut metrics);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["gha_job_startup_duration_seconds"].as_array().unwrap().len(), 100);
        assert_eq!(lines[0]["quillon_tick_duration_ms"], 3.0);
        assert_eq!(lines[1]["gha_job_startup_duration_seconds"], 100.0);
        assert!(lines[1].get("quillon_tick_duration_ms").is_none(), "counted once");
        assert_eq!(lines[1]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["installation"]]));
    }
}
