//! One port for three services: a request is read, authorised, done and answered.

use super::access::{Authorize, Caller, Everyone, Known};
use super::clock::{self, Clock, system_clock};
use super::directory::{Directory, Table};
use super::{form, reply};
use crate::identity;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::Value;
use sim::compute::{Answer, Machine, Output, Refusal, Service, Settings, TemplateRef, Time};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

const ECS_TARGET: &str = "AmazonEC2ContainerServiceV20141113.";

/// How long a launch template's moving version is believed.
const TEMPLATES_LAST: Duration = Duration::from_secs(2);

/// The model behind HTTP; clones are the same one.
#[derive(Clone)]
pub struct ComputeService {
    shared: Arc<Shared>,
}

struct Shared {
    machine: Mutex<Machine>,
    templates_read: Mutex<BTreeMap<TemplateRef, Time>>,
    outputs: UnboundedSender<Output>,
    changed: Notify,
    directory: Box<dyn Directory>,
    authorize: Box<dyn Authorize>,
    clock: Clock,
    n_requests: AtomicU64,
}

/// A service that listens. Dropping it stops listening and lets no more time pass.
#[derive(Debug)]
pub struct Running {
    pub address: SocketAddr,
    pub service: ComputeService,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl fmt::Debug for ComputeService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComputeService").finish_non_exhaustive()
    }
}

impl ComputeService {
    /// The service, and everything that happens in it.
    pub fn new(
        settings: Settings,
        directory: impl Directory + 'static,
        authorize: impl Authorize + 'static,
        clock: Clock,
    ) -> (Self, UnboundedReceiver<Output>) {
        let (outputs, events) = unbounded_channel();
        let shared = Shared {
            machine: Mutex::new(Machine::new(settings)),
            templates_read: Mutex::default(),
            outputs,
            changed: Notify::new(),
            directory: Box::new(directory),
            authorize: Box::new(authorize),
            clock,
            n_requests: AtomicU64::new(0),
        };
        (Self { shared: Arc::new(shared) }, events)
    }

    /// One that stands alone: its own directory, open to everyone, on the wall clock.
    pub fn alone(settings: Settings, table: Table) -> (Self, UnboundedReceiver<Output>) {
        Self::new(settings, table, Everyone, system_clock())
    }

    /// Answers requests at any path.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }

    /// Listens, and lets time pass.
    pub fn start(self, listener: TcpListener) -> std::io::Result<Running> {
        let address = listener.local_addr()?;
        let router = self.router();
        let serving = tokio::spawn(async move {
            // It ends only with the process or with `Running`.
            let _ = axum::serve(listener, router).await;
        });
        let driving = tokio::spawn(clock::drive(self.clone()));
        Ok(Running { address, service: self, tasks: [serving, driving] })
    }

    /// Reads or changes the machine at the present moment: what agents report, and bad luck.
    pub fn with<T>(&self, change: impl FnOnce(&mut Machine, Time) -> T) -> T {
        let now = self.now();
        let mut machine = self.machine();
        let result = change(&mut machine, now);
        self.hand_over(machine, now);
        self.shared.changed.notify_one();
        result
    }

    /// Does one request, as if it had come over the wire from somebody allowed everything.
    pub async fn call(&self, service: Service, action: &str, params: &Value) -> Answer {
        let (templates, subnets) = Machine::mentioned(service, params);
        self.learn_templates(templates).await;
        self.learn_subnets(subnets).await;
        if service == Service::AutoScaling {
            let named = self.machine().named_templates();
            self.learn_templates(named).await;
        }
        self.with(|machine, now| machine.call(service, action, params, now))
    }

    pub(super) fn now(&self) -> Time {
        (self.shared.clock)()
    }

    pub(super) fn next_due(&self) -> Option<Time> {
        self.machine().next_due()
    }

    pub(super) async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    pub(super) async fn step(&self) {
        let named = self.machine().named_templates();
        self.learn_templates(named).await;
        let now = self.now();
        self.hand_over(self.machine(), now);
    }

    /// Hands out what happened while nobody else can come between, so that its order is kept.
    fn hand_over(&self, mut machine: MutexGuard<'_, Machine>, now: Time) {
        for output in machine.step(now) {
            // Without a receiver nobody wants to know.
            let _ = self.shared.outputs.send(output);
        }
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.shared.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn learn_templates(&self, named: Vec<TemplateRef>) {
        for named in named {
            if !self.is_to_be_read(&named) {
                continue;
            }
            if let Some(template) = self.shared.directory.template(&named).await {
                self.machine().know_template(named, template);
            }
        }
    }

    /// A numbered version never changes; a moving one is read again after a while.
    fn is_to_be_read(&self, named: &TemplateRef) -> bool {
        let now = self.now();
        let is_known = self.machine().knows_template(named);
        let mut read = self.shared.templates_read.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = read.get(named).is_some_and(|at| now.saturating_sub(*at) < TEMPLATES_LAST);
        let is_to_be_read = !is_known || (named.version.starts_with('$') && !is_fresh);
        if is_to_be_read {
            read.insert(named.clone(), now);
        }
        is_to_be_read
    }

    async fn learn_subnets(&self, ids: Vec<String>) {
        for id in ids {
            if !self.machine().knows_subnet(&id)
                && let Some(subnet) = self.shared.directory.subnet(&id).await
            {
                self.machine().know_subnet(subnet);
            }
        }
    }

    fn request_id(&self) -> String {
        let n = self.shared.n_requests.fetch_add(1, Ordering::Relaxed);
        format!("00000000-0000-4000-8000-{n:012x}")
    }
}

async fn answer(
    State(service): State<ComputeService>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let request_id = service.request_id();
    let (to, action, params) = match read(&uri, &headers, &body) {
        Ok(request) => request,
        Err((to, refusal)) => return reply::reply(to, "", Err(refusal), &request_id),
    };
    let caller = Caller { method: &method, uri: &uri, headers: &headers, body: &body };
    let checks = identity::checks(to, &action, &params, &Known(&service.machine()));
    let answer = match service.shared.authorize.authorize(&caller, to, &checks).await {
        Ok(()) => service.call(to, &action, &params).await,
        Err(refusal) => Err(refusal),
    };
    reply::reply(to, &action, answer, &request_id)
}

/// The service is told by `X-Amz-Target`, else by the form's `Version`.
fn read(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<(Service, String, Value), (Service, Refusal)> {
    if let Some(target) = headers.get("x-amz-target") {
        let target = target.to_str().unwrap_or_default();
        let action = target.strip_prefix(ECS_TARGET);
        let action = action.ok_or_else(|| (Service::Ecs, Refusal::unknown_action(Service::Ecs, target)))?;
        let body = if body.is_empty() { b"{}" } else { body };
        let params = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
        let params = params.ok_or_else(|| (Service::Ecs, Refusal::new("SerializationException", 400, "")))?;
        return Ok((Service::Ecs, action.to_owned(), params));
    }
    let text = String::from_utf8_lossy(body);
    let text = if text.is_empty() { uri.query().unwrap_or_default() } else { &text };
    let params = form::read(text);
    let to = match params["Version"].as_str() {
        Some("2011-01-01") => Service::AutoScaling,
        Some("2016-11-15") => Service::Ec2,
        version => {
            let message = format!("The requested version ({}) is not valid.", version.unwrap_or_default());
            return Err((Service::Ec2, Refusal::new("NoSuchVersion", 400, message)));
        }
    };
    let Some(action) = params["Action"].as_str().map(str::to_owned) else {
        return Err((
            to,
            Refusal::new("MissingAction", 400, "The request must contain the parameter Action"),
        ));
    };
    Ok((to, action, params))
}
