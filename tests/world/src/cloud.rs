//! The compute model among its neighbours: what it asks of ministack, and what happens because of it.

use std::{net::TcpListener, sync::Arc};

use anyhow::{Context, Result};
use async_trait::async_trait;
use sim::compute::{
    Agents, ContainerExit, Event as ModelEvent, Output, Settings, Subnet, Template, TemplateRef,
};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    compute::{ComputeService, Directory, Running, system_clock},
    identity::Policies,
    node::{Apis, Nodes, Parts, Reports},
    room::Room,
    side_door::{Event, SideDoor},
};

/// The running model and the nodes it boots.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) running: Running,
    pub(crate) nodes: Arc<Nodes>,
}

/// The programs that tasks run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Programs {
    pub(crate) runner: Option<std::path::PathBuf>,
    pub(crate) listener: Option<std::path::PathBuf>,
}

impl Cloud {
    pub(crate) fn open(
        room: &Room,
        side_door: &SideDoor,
        settings: Settings,
        folder: &std::path::Path,
        programs: Programs,
    ) -> Result<Self> {
        let apis = Arc::<Apis>::default();
        let directory = Elsewhere { side_door: side_door.clone(), apis: Arc::clone(&apis) };
        let settings = Settings { agents: Agents::Outside, fargate: Agents::Outside, ..settings };
        let policies = Policies(side_door.clone());
        let (service, outputs) = ComputeService::new(settings, directory, policies, system_clock());
        let parts = Parts {
            side_door: side_door.clone(),
            folder: folder.to_owned(),
            runner: programs.runner,
            listener: programs.listener,
            reports: Arc::new(Model(service.clone())),
            apis,
        };
        let nodes = Nodes::open(parts, room.handle().clone())?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("listening for the compute model")?;
        listener.set_nonblocking(true).context("preparing a port")?;
        room.handle().spawn(hear(outputs, side_door.clone(), Arc::clone(&nodes)));
        let running =
            room.wait(async move { service.start(tokio::net::TcpListener::from_std(listener)?) })?;
        Ok(Self { running: running.context("starting the compute model")?, nodes })
    }
}

/// Does what the model says, in its order.
async fn hear(mut outputs: UnboundedReceiver<Output>, side_door: SideDoor, nodes: Arc<Nodes>) {
    while let Some(output) = outputs.recv().await {
        match output {
            Output::Event(event) => {
                if let Err(error) = side_door.emit(&as_event(event)).await {
                    nodes.trouble("EventBridge", &error);
                }
            }
            Output::NodeBooted(node) => nodes.booted(node),
            Output::NodeGone { instance_id } => nodes.gone(&instance_id),
            Output::TaskPlaced(placed) => nodes.placed(*placed),
            Output::TaskStopRequested { task_arn, .. } => nodes.stop(&task_arn),
        }
    }
}

fn as_event(event: ModelEvent) -> Event {
    Event {
        source: event.kind.source().to_owned(),
        detail_type: event.kind.detail_type().to_owned(),
        resources: event.resources,
        detail: event.detail,
    }
}

/// Launch templates and subnets, which ministack keeps.
#[derive(Debug)]
struct Elsewhere {
    side_door: SideDoor,
    apis: Arc<Apis>,
}

#[async_trait]
impl Directory for Elsewhere {
    async fn template(&self, named: &TemplateRef) -> Option<Template> {
        let found = self.side_door.template(&named.id_or_name, &named.version).await.ok()?;
        if let (Some(cluster), Some(api)) = (&found.cluster, &found.api_url) {
            self.apis.set(cluster, api);
        }
        Some(Template {
            id: found.id,
            name: found.name,
            version: found.version,
            instance_type: found.instance_type,
            is_spot: found.is_spot,
            image_id: found.image_id,
            instance_profile: found.instance_profile,
            cluster: found.cluster.or_else(|| found.tags.get("quillon:cluster").cloned()),
            tags: found.tags,
        })
    }

    async fn subnet(&self, id: &str) -> Option<Subnet> {
        let found = self.side_door.subnet(id).await.ok()?;
        Some(Subnet { id: found.id, vpc_id: found.vpc_id, availability_zone: found.availability_zone })
    }
}

/// Agents' reports, into the model.
#[derive(Debug)]
struct Model(ComputeService);

impl Reports for Model {
    fn registered(&self, instance_id: &str) -> Option<String> {
        self.0.with(|model, now| {
            model.agent_registered(instance_id, None, std::collections::BTreeMap::new(), now)
        })
    }

    fn started(&self, task_arn: &str) {
        self.0.with(|model, now| model.task_started(task_arn, now));
    }

    fn failed_to_start(&self, task_arn: &str, reason: &str) {
        self.0.with(|model, now| model.task_failed_to_start(task_arn, reason, now));
    }

    fn exited(&self, task_arn: &str, exit: &ContainerExit) {
        self.0.with(|model, now| model.container_exited(task_arn, exit, now));
    }

    fn stopped(&self, task_arn: &str) {
        self.0.with(|model, now| model.task_stopped(task_arn, now));
    }
}
