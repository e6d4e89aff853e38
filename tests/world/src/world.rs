//! A whole world in this process: AWS behind one endpoint, and everything that hangs on it.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};

use crate::{
    folder::{BuildFolder, Environment},
    front::{self, Calls, Faults, Front},
    keeper::Keeper,
    ministack::{Boot, Ministack},
    room::Room,
    setup::Setup,
    side_door::{Check, SideDoor, Signed, Verdict},
};

/// How a world is to be.
#[derive(Clone, Debug)]
pub struct Options {
    pub build: BuildFolder,
    /// Of this process, to find tools with. Nothing in the world inherits it.
    pub environment: Environment,
    /// Where the AWS endpoint listens; port 0 takes a free one.
    pub listen: SocketAddr,
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
        Self { build, environment, listen: SocketAddr::from(([127, 0, 0, 1], 0)) }
    }
}

/// A running world. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct World {
    // In the order they end: the emulator with its functions, the servers, and last who looks after the rest.
    ministack: Option<Ministack>,
    room: Room,
    side_door: SideDoor,
    calls: Arc<Calls>,
    faults: Arc<Faults>,
    front: SocketAddr,
    python: PathBuf,
    folder: PathBuf,
    _keeper: Keeper,
}

impl World {
    pub fn start(options: &Options) -> Result<Self> {
        let setup =
            Setup { build: &options.build, environment: &options.environment, progress: &|line| tell(line) };
        let python = setup.python()?;
        let folder = options.build.world()?;
        let keeper = Keeper::start(&python, &folder)?;
        let room = Room::open()?;
        let listener =
            TcpListener::bind(options.listen).with_context(|| format!("listening at {}", options.listen))?;
        let front = listener.local_addr()?;
        let ministack = Ministack::start(&Boot { python: &python, folder: &folder, front })?;
        let side_door = SideDoor::new(ministack.address);
        let (calls, faults) = (Arc::<Calls>::default(), Arc::<Faults>::default());
        let router = front::router(Arc::new(Front {
            relay: front::Relay::new(),
            side_door: side_door.clone(),
            calls: Arc::clone(&calls),
            faults: Arc::clone(&faults),
            compute: ministack.address,
            ministack: ministack.address,
            own: front,
        }));
        serve(&room, listener, router)?;
        Ok(Self {
            ministack: Some(ministack),
            room,
            side_door,
            calls,
            faults,
            front,
            python,
            folder,
            _keeper: keeper,
        })
    }

    /// The AWS endpoint.
    pub fn aws_url(&self) -> String {
        format!("http://{}", self.front)
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
    pub fn ministack_pid(&self) -> Option<u32> {
        self.ministack.as_ref().map(Ministack::pid)
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
