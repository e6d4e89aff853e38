//! From a request to an answer.

use std::sync::Arc;
use std::time::Duration;

use aws::event::{Answer, Request};
use aws::ledger::Place;
use aws::{
    ConfigSource, DynamoLedger, Environment, Failure, Fresh, Parameter, Parameters, configuration, startup,
};
use control::claim::{self, Claimant, Claimed, claim};
use control::node::{Heard, Said, announce};
use control::port::Secret;
use github::GitHubForge;
use model::Trust;
use model::id::InstanceId;
use model::rules::Rules;
use model::size::{CpuUnits, Mib, Size};
use model::time::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::claim::{ClaimAnswer, ClaimRequest, NodeAnswer, NodeRequest, ReportRequest};
use wire::config::{Configuration, Settings};

use crate::caller::session_of;

/// A node whose row is still to be written asks again after this.
const LATER: Duration = Duration::from_secs(5);

/// What stays warm between two events.
#[derive(Debug)]
pub(crate) struct Broker {
    installed: ConfigSource<Installed>,
}

#[derive(Debug)]
struct Installed {
    settings: Settings,
    rules: Rules,
    ledger: DynamoLedger,
    forge: GitHubForge,
}

impl Broker {
    pub(crate) fn new(environment: &Environment) -> Self {
        let sdk = environment.sdk();
        let function = environment.function;
        let parameters = Arc::new(Parameters::new(&sdk));
        let installed = ConfigSource::new(&sdk.clone(), environment.config.clone(), move |document| {
            let Configuration { settings, rules } = configuration(document)?;
            let fresh = Fresh::drawn().map_err(|error| vec![error.to_string()])?;
            let key = |name: &String| -> Arc<dyn Secret> {
                let (parameters, name) = (parameters.clone(), name.clone());
                Arc::new(Parameter { parameters, name, clock: startup::now })
            };
            let app = &settings.app;
            let forge =
                GitHubForge::new(&app.into(), key(&app.private_key_parameter), Arc::new(startup::now));
            let further = app.registrars.iter().map(|it| (it.id, key(&it.private_key_parameter)));
            Ok(Installed {
                ledger: DynamoLedger::new(&sdk, Place::of(&settings, function.name()), fresh),
                forge: forge.map_err(|error| vec![error.to_string()])?.with_registrars(further),
                settings,
                rules,
            })
        });
        Self { installed }
    }

    pub(crate) async fn answer(&self, request: Request, now: Timestamp) -> Result<Answer, Failure> {
        if request.method != "POST" {
            return Ok(Answer::text(405, "only POST").with("allow", "POST"));
        }
        let installed = self.installed.current(now).await?;
        let route = request.path.rsplit('/').next().unwrap_or_default();
        match route {
            "claim" => installed.claim(&request, now).await,
            "report" => installed.report(&request).await,
            "node" => installed.node(&request, now).await,
            _ => Ok(Answer::text(404, "there are /claim, /report and /node")),
        }
    }
}

impl Installed {
    async fn claim(&self, request: &Request, now: Timestamp) -> Result<Answer, Failure> {
        let Some(task) = task(&self.settings, request) else {
            return Ok(stranger("a task of this installation"));
        };
        let asked: ClaimRequest = match read(&request.body) {
            Ok(asked) => asked,
            Err(answer) => return Ok(answer),
        };
        let by =
            Claimant { task: task.as_str().into(), launch: asked.launch, nonce_hash: asked.nonce.hash() };
        let claimed = claim(&self.ledger, &self.forge, &by, now).await?;
        match claimed {
            // Every other second, for hours.
            Claimed::Stand(_) => tracing::debug!(task.id = task, "a claim of one that stands by"),
            Claimed::Run { .. } | Claimed::Wait(_) | Claimed::End(_) | Claimed::Refused(_) => {
                tracing::info!(task.id = task, launch.id = %by.launch, outcome = claimed.name(), "a claim");
            }
        }
        Ok(match claimed {
            Claimed::Run { runner, config } => {
                let jit_config = config.0.expose_secret().to_owned().into();
                json(200, &ClaimAnswer::Run { runner_name: runner.to_string(), jit_config })
            }
            Claimed::Wait(wait) => {
                json(202, &ClaimAnswer::Wait { retry_after_ms: millis(wait), standby: false })
            }
            Claimed::Stand(wait) => {
                json(202, &ClaimAnswer::Wait { retry_after_ms: millis(wait), standby: true })
            }
            Claimed::End(message) => json(410, &ClaimAnswer::End { message }),
            Claimed::Refused(message) => json(403, &ClaimAnswer::Refused { message }),
        })
    }

    /// Advice: it is logged with the launch, and what ECS and GitHub say counts.
    async fn report(&self, request: &Request) -> Result<Answer, Failure> {
        let Some(task) = task(&self.settings, request) else {
            return Ok(stranger("a task of this installation"));
        };
        let told: ReportRequest = match read(&request.body) {
            Ok(told) => told,
            Err(answer) => return Ok(answer),
        };
        if !claim::is_task_of(&self.ledger, &task.as_str().into(), told.launch).await? {
            return Ok(stranger("a task with a launch"));
        }
        tracing::warn!(task.id = task, launch.id = %told.launch, kind = ?told.kind, detail = told.detail.as_str(), "a task reports");
        Ok(Answer::empty(204))
    }

    async fn node(&self, request: &Request, now: Timestamp) -> Result<Answer, Failure> {
        let Some((id, tier)) = node(&self.settings, request) else {
            return Ok(stranger("a node of this installation"));
        };
        let said = match read(&request.body) {
            Ok(NodeRequest::Ready { cpu, memory_mib, .. }) => {
                Said::Ready(Size { cpu: CpuUnits(cpu), memory: Mib(memory_mib) })
            }
            Ok(NodeRequest::Farewell {}) => Said::Farewell,
            Err(answer) => return Ok(answer),
        };
        let heard = announce(&self.ledger, &self.rules, (&InstanceId(id.clone()), tier), said, now).await?;
        tracing::info!(node.id = id, %tier, ?said, ?heard, "a node announces");
        Ok(match heard {
            Heard::Ok => json(200, &NodeAnswer::Ok),
            Heard::Refused => stranger("a node of its pool's trust tier"),
            Heard::Later => json(202, &NodeAnswer::Later { retry_after_ms: millis(LATER) }),
        })
    }
}

/// The task whose signature it is.
fn task(settings: &Settings, request: &Request) -> Option<String> {
    session_of(request.caller.as_ref(), &settings.tasks.role_arn, settings)
}

/// The machine whose signature it is, and the tier of its role.
fn node(settings: &Settings, request: &Request) -> Option<(String, Trust)> {
    let by = |role: &String| session_of(request.caller.as_ref(), role, settings);
    settings.node_roles.iter().find_map(|(tier, role)| Some((by(role)?, *tier)))
}

fn stranger(who: &str) -> Answer {
    tracing::warn!(who, "a stranger is refused");
    json(403, &ClaimAnswer::Refused { message: format!("the signature is not that of {who}") })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Answer> {
    // The error names the field and the place, never a value.
    serde_json::from_slice(body)
        .map_err(|error| Answer::text(400, &format!("the body cannot be read: {error}")))
}

fn json(status: u16, body: &impl Serialize) -> Answer {
    let body = serde_json::to_value(body).expect("our own answers have a JSON form");
    Answer::json(status, &body)
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
