//! A whole world in this process: AWS behind one endpoint, and everything that hangs on it.

use std::{
    collections::BTreeMap,
    future::Future,
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
    forge::{Forge, Owner},
    front::{self, Calls, Faults, Front, Journal},
    github::GitHubHandle,
    keeper::Keeper,
    ministack::{ACCOUNT, Boot, Ministack, REGION},
    registry::RegistryHandle,
    room::Room,
    setup::{Setup, TerraformTool},
    side_door::{Assume, Check, Session, SideDoor, Signed, Verdict},
    snapshot::{self, Places, Snapshot, TERRAFORM},
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
    /// A GitHub and a registry beside AWS, and how GitHub behaves.
    pub github: Option<sim::github::Settings>,
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
        let own = std::env::current_exe().context("finding this program")?;
        Ok(Self::new(BuildFolder::find(&environment)?, environment, &own))
    }

    /// A world of AWS alone on free ports, whose tasks run the programs that lie beside `own`, as far as they do.
    pub fn new(build: BuildFolder, environment: Environment, own: &Path) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let compute = sim::compute::Settings::default();
        // Tests lie in a folder below the programs.
        let beside = own
            .parent()
            .map(|folder| if folder.ends_with("deps") { folder.join("..") } else { folder.into() });
        let program = |name: &str| Some(beside.as_ref()?.join(name)).filter(|program| program.is_file());
        let (runner, listener) = (program("runner"), program("runner_listener"));
        Self { build, environment, listen, restore: None, github: None, compute, runner, listener }
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
    forge: Option<Forge>,
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
        let snapshot = options.restore.as_deref().map(Snapshot::read).transpose()?;
        let listener = snapshot::listener(options.listen, snapshot.as_ref().map(|old| old.places.front))?;
        let front = listener.local_addr()?;
        let forge = match &options.github {
            Some(settings) => Some(Forge::open(&room, &options.setup(), settings, snapshot.as_ref())?),
            None => None,
        };
        let places = Places { front, forge: forge.as_ref().map(Forge::places) };
        if let (Some(snapshot), Some(from)) = (&snapshot, &options.restore) {
            snapshot.lay_out(from, &folder, &places)?;
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
            forge,
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

    /// The model of GitHub, where this world has one.
    pub fn github(&self) -> Option<&Arc<GitHubHandle>> {
        self.forge.as_ref().map(|forge| &forge.github)
    }

    /// The registry of images, where this world has one.
    pub fn registry(&self) -> Option<&Arc<RegistryHandle>> {
        self.forge.as_ref().map(|forge| &forge.registry)
    }

    /// The App's private key and webhook secret, as its owner has them.
    pub fn app(&self) -> Option<&Owner> {
        self.forge.as_ref().map(|forge| &forge.owner)
    }

    /// Waits for something that is done on the world's own runtime.
    pub fn wait<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T> {
        self.room.wait(work)
    }

    /// What the runner of a task has printed so far.
    pub fn task_log(&self, task_id: &str) -> Result<String> {
        self.cloud.nodes.task_log(task_id)
    }

    /// The credentials that tasks were given, past ones too.
    pub fn task_sessions(&self) -> Vec<Session> {
        self.cloud.nodes.sessions()
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

    /// Credentials of a role's session, as one of AWS's services takes them for `ec2.amazonaws.com` or
    /// `ecs-tasks.amazonaws.com`; refused where the role does not trust it.
    pub fn assume(&self, role: &str, name: &str, service: &str) -> Result<Session> {
        let side_door = self.side_door.clone();
        let (role, name, service) = (role.to_owned(), name.to_owned(), service.to_owned());
        let context = BTreeMap::from([
            ("aws:SourceAccount".to_owned(), ACCOUNT.to_owned()),
            ("aws:SourceArn".to_owned(), format!("arn:aws:ecs:{REGION}:{ACCOUNT}:*")),
        ]);
        let assume = move || async move {
            side_door.assume(&Assume { role: &role, name: &name, service: &service, context }).await
        };
        self.room.wait(assume())?
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

    /// Rings the clock: the scheduled event of the minute, which tests send instead of waiting for it.
    pub fn sweep(&self, queue_url: &str, group: &str) -> Result<()> {
        let (aws, queue, group) = (self.aws.clone(), queue_url.to_owned(), group.to_owned());
        self.room.wait(async move { aws.sweep(&queue, &group).await })?
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
        let owner = self.forge.as_ref().map(|forge| forge.owner.clone());
        Snapshot { places: self.places(), owner, compute: self.journal.all() }.write(&self.folder, to)
    }

    fn places(&self) -> Places {
        Places { front: self.front, forge: self.forge.as_ref().map(Forge::places) }
    }

    fn take_up(&self, snapshot: &Snapshot) -> Result<()> {
        let stale = snapshot::stale_objects(&self.folder, &snapshot.places.moved_to(&self.places()))?;
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
