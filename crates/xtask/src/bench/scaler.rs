//! The scaler: how long jobs wait for the tick that starts them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use model::time::Timestamp;
use serde_json::{Value, json};

use super::clock;
use super::figure::{Scaler, Times, rounded};
use super::function::Function;
use super::runtime_api::Answered;
use super::scene;
use super::stand_in::{Secrets, StandIn, Table};

/// What an answer of AWS or GitHub takes in a region, roughly.
pub(super) const DELAY: Duration = Duration::from_millis(50);
pub(super) const PROCESSES: u64 = 30;
pub(super) const TICKS: u64 = 15;
const SIZES: [u64; 3] = [1, 10, 100];

pub(super) async fn measure(binaries: &Path, secrets: &Secrets) -> Result<Scaler> {
    let binary = binaries.join("scaler");
    let mut scene =
        Scene { outside: StandIn::start(secrets.clone()).await?, next: 30_000_000_000, n_calls: 0 };
    // The first of all registers the task definition, which then is there.
    scene.first_answer(&binary).await?;
    let mut undelayed = Times::default();
    for _ in 0..PROCESSES {
        undelayed.add(scene.first_answer(&binary).await?);
    }
    scene.outside.outside().delay = DELAY;
    let mut cold = Times::default();
    for _ in 0..PROCESSES {
        cold.add(scene.first_answer(&binary).await?);
    }
    let cold_calls = scene.n_calls;

    let mut function = Function::start(&binary, "scaler", scene.outside.address()).await?;
    scene.tick(&mut function, 1).await?;
    let mut medians = [0.0; SIZES.len()];
    let mut tick_calls = [0; SIZES.len()];
    for (place, n) in SIZES.into_iter().enumerate() {
        let mut times = Times::default();
        for _ in 0..TICKS {
            let answered = scene.tick(&mut function, n).await?;
            times.add(answered.answered_at - answered.given_at);
        }
        medians[place] = times.percentile(50);
        tick_calls[place] = scene.n_calls;
    }
    let [jobs_1_ms, jobs_10_ms, jobs_100_ms] = medians;
    Ok(Scaler {
        cold_ms_p50: cold.percentile(50),
        peak_rss_mb: rounded(function.peak_rss_mb()?),
        jobs_1_ms,
        jobs_10_ms,
        jobs_100_ms,
        cold_undelayed_ms_p50: undelayed.percentile(50),
        cold_calls,
        tick_calls,
    })
}

/// What stays the same from tick to tick.
struct Scene {
    outside: StandIn,
    /// The id of the next job: none comes twice.
    next: u64,
    /// That the last tick made.
    n_calls: usize,
}

impl Scene {
    async fn first_answer(&mut self, binary: &Path) -> Result<Duration> {
        let mut function = Function::start(binary, "scaler", self.outside.address()).await?;
        let answered = self.tick(&mut function, 1).await?;
        Ok(answered.answered_at - function.started_at)
    }

    /// A tick over so many new jobs. It counts if every one of them was started.
    async fn tick(&mut self, function: &mut Function, n: u64) -> Result<Answered> {
        let now = Timestamp(u64::try_from(clock::epoch().as_millis())?);
        let rows = scene::nodes(now).chain(scene::jobs(self.next, n, now));
        self.next += n;
        self.outside.outside().table = Table::of(rows);
        let before = self.outside.outside().n_calls;
        let answered = function.invoke(ring(self.next, now).to_string()).await?;
        self.n_calls = self.outside.outside().n_calls - before;
        self.outside.check()?;
        ensure!(
            answered.body == json!({ "batchItemFailures": [] }),
            "the scaler answered {}; {}",
            answered.body,
            function.logged()
        );
        let started = self.outside.table().count("l#", "state", "asked");
        ensure!(u64::try_from(started)? == n, "{started} of {n} jobs were started; {}", function.logged());
        Ok(answered)
    }
}

/// What Lambda makes of a message in the doorbell.
fn ring(n: u64, now: Timestamp) -> Value {
    json!({ "Records": [{
        "messageId": format!("059f36b4-87a3-44ab-83d2-{n:012x}"),
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": json!({ "ring": format!("{n:036x}"), "source": "webhook" }).to_string(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": now.0.to_string(),
            "SequenceNumber": format!("{n:020}"),
            "MessageGroupId": "quillon",
            "SenderId": "AROAEXAMPLE:quillon-webhook",
            "MessageDeduplicationId": format!("{n:064x}"),
            "ApproximateFirstReceiveTimestamp": now.0.to_string(),
        },
        "messageAttributes": {},
        "md5OfBody": format!("{n:032x}"),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:quillon.fifo",
        "awsRegion": "eu-central-1",
    }] })
}
