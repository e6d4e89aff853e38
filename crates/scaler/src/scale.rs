//! From messages to a tick.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws::emf::Metrics;
use aws::event::{Messages, Received};
use aws::ledger::Place;
use aws::{
    ConfigSource, DynamoLedger, Environment, Failure, Fresh, Invocation, Parameter, Parameters,
    configuration, metric, startup,
};
use compute::AwsCompute;
use control::Chain;
use control::port::Ports;
use control::tick::{Ticked, tick};
use github::GitHubForge;
use model::time::Timestamp;
use wire::config::Configuration;

use crate::bell::{Called, called};

/// Nothing is started when there is less time left than a call may take.
const RESERVE: Duration = Duration::from_secs(10);
/// A world this large is looked at once a second at most: each look reads all of it.
const LARGE: usize = 2_000;
const LARGE_EVERY: Duration = Duration::from_secs(1);
/// Tasks that began together end together, and the queue gives at most ten of their ends at a time.
const ENDS_EVERY: Duration = Duration::from_secs(1);

/// What stays warm between two events.
#[derive(Debug)]
pub(crate) struct Scaler {
    installed: ConfigSource<Installed>,
    last: Mutex<Option<Last>>,
}

/// What is made of a configuration.
#[derive(Debug)]
struct Installed {
    config: Configuration,
    ports: Ports,
}

/// The last tick that was finished.
#[derive(Clone, Copy, Debug)]
struct Last {
    began: Timestamp,
    n_open: usize,
}

impl Scaler {
    pub(crate) fn new(environment: &Environment) -> Self {
        let sdk = environment.sdk();
        let parameters = Arc::new(Parameters::new(&sdk));
        let function = environment.function;
        let installed = ConfigSource::new(&sdk.clone(), environment.config.clone(), move |document| {
            let config = configuration(document)?;
            let settings = &config.settings;
            let fresh = Fresh::drawn().map_err(|error| vec![error.to_string()])?;
            let name = settings.app.private_key_parameter.clone();
            let key = Arc::new(Parameter { parameters: parameters.clone(), name, clock: startup::now });
            let forge = GitHubForge::new(&(&settings.app).into(), key, Arc::new(startup::now));
            let ports = Ports {
                ledger: Arc::new(DynamoLedger::new(&sdk, Place::of(settings, function.name()), fresh)),
                compute: Arc::new(AwsCompute::new(&sdk, settings.into(), Arc::new(startup::now))),
                forge: Arc::new(forge.map_err(|error| vec![error.to_string()])?),
            };
            Ok(Installed { config, ports })
        });
        Self { installed, last: Mutex::default() }
    }

    /// Whatever happens, every message is received: what was not done is seen by the next tick, a sweep
    /// at the latest.
    pub(crate) async fn answer(
        &self,
        messages: Messages,
        invocation: Invocation,
    ) -> Result<Received, Failure> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(called) = called(&messages, last.map(|last| last.began)) {
            self.called(called, last, invocation.deadline).await;
        }
        Ok(Received::default())
    }

    async fn called(&self, called: Called, last: Option<Last>, deadline: Timestamp) {
        let Called { call, is_urgent } = called;
        tokio::time::sleep(last.map_or(Duration::ZERO, |last| pause(last, is_urgent, startup::now()))).await;
        let began = startup::now();
        let installed = match self.installed.current(began).await {
            Ok(installed) => installed,
            Err(error) => {
                return tracing::error!(error = %Chain(&error), "nothing is done without a configuration");
            }
        };
        let Installed { config, ports } = installed.as_ref();
        let depth = call.depth;
        let left = deadline.since(began).saturating_sub(RESERVE);
        match tokio::time::timeout(left, tick(ports, &config.rules, call, began)).await {
            Ok(Ok(ticked)) => {
                let took_ms = startup::now().since(began).as_millis();
                tracing::info!(?depth, took_ms, n_queued = ticked.report.n_queued, waiting = ?ticked.report.waiting, "a tick");
                measure(&config.settings.installation, &ticked, began);
                let last = Last { began, n_open: ticked.report.n_open };
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
            }
            Ok(Err(error)) => tracing::error!(?depth, error = %Chain(&error), "a tick was not finished"),
            Err(_) => tracing::error!(?depth, "a tick was cut off for want of time"),
        }
    }
}

fn pause(last: Last, is_urgent: bool, now: Timestamp) -> Duration {
    let every = if last.n_open > LARGE {
        LARGE_EVERY
    } else if is_urgent {
        Duration::ZERO
    } else {
        ENDS_EVERY
    };
    every.saturating_sub(now.since(last.began))
}

/// A tick that found nothing and did nothing costs no metric.
fn measure(installation: &str, ticked: &Ticked, began: Timestamp) {
    let Ticked { plan, report } = ticked;
    if plan.is_empty() && report.n_queued == 0 && report.n_running == 0 {
        return;
    }
    let mut metrics = Metrics::of(installation);
    let n_waiting: usize = report.waiting.values().sum();
    metrics.add(metric::TICK_DURATION, None, startup::now().since(began).as_secs_f64() * 1_000.0);
    metrics.add(metric::WAITING_JOBS, None, count(n_waiting));
    metrics.add(
        metric::ASSIGNED_JOBS,
        None,
        count(report.n_queued.saturating_sub(n_waiting) + report.n_running),
    );
    metrics.add(metric::RUNNING_JOBS, None, count(report.n_running));
    for new in &plan.order {
        metrics.add(metric::ORDERED_NODES, Some(&new.order.id.pool), f64::from(new.order.n));
    }
    if let Err(error) = metrics.write(began, &mut std::io::stdout()) {
        tracing::warn!(error = %error, "metrics could not be written");
    }
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
