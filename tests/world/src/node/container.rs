//! One container of a task: a real process, or a stand-in that lives until it is stopped.

use std::{
    collections::BTreeMap,
    fs::File,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use tokio::sync::watch;

use super::socket;

/// A container definition as far as the agent acts on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) is_essential: bool,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) command: Vec<String>,
    pub(super) mounts: Vec<Mount>,
    pub(super) stop_timeout: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) volume: String,
    pub(super) at: String,
}

impl Definition {
    /// Reads what `DescribeTaskDefinition` shows.
    pub(super) fn read(container: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| container[name].as_array().cloned().unwrap_or_default();
        // The agent's default, where a definition says nothing.
        let stop_timeout = container["stopTimeout"].as_u64().unwrap_or(30);
        Self {
            name: text(&container["name"]),
            is_essential: container["essential"].as_bool().unwrap_or(true),
            environment: list("environment")
                .iter()
                .map(|pair| (text(&pair["name"]), text(&pair["value"])))
                .collect(),
            command: list("command").iter().map(text).collect(),
            mounts: list("mountPoints")
                .iter()
                .map(|mount| Mount {
                    volume: text(&mount["sourceVolume"]),
                    at: text(&mount["containerPath"]),
                })
                .collect(),
            stop_timeout: Duration::from_secs(stop_timeout),
        }
    }

    /// Writes paths below a mount point as they are on this machine.
    pub(super) fn on_this_machine(&self, text: &str, volumes: &BTreeMap<String, PathBuf>) -> String {
        let mut text = text.to_owned();
        for mount in &self.mounts {
            if let Some(folder) = volumes.get(&mount.volume) {
                text = text.replace(&mount.at, &folder.to_string_lossy());
            }
        }
        text
    }

    /// The socket this container is to listen at, in its command or its environment.
    fn socket(&self, volumes: &BTreeMap<String, PathBuf>) -> Option<PathBuf> {
        let told = self.command.iter().chain(self.environment.values());
        let socket = told.filter_map(|text| text.split_once("unix://")).next()?.1;
        Some(PathBuf::from(self.on_this_machine(socket, volumes)))
    }
}

/// A running container, or one that has ended.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) definition: Definition,
    body: Body,
    exit: watch::Receiver<Option<i32>>,
}

#[derive(Debug)]
enum Body {
    /// `None` once it was waited for: from then on its id may be somebody else's.
    Process(Arc<Mutex<Option<Pid>>>),
    StandIn(watch::Sender<Option<i32>>),
}

/// Where and how the real program runs.
#[derive(Debug)]
pub(super) struct Program<'a> {
    pub(super) binary: &'a Path,
    pub(super) home: &'a Path,
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) log: &'a Path,
}

impl Container {
    pub(super) fn start_program(definition: Definition, program: &Program<'_>) -> Result<Self> {
        let log = File::create(program.log).with_context(|| format!("creating {}", program.log.display()))?;
        let mut child = Command::new(program.binary)
            .args(&definition.command)
            .env_clear()
            .envs(program.environment)
            .current_dir(program.home)
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("sharing a log")?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", program.binary.display()))?;
        let pid = Pid::from_raw(i32::try_from(child.id()).context("a process id out of range")?);
        let alive = Arc::new(Mutex::new(Some(pid)));
        let (ended, exit) = watch::channel(None);
        let waiting = Arc::clone(&alive);
        std::thread::Builder::new()
            .name(format!("wait {pid}"))
            .spawn(move || {
                let status = child.wait();
                *waiting.lock().unwrap_or_else(PoisonError::into_inner) = None;
                // Nobody waits for a task of a node that is gone.
                let _ = ended.send(Some(status.map_or(1, exit_code)));
            })
            .context("starting a thread to wait in")?;
        Ok(Self { definition, body: Body::Process(alive), exit })
    }

    pub(super) fn start_stand_in(
        definition: Definition,
        volumes: &BTreeMap<String, PathBuf>,
    ) -> Result<Self> {
        let (end, exit) = watch::channel(None);
        if let Some(path) = definition.socket(volumes) {
            socket::answer(&path, exit.clone())?;
        }
        Ok(Self { definition, body: Body::StandIn(end), exit })
    }

    /// Its exit code, as soon as there is one.
    pub(super) fn exit(&self) -> watch::Receiver<Option<i32>> {
        self.exit.clone()
    }

    pub(super) fn exit_code(&self) -> Option<i32> {
        *self.exit.borrow()
    }

    pub(super) fn signal(&self, signal: Signal) {
        match &self.body {
            Body::Process(alive) => {
                // Held while signalling, so that the process is not waited for meanwhile.
                let alive = alive.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(pid) = *alive {
                    let _ = kill(pid, signal);
                }
            }
            Body::StandIn(end) => {
                end.send_if_modified(|code| code.replace(code.unwrap_or(128 + signal as i32)).is_none());
            }
        }
    }
}

/// As a shell and Docker count: 128 and the signal, for a process that a signal ended.
fn exit_code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_a_mount_are_given_as_they_are_here() {
        let container = serde_json::json!({
            "name": "runner",
            "environment": [{"name": "ENGINE", "value": "unix:///run/engine/engine.sock"}],
            "mountPoints": [{"sourceVolume": "engine", "containerPath": "/run/engine"}],
            "stopTimeout": 120,
        });
        let definition = Definition::read(&container);
        let volumes = BTreeMap::from([("engine".to_owned(), PathBuf::from("/t/v/0"))]);
        assert_eq!(definition.socket(&volumes), Some(PathBuf::from("/t/v/0/engine.sock")));
        assert_eq!(definition.stop_timeout, Duration::from_secs(120));
        assert!(definition.is_essential);
    }
}
