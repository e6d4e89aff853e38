//! The webhook function: what one delivery costs.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use model::id::JobId;
use wire::ledger::Key;

use super::figure::{Times, Webhook, rounded};
use super::function::Function;
use super::one_core;
use super::payload::{Deliveries, Delivery};
use super::runtime_api::Answered;
use super::stand_in::{Secrets, StandIn, Table};

pub(super) const PROCESSES: u64 = 30;
pub(super) const EVENTS: u64 = 2_000;

/// Until its connections are made and its caches filled.
const WARM_UP: u64 = 50;

pub(super) async fn measure(binaries: &Path, secrets: &Secrets) -> Result<Webhook> {
    let binary = binaries.join("webhook");
    let outside = StandIn::start(secrets.clone()).await?;
    let deliveries = Deliveries::signed_with(&secrets.webhook_secret);

    let mut cold = Times::default();
    for n in 0..PROCESSES {
        let mut function = Function::start(&binary, "webhook", outside.address()).await?;
        let answered = deliver(&mut function, &outside, deliveries.delivery(n)).await?;
        cold.add(answered.answered_at - function.started_at);
    }

    let warm = warm(&binary, &outside, &deliveries).await?;
    let before = one_core::leave_all_but_one()?;
    let alone = self::warm(&binary, &outside, &deliveries).await;
    one_core::use_again(&before)?;
    outside.check()?;
    let size = std::fs::metadata(&binary).context("reading the size of the binary")?.len();
    Ok(Webhook {
        cold_ms_p50: cold.percentile(50),
        warm_ms_p50: warm.times.percentile(50),
        warm_ms_p99: warm.times.percentile(99),
        warm_cpu_ms: warm.cpu_ms,
        one_core_cpu_ms: alone?.cpu_ms,
        peak_rss_mb: warm.peak_rss_mb,
        binary_mb: rounded(as_figure(size) / 1e6),
    })
}

/// What one process does over [`EVENTS`] events.
struct Warm {
    times: Times,
    cpu_ms: f64,
    peak_rss_mb: f64,
}

async fn warm(binary: &Path, outside: &StandIn, deliveries: &Deliveries) -> Result<Warm> {
    let mut function = Function::start(binary, "webhook", outside.address()).await?;
    for n in 0..WARM_UP {
        deliver(&mut function, outside, deliveries.delivery(PROCESSES + n)).await?;
    }
    let mut times = Times::default();
    let cpu_before = function.cpu_ms()?;
    for n in 0..EVENTS {
        let delivery = deliveries.delivery(PROCESSES + WARM_UP + n);
        let answered = deliver(&mut function, outside, delivery).await?;
        times.add(answered.answered_at - answered.given_at);
    }
    let cpu = function.cpu_ms()? - cpu_before;
    let cpu_ms = rounded(cpu / as_figure(EVENTS));
    Ok(Warm { times, cpu_ms, peak_rss_mb: rounded(function.peak_rss_mb()?) })
}

/// An answer counts if it is the right one, and the job stands in the ledger.
async fn deliver(function: &mut Function, outside: &StandIn, delivery: Delivery) -> Result<Answered> {
    let Delivery { job, event } = delivery;
    let answered = function.invoke(event).await?;
    ensure!(
        answered.body["statusCode"] == 202,
        "the webhook answered {}; {}",
        answered.body,
        function.logged()
    );
    ensure!(outside.table().holds(&Key::Job(JobId(job))), "job {job} is not in the ledger");
    // So that the thousandth event meets what the first met.
    outside.outside().table = Table::default();
    Ok(answered)
}

#[expect(clippy::cast_precision_loss, reason = "no figure here comes near 2^52")]
fn as_figure(n: u64) -> f64 {
    n as f64
}
