//! A whole world in this process: AWS behind one endpoint, and everything that hangs on it.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};

use crate::{
    aws::Aws,
    cloud::{Cloud, Programs},
    compute::ComputeService,
    folder::{BuildFolder, Environment},
    front::{self, Calls, Faults, Front, Journal},
    keeper::Keeper,
    ministack::{Boot, Ministack},
    room::Room,
    setup::{Setup, TerraformTool},
    side_door::{Check, SideDoor, Signed, Verdict},
    snapshot::{self, Snapshot, TERRAFORM},
    terraform::{self, Terraform},
};

/// How a world is to be.
#[derive(Clone, Debug)]
pub struct Options {
    pub build: BuildFolder,
    /// Of this process, to find tools with. Nothing in the world inherits it.
    pub environment: Environment,
    /// Where the AWS endpoint listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Takes up the installation that another world put aside here.
    pub restore: Option<PathBuf>,
    /// How ECS, Auto Scaling and EC2 behave, and how fast.
    pub compute: sim::compute::Settings,
    /// Started for every container named `runner`; without it, a stand-in.
    pub runner: Option<PathBuf>,
    /// Stands where the runner looks for GitHub's listener.
    pub listener: Option<PathBuf>,
}

impl Options {
    /// A world on free ports, with the tools this process finds.
    #[expect(clippy::disallowed_methods, reason = "a test has no main that could pass its environment on")]
    pub fn of_this_process() -> Result<Self> {
        let environment: Environment = std::env::vars().collect();
        Ok(Self::new(BuildFolder::find(&environment)?, environment))
    }

    /// A world on free ports.
    pub fn new(build: BuildFolder, environment: Environment) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let compute = sim::compute::Settings::default();
        Self { build, environment, listen, restore: None, compute, runner: None, listener: None }
    }

    /// The tools of this world, for those who need one before it starts.
    pub fn setup(&self) -> Setup<'_> {
        Setup { build: &self.build, environment: &self.environment, progress: &tell }
    }
}

/// A running world. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct World {
    // In the order they end: the emulator with its functions, the servers, and last who looks after the rest.
    cloud: Cloud,
    ministack: Ministack,
    room: Room,
    side_door: SideDoor,
    aws: Aws,
    calls: Arc<Calls>,
    faults: Arc<Faults>,
    journal: Arc<Journal>,
    front: SocketAddr,
    python: PathBuf,
    options: Options,
    folder: PathBuf,
    _keeper: Keeper,
}

impl World {
    pub fn start(options: &Options) -> Result<Self> {
        let python = options.setup().python()?;
        let folder = options.build.world()?;
        let keeper = Keeper::start(&python, &folder)?;
        let room = Room::open()?;
        let (listen, snapshot) = snapshot::preferred(options.listen, options.restore.as_ref())?;
        let listener = TcpListener::bind(listen).with_context(|| format!("listening at {listen}"))?;
        let front = listener.local_addr()?;
        if let (Some(snapshot), Some(from)) = (&snapshot, &options.restore) {
            snapshot.lay_out(from, &folder, front)?;
        }
        let ministack = Ministack::start(&Boot { python: &python, folder: &folder, front })?;
        let side_door = SideDoor::new(ministack.address);
        let (calls, faults, journal) = (Arc::<Calls>::default(), Arc::<Faults>::default(), Arc::default());
        let programs = Programs { runner: options.runner.clone(), listener: options.listener.clone() };
        let cloud = Cloud::open(&room, &side_door, options.compute.clone(), &folder, programs)?;
        let router = front::router(Arc::new(Front {
            relay: front::Relay::new(),
            side_door: side_door.clone(),
            calls: Arc::clone(&calls),
            faults: Arc::clone(&faults),
            journal: Arc::clone(&journal),
            compute: cloud.running.address,
            ministack: ministack.address,
            own: front,
        }));
        serve(&room, listener, router)?;
        let world = Self {
            aws: Aws::new(ministack.address),
            cloud,
            ministack,
            room,
            side_door,
            calls,
            faults,
            journal,
            front,
            python,
            options: options.clone(),
            folder,
            _keeper: keeper,
        };
        if let Some(snapshot) = snapshot {
            world.take_up(&snapshot)?;
        }
        Ok(world)
    }

    /// The AWS endpoint.
    pub fn aws_url(&self) -> String {
        format!("http://{}", self.front)
    }

    /// The compute model alone, open to everyone.
    pub fn compute_url(&self) -> String {
        format!("http://{}", self.cloud.running.address)
    }

    /// The compute model, to look into and to bring bad luck upon.
    pub fn compute(&self) -> &ComputeService {
        &self.cloud.running.service
    }

    /// What the runner of a task has printed so far.
    pub fn task_log(&self, task_id: &str) -> Result<String> {
        self.cloud.nodes.task_log(task_id)
    }

    /// What went wrong on nodes and between services.
    pub fn troubles(&self) -> Vec<String> {
        self.cloud.nodes.troubles()
    }

    /// The Python that has ministack and boto3.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// This world's folder, gone with it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every call of an AWS API so far.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Orders trouble.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Whether a request's signature holds, and its caller's policies allow these.
    pub fn authorize(&self, signed: Signed, checks: Vec<Check>) -> Result<Verdict> {
        let side_door = self.side_door.clone();
        self.room.wait(async move { side_door.authorize(&signed, &checks).await })?
    }

    /// The process that runs ministack.
    pub fn ministack_pid(&self) -> u32 {
        self.ministack.pid()
    }

    /// What a function has logged, oldest first.
    pub fn function_log(&self, function: &str) -> Result<Vec<String>> {
        let (aws, group) = (self.aws.clone(), format!("/aws/lambda/{function}"));
        self.room.wait(async move { aws.log(&group).await })?
    }

    /// Sends a message to a queue, as EventBridge does for a rule's target.
    pub fn send(&self, queue_url: &str, group: &str, body: &str) -> Result<()> {
        let aws = self.aws.clone();
        let (queue, group, body) = (queue_url.to_owned(), group.to_owned(), body.to_owned());
        self.room.wait(async move { aws.send(&queue, &group, &body).await })?
    }

    /// Terraform in a working copy of these parts of `root`, working in `within` of it.
    /// The same name finds the same copy again.
    pub fn terraform(&self, name: &str, root: &Path, parts: &[&str], within: &str) -> Result<Terraform> {
        let tool: TerraformTool = self.options.setup().terraform()?;
        let copy = self.folder.join(TERRAFORM).join(name);
        if !copy.exists() {
            for part in parts {
                terraform::copy(&root.join(part), &copy.join(part))?;
            }
        }
        let path = self.options.environment.get("PATH").cloned().unwrap_or_default();
        Ok(Terraform { tool, folder: copy.join(within), endpoint: self.aws_url(), path })
    }

    /// Puts everything that is installed here aside, for other worlds to take up. Machines and tasks are not.
    pub fn save(&self, to: &Path) -> Result<()> {
        let side_door = self.side_door.clone();
        self.room.wait(async move { side_door.save().await })??;
        Snapshot { front: self.front, compute: self.journal.all() }.write(&self.folder, to)
    }

    fn take_up(&self, snapshot: &Snapshot) -> Result<()> {
        let (old, new) = (snapshot.front.to_string(), self.front.to_string());
        let stale = if old == new { Vec::new() } else { snapshot::stale_objects(&self.folder, &old, &new)? };
        let (aws, front, recorded) = (self.aws.clone(), Aws::new(self.front), snapshot.compute.clone());
        self.room.wait(async move {
            for object in &stale {
                aws.put_object(object).await?;
            }
            for call in &recorded {
                front.repeat(call).await?;
            }
            anyhow::Ok(())
        })??;
        self.calls.take();
        Ok(())
    }
}

/// Serves a router on the world's thread for as long as the world lasts.
pub(crate) fn serve(room: &Room, listener: TcpListener, router: axum::Router) -> Result<()> {
    listener.set_nonblocking(true).context("preparing a port")?;
    let _inside = room.handle().enter();
    let listener = tokio::net::TcpListener::from_std(listener).context("preparing a port")?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    room.handle().spawn(async move { axum::serve(listener, service).await });
    Ok(())
}

/// Set-up takes a while, and whoever waits should see why.
#[expect(clippy::print_stderr, reason = "progress is for the person who waits at a terminal")]
fn tell(line: &str) {
    eprintln!("{line}");
}
