#![doc = include_str!("README.md")]

mod announce;
mod container;
mod credentials;
mod socket;
mod task;

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sim::compute::{ContainerExit, NodeBooted, TaskPlaced, instance_type};
use tokio::{runtime::Handle, sync::watch};

use self::{
    announce::Ready,
    credentials::{Credentials, Grant},
    task::{Order, Surroundings, Task},
};
use crate::{
    ministack::{ACCOUNT, REGION},
    side_door::{Assume, Session, SideDoor},
};

/// Where agents report to: the model, which passes over whatever comes too late.
pub(crate) trait Reports: std::fmt::Debug + Send + Sync {
    /// The container instance's ARN, if the cluster takes the node.
    fn registered(&self, instance_id: &str) -> Option<String>;
    fn started(&self, task_arn: &str);
    fn failed_to_start(&self, task_arn: &str, reason: &str);
    fn exited(&self, task_arn: &str, exit: &ContainerExit);
    fn stopped(&self, task_arn: &str);
}

/// What the nodes of a world are made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) side_door: SideDoor,
    pub(crate) folder: PathBuf,
    /// The real program for the container named `runner`; without it, a stand-in.
    pub(crate) runner: Option<PathBuf>,
    /// The stand-in for GitHub's listener.
    pub(crate) listener: Option<PathBuf>,
    pub(crate) reports: Arc<dyn Reports>,
    pub(crate) apis: Arc<Apis>,
}

/// The API that nodes of each cluster announce themselves to, as their user data says.
#[derive(Debug, Default)]
pub(crate) struct Apis(Mutex<BTreeMap<String, String>>);

impl Apis {
    pub(crate) fn set(&self, cluster: &str, api: &str) {
        lock(&self.0).insert(cluster.to_owned(), api.trim_end_matches('/').to_owned());
    }

    fn of(&self, cluster: &str) -> Option<String> {
        lock(&self.0).get(cluster).cloned()
    }
}

/// Every node of a world, and the tasks on them.
#[derive(Debug)]
pub(crate) struct Nodes {
    parts: Parts,
    handle: Handle,
    credentials: Arc<Credentials>,
    /// Where tasks ask for their credentials.
    endpoint: SocketAddr,
    tasks: Mutex<BTreeMap<String, Running>>,
    /// What went wrong on a node, for whoever looks into a failed test.
    troubles: Mutex<Vec<String>>,
}

#[derive(Debug)]
struct Running {
    instance_id: String,
    orders: watch::Sender<Order>,
}

impl Nodes {
    /// Starts the credentials endpoint on the runtime behind `handle`.
    pub(crate) fn open(parts: Parts, handle: Handle) -> Result<Arc<Self>> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("listening for tasks")?;
        listener.set_nonblocking(true).context("preparing a port")?;
        let endpoint = listener.local_addr()?;
        let credentials = Arc::<Credentials>::default();
        let router = credentials::router(Arc::clone(&credentials));
        handle.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router).await
        });
        let (tasks, troubles) = (Mutex::default(), Mutex::default());
        Ok(Arc::new(Self { parts, handle, credentials, endpoint, tasks, troubles }))
    }

    pub(crate) fn troubles(&self) -> Vec<String> {
        lock(&self.troubles).clone()
    }

    /// The credentials that tasks were given.
    pub(crate) fn sessions(&self) -> Vec<Session> {
        self.credentials.given()
    }

    /// What the containers of a task have printed.
    pub(crate) fn task_log(&self, task_id: &str) -> Result<String> {
        let log = self.task_folder(task_id).join("runner.log");
        fs::read_to_string(&log).with_context(|| format!("reading {}", log.display()))
    }

    /// The machine is up: its agent registers, then the node's own program speaks.
    pub(crate) fn booted(self: &Arc<Self>, node: NodeBooted) {
        let nodes = Arc::clone(self);
        self.handle.spawn(async move {
            let instance_id = node.instance_id.clone();
            if let Err(error) = nodes.announce(node).await {
                nodes.trouble(&instance_id, &error);
            }
        });
    }

    /// The machine is gone, and with it everything on it.
    pub(crate) fn gone(&self, instance_id: &str) {
        for task in lock(&self.tasks).values().filter(|task| task.instance_id == instance_id) {
            // A task that has ended hears nothing any more.
            let _ = task.orders.send(Order::Vanish);
        }
    }

    pub(crate) fn stop(&self, task_arn: &str) {
        if let Some(task) = lock(&self.tasks).get(task_arn) {
            task.orders.send_if_modified(|order| {
                let is_news = *order == Order::Run;
                *order = Order::Stop.max(*order);
                is_news
            });
        }
    }

    pub(crate) fn placed(self: &Arc<Self>, placed: TaskPlaced) {
        let nodes = Arc::clone(self);
        let (orders, ordered) = watch::channel(Order::Run);
        let running = Running { instance_id: placed.instance_id.clone(), orders };
        lock(&self.tasks).insert(placed.task_arn.clone(), running);
        self.handle.spawn(async move {
            nodes.run(&placed, ordered).await;
            lock(&nodes.tasks).remove(&placed.task_arn);
            nodes.credentials.revoke(&placed.task_id);
        });
    }

    async fn run(&self, placed: &TaskPlaced, ordered: watch::Receiver<Order>) {
        let task = match self.start(placed).await {
            Ok(task) => task,
            Err(error) => {
                self.trouble(&placed.task_id, &error);
                self.parts.reports.failed_to_start(&placed.task_arn, &format!("{error:#}"));
                return;
            }
        };
        self.parts.reports.started(&placed.task_arn);
        let Some(exits) = task.run(ordered).await else { return };
        for exit in exits {
            let exit =
                ContainerExit { container: exit.container, exit_code: i64::from(exit.code), reason: None };
            self.parts.reports.exited(&placed.task_arn, &exit);
        }
        self.parts.reports.stopped(&placed.task_arn);
    }

    async fn start(&self, placed: &TaskPlaced) -> Result<Task> {
        let session = match &placed.task_role_arn {
            Some(role) => Some(self.task_session(role, placed).await?),
            None => None,
        };
        let id = &placed.task_id;
        let at = |path: String| format!("http://{}{path}", self.endpoint);
        let mut given = BTreeMap::from([
            ("AWS_EXECUTION_ENV".to_owned(), format!("AWS_ECS_{}", launch_type(placed))),
            ("ECS_CONTAINER_METADATA_URI_V4".to_owned(), at(format!("/v4/{id}"))),
        ]);
        if session.is_some() {
            // The agent's own address is the same on every node, so it can't be one of this machine.
            given
                .insert("AWS_CONTAINER_CREDENTIALS_FULL_URI".to_owned(), at(format!("/v2/credentials/{id}")));
        }
        self.credentials.grant(id, Grant { session, metadata: metadata(placed) });
        let folder = self.task_folder(id);
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let (runner, listener) = (self.parts.runner.as_deref(), self.parts.listener.as_deref());
        Task::start(placed, &Surroundings { folder: &folder, runner, listener, given })
    }

    /// The task role under the task's id, as ECS takes it.
    async fn task_session(&self, role: &str, placed: &TaskPlaced) -> Result<Session> {
        let context = BTreeMap::from([
            ("aws:SourceAccount".to_owned(), ACCOUNT.to_owned()),
            ("aws:SourceArn".to_owned(), format!("arn:aws:ecs:{REGION}:{ACCOUNT}:*")),
        ]);
        let assume = Assume { role, name: &placed.task_id, service: "ecs-tasks.amazonaws.com", context };
        self.parts.side_door.assume(&assume).await.with_context(|| {
            format!("ECS was unable to assume the role '{role}' that was provided for this task")
        })
    }

    async fn announce(&self, node: NodeBooted) -> Result<()> {
        let Some(container_instance) = self.parts.reports.registered(&node.instance_id) else {
            return Ok(());
        };
        let Some(api) = self.parts.apis.of(&node.cluster) else { return Ok(()) };
        let Some(profile) = &node.instance_profile else { return Ok(()) };
        let role = self.parts.side_door.role_of_profile(profile).await?;
        let assume = Assume {
            role: &role,
            name: &node.instance_id,
            service: "ec2.amazonaws.com",
            context: BTreeMap::new(),
        };
        let session = self.parts.side_door.assume(&assume).await?;
        let shape = instance_type(&node.instance_type).context("an instance of an unknown type")?;
        let ready = Ready {
            container_instance,
            cpu: shape.vcpu * 1024,
            // What the kernel leaves of a machine's memory.
            memory_mib: shape.memory_mib * 97 / 100,
        };
        announce::announce(&api, &session, &ready).await
    }

    /// Short: sockets below it have little room for a path.
    fn task_folder(&self, task_id: &str) -> PathBuf {
        self.parts.folder.join("t").join(task_id.get(..12).unwrap_or(task_id))
    }

    pub(crate) fn trouble(&self, whose: &str, error: &anyhow::Error) {
        lock(&self.troubles).push(format!("{whose}: {error:#}"));
    }
}

/// As much of the metadata's version 4 as anybody reads.
fn metadata(placed: &TaskPlaced) -> Value {
    json!({
        "Cluster": placed.cluster_arn,
        "TaskARN": placed.task_arn,
        "Family": placed.family,
        "Revision": placed.revision.to_string(),
        "LaunchType": launch_type(placed),
    })
}

/// A task without a node of ours is on a machine of Fargate's own, which nobody else is on.
fn launch_type(placed: &TaskPlaced) -> &'static str {
    if placed.instance_id.is_empty() { "FARGATE" } else { "EC2" }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
