//! ministack as a child process: everything of AWS but machines and tasks.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::Deserialize;

use crate::folder::package_root;

/// Where everything in the world is.
pub const REGION: &str = "eu-central-1";
/// Whose everything in the world is.
pub const ACCOUNT: &str = "123456789012";

/// What ministack is started with.
#[derive(Debug)]
pub(crate) struct Boot<'a> {
    pub(crate) python: &'a Path,
    pub(crate) folder: &'a Path,
    /// The front door, which functions must call and URLs must name.
    pub(crate) front: SocketAddr,
}

/// A running ministack. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Ministack {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// The folders that hold what ministack knows, relative to the world's folder.
pub(crate) const STATE: [&str; 2] = ["state", "s3"];

impl Ministack {
    /// Starts it and waits for the port it took: a port it printed itself can't be somebody else's.
    pub(crate) fn start(boot: &Boot<'_>) -> Result<Self> {
        let within = |name: &str| -> Result<PathBuf> {
            let folder = boot.folder.join(name);
            std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
            Ok(folder)
        };
        let log = File::create(boot.folder.join("ministack.log")).context("creating ministack's log")?;
        let mut child = Command::new(boot.python)
            .arg(package_root().join("ministack/boot.py"))
            // Functions inherit this environment, so it holds what a function may see and nothing else.
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", within("home")?)
            .env("TMPDIR", within("tmp")?)
            .env("STATE_DIR", within(STATE[0])?)
            .env("S3_DATA_DIR", within(STATE[1])?)
            .env("PERSIST_STATE", "1")
            .env("S3_PERSIST", "1")
            .env("AUTH", "true")
            .env("MINISTACK_REGION", REGION)
            .env("MINISTACK_ACCOUNT_ID", ACCOUNT)
            .env("GATEWAY_PORT", boot.front.port().to_string())
            .env("AWS_ENDPOINT_URL", format!("http://{}", boot.front))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            // Neither a container daemon of this machine nor a port of other protocols is its business.
            .env("DOCKER_HOST", format!("unix://{}/no-docker.sock", boot.folder.display()))
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LOG_LEVEL", "INFO")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(boot.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting ministack with {}", boot.python.display()))?;
        let stdout = child.stdout.take().context("ministack's output is not a pipe")?;
        let mut ministack = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let started = first_line(stdout).with_context(|| {
            let log = std::fs::read_to_string(boot.folder.join("ministack.log")).unwrap_or_default();
            format!("ministack ended while starting: {log}")
        })?;
        ensure!(
            started.pid == ministack.child.id(),
            "ministack runs as process {}, not as the one that was started",
            started.pid
        );
        ministack.address.set_port(started.port);
        Ok(ministack)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Ministack {
    /// The polite end, in which its functions end too. The keeper sees to those who won't.
    fn drop(&mut self) {
        if let Ok(pid) = i32::try_from(self.child.id()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        if !ended_within(&mut self.child, Duration::from_secs(10)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Whether the process ends by itself in the time given.
pub(crate) fn ended_within(child: &mut Child, patience: Duration) -> bool {
    let step = Duration::from_millis(5);
    for _ in 0..patience.as_millis() / step.as_millis() {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(step),
            Ok(Some(_)) | Err(_) => return true,
        }
    }
    false
}

#[derive(Debug, Deserialize)]
struct Started {
    port: u16,
    pid: u32,
}

/// Reads what ministack prints first; what it prints later is read and forgotten, for a full pipe would stop it.
fn first_line(stdout: std::process::ChildStdout) -> Result<Started> {
    let mut lines = BufReader::new(stdout).lines();
    let Some(line) = lines.next() else { bail!("it printed nothing") };
    let started = serde_json::from_str(&line?).context("its first line is not what boot.py prints")?;
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    Ok(started)
}
