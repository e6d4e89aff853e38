//! From a request to an answer.

use aws::emf::Metrics;
use aws::event::{Answer, Request};
use aws::ledger::Place;
use aws::{ConfigSource, DynamoLedger, Environment, Failure, Fresh, Parameters, configuration, metric};
use control::admit::{Admitted, admit};
use control::event::Event;
use github::webhook::{self, Delivery, Verified};
use model::time::Timestamp;
use wire::config::Configuration;

/// What stays warm between two events.
#[derive(Debug)]
pub(crate) struct Webhook {
    installed: ConfigSource<Installed>,
    parameters: Parameters,
}

/// What is made of a configuration.
#[derive(Debug)]
struct Installed {
    config: Configuration,
    ledger: DynamoLedger,
}

impl Webhook {
    pub(crate) fn new(environment: &Environment) -> Self {
        let sdk = environment.sdk();
        let function = environment.function;
        let parameters = Parameters::new(&sdk);
        let installed = ConfigSource::new(&sdk.clone(), environment.config.clone(), move |document| {
            let config = configuration(document)?;
            let fresh = Fresh::drawn().map_err(|error| vec![error.to_string()])?;
            let ledger = DynamoLedger::new(&sdk, Place::of(&config.settings, function.name()), fresh);
            Ok(Installed { config, ledger })
        });
        Self { installed, parameters }
    }

    pub(crate) async fn answer(&self, request: Request, now: Timestamp) -> Result<Answer, Failure> {
        if request.method != "POST" {
            return Ok(Answer::text(405, "only POST").with("allow", "POST"));
        }
        let Some(signature) = request.headers.get("x-hub-signature-256") else {
            return Ok(Answer::text(401, "x-hub-signature-256 is missing: set a secret on the webhook"));
        };
        let installed = self.installed.current(now).await?;
        let Installed { config, ledger } = installed.as_ref();
        let Some(verified) = self.verified(config, &request.body, signature, now).await? else {
            tracing::warn!("a signature does not fit");
            return Ok(Answer::text(401, "the signature does not fit the body and our secret"));
        };
        let kind = request.headers.get("x-github-event").map_or("", String::as_str);
        match webhook::parse(verified, kind) {
            Ok(Delivery::Of(event)) => admitted(config, ledger, &event, now).await,
            Ok(Delivery::NotOurs(why)) => Ok(Answer::text(200, &format!("not ours: {why}"))),
            Err(error) => {
                tracing::warn!(error = %error, "a signed body cannot be read");
                Ok(Answer::text(400, &error.to_string()))
            }
        }
    }

    /// A secret that was changed since it was read fits at the second try.
    async fn verified<'a>(
        &self,
        config: &Configuration,
        body: &'a [u8],
        signature: &str,
        now: Timestamp,
    ) -> Result<Option<Verified<'a>>, Failure> {
        let name = &config.settings.app.webhook_secret_parameter;
        let secret = self.parameters.get(name, now).await?;
        if let Ok(verified) = webhook::verify(&secret, body, Some(signature)) {
            return Ok(Some(verified));
        }
        let Some(secret) = self.parameters.replaced(name, now).await? else { return Ok(None) };
        Ok(webhook::verify(&secret, body, Some(signature)).ok())
    }
}

async fn admitted(
    config: &Configuration,
    ledger: &DynamoLedger,
    event: &Event,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let admitted = admit(ledger, &config.rules, event, now).await?;
    let sentence = match admitted {
        Admitted::Foreign => return Ok(Answer::text(200, "not ours: another runner's labels")),
        Admitted::New => "in the ledger",
        Admitted::Known => "in the ledger before",
        Admitted::Doubted => "in the ledger, and GitHub will be asked",
    };
    tracing::info!(job.id = event.job().0, event = event.name(), outcome = ?admitted, "an event");
    if admitted == Admitted::New {
        count(&config.settings.installation, event, now);
    }
    Ok(Answer::text(202, sentence))
}

fn count(installation: &str, event: &Event, now: Timestamp) {
    let mut metrics = Metrics::of(installation);
    match event {
        Event::InProgress { job, at, .. } => {
            metrics.add(metric::STARTED_JOBS, None, 1.0);
            metrics.add(metric::JOB_STARTUP, None, at.since(job.queued_at).as_secs_f64());
        }
        Event::Completed(ended) => {
            metrics.add(metric::COMPLETED_JOBS, None, 1.0);
            if let Some(started_at) = ended.started_at {
                metrics.add(metric::JOB_EXECUTION, None, ended.ended_at.since(started_at).as_secs_f64());
            }
        }
        Event::Queued(_) | Event::Waiting { .. } => {}
    }
    if let Err(error) = metrics.write(now, &mut std::io::stdout()) {
        tracing::warn!(error = %error, "metrics could not be written");
    }
}
