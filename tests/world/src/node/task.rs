//! One task as the ECS agent runs it: its containers from start to the last exit.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use futures::future::{join_all, select_all};
use nix::sys::signal::Signal;
use sim::compute::TaskPlaced;
use tokio::sync::watch;

use super::container::{Container, Definition, Program};

/// What a task is told to do, only ever the next of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Run,
    /// SIGTERM, then SIGKILL when a container's time is up.
    Stop,
    /// The machine is gone: everything ends now.
    Vanish,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exit {
    pub(super) container: String,
    pub(super) code: i32,
}

/// What the containers of a task are started with.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    /// The task's own folder.
    pub(super) folder: &'a Path,
    /// Started for the container named `runner`.
    pub(super) runner: Option<&'a Path>,
    /// Stands where the runner looks for GitHub's listener.
    pub(super) listener: Option<&'a Path>,
    /// What ECS adds to every container's environment.
    pub(super) given: BTreeMap<String, String>,
}

/// A task whose containers have been started.
#[derive(Debug)]
pub(super) struct Task(Vec<Container>);

impl Task {
    pub(super) fn start(placed: &TaskPlaced, around: &Surroundings<'_>) -> Result<Self> {
        let volumes = volumes(placed, around.folder)?;
        let mut definitions: Vec<Definition> = placed.containers.iter().map(Definition::read).collect();
        // The runner depends on its engine, in every definition of ours.
        definitions.sort_by_key(|definition| definition.name == RUNNER);
        let mut containers = Vec::new();
        for definition in definitions {
            let binary = around.runner.filter(|_| definition.name == RUNNER);
            let started = match binary {
                Some(binary) => start_runner(definition, binary, around, &volumes),
                None => Container::start_stand_in(definition, &volumes),
            };
            match started {
                Ok(container) => containers.push(container),
                Err(error) => {
                    containers.iter().for_each(|container: &Container| container.signal(Signal::SIGKILL));
                    return Err(error);
                }
            }
        }
        Ok(Self(containers))
    }

    /// Runs to the end of every container. `None` when the machine vanished: then nobody is left to report.
    pub(super) async fn run(self, mut orders: watch::Receiver<Order>) -> Option<Vec<Exit>> {
        tokio::select! {
            () = self.essential_exit() => {}
            _ = orders.wait_for(|order| *order >= Order::Stop) => {}
        }
        let stopped = tokio::select! {
            () = self.stop() => true,
            _ = orders.wait_for(|order| *order == Order::Vanish) => false,
        };
        if !stopped {
            self.0.iter().for_each(|container| container.signal(Signal::SIGKILL));
            return None;
        }
        let exits = self.0.iter().map(|container| Exit {
            container: container.definition.name.clone(),
            code: container.exit_code().unwrap_or(137),
        });
        Some(exits.collect())
    }

    async fn essential_exit(&self) {
        let essential = self.0.iter().filter(|container| container.definition.is_essential);
        let exits: Vec<_> = essential.map(|container| Box::pin(ended(container.exit()))).collect();
        if exits.is_empty() {
            std::future::pending::<()>().await;
        }
        select_all(exits).await;
    }

    async fn stop(&self) {
        join_all(self.0.iter().map(|container| async move {
            container.signal(Signal::SIGTERM);
            let patience = container.definition.stop_timeout;
            if tokio::time::timeout(patience, ended(container.exit())).await.is_err() {
                container.signal(Signal::SIGKILL);
                ended(container.exit()).await;
            }
        }))
        .await;
    }
}

const RUNNER: &str = "runner";

async fn ended(mut exit: watch::Receiver<Option<i32>>) {
    // An error means that nobody can tell any more, which is an end too.
    let _ = exit.wait_for(Option::is_some).await;
}

/// One folder for each volume of the task. Short names: a socket's path has little room.
fn volumes(placed: &TaskPlaced, folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let names = placed.volumes.as_array().into_iter().flatten();
    let mut volumes = BTreeMap::new();
    for (n, volume) in names.enumerate() {
        let path = folder.join("v").join(n.to_string());
        fs::create_dir_all(&path).with_context(|| format!("creating {}", path.display()))?;
        volumes.insert(volume["name"].as_str().unwrap_or_default().to_owned(), path);
    }
    Ok(volumes)
}

fn start_runner(
    definition: Definition,
    binary: &Path,
    around: &Surroundings<'_>,
    volumes: &BTreeMap<String, PathBuf>,
) -> Result<Container> {
    let home = around.folder.join("home/runner");
    fs::create_dir_all(home.join("bin")).context("laying out the runner's home")?;
    if let Some(listener) = around.listener {
        std::os::unix::fs::symlink(listener, home.join("bin/Runner.Listener"))
            .context("putting the listener where the runner looks for it")?;
    }
    // What the image says, then what the agent adds, then what definition and overrides say.
    let mut environment = BTreeMap::from([
        ("PATH".to_owned(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
        ("HOME".to_owned(), home.to_string_lossy().into_owned()),
    ]);
    environment.extend(around.given.clone());
    for (name, value) in &definition.environment {
        environment.insert(name.clone(), definition.on_this_machine(value, volumes));
    }
    let log = around.folder.join("runner.log");
    let program = Program { binary, home: &home, environment: &environment, log: &log };
    Container::start_program(definition, &program)
}
