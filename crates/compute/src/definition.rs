//! What a task is made of, in ECS's own words.

use std::collections::BTreeMap;

use model::label::{Kind, Release, Version};
use model::observation::DefinitionKey;
use model::{Arch, Carrier};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::settings::Settings;

/// A task definition but for its family, which is made of the rest. CPU and memory of the task are
/// said with each launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    pub family: String,
    pub cpu_architecture: &'static str,
    /// On Fargate: with a network interface of its own, and a size that each launch replaces.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_serverless: bool,
    pub task_role_arn: String,
    pub execution_role_arn: String,
    pub containers: Vec<Container>,
    /// Docker volumes that live as long as the task.
    pub volumes: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    pub name: String,
    pub image: String,
    pub user: Option<String>,
    pub privileged: bool,
    pub command: Vec<String>,
    pub environment: BTreeMap<String, String>,
    /// Volume by path.
    pub mount_points: BTreeMap<String, String>,
    /// Containers that are started before it, and stopped after it.
    pub depends_on: Vec<String>,
    pub memory_reservation: i32,
    pub stop_timeout: i32,
    pub init_process_enabled: bool,
    pub shared_memory_size: Option<i32>,
    pub add_capabilities: Vec<String>,
    pub nofile: Option<i32>,
    pub gpu: Option<String>,
    pub log_options: BTreeMap<String, String>,
}

/// The container that claims the work.
pub(crate) const RUNNER: &str = "runner";

/// The user and group that jobs run as in the runner's image.
const RUNNER_ID: &str = "1001";

const ENGINE_SOCKET: &str = "/run/dagger/engine.sock";
const DOCKER_SOCKET: &str = "/run/docker/docker.sock";

/// ECS wants a figure where the task has none; what holds is the memory said with the launch.
const MEMORY_RESERVATION_MIB: i32 = 128;

/// A cancelled job gets thirty seconds from the listener, and its clean-up more.
const RUNNER_STOP_S: i32 = 120;

/// An engine keeps its state only if it may finish writing it. It is the last to be stopped.
const ENGINE_STOP_S: i32 = 300;

/// Docker gives 64 MiB, which browsers under test die of.
const SHARED_MEMORY_MIB: i32 = 1024;

/// What the engine itself would like to raise it to.
const ENGINE_FILES: i32 = 1_048_576;

/// From here on the engine's image brings an init process of its own.
const BRINGS_INIT: Release = Release::new(0, 20, 7);

/// `digest` is that of the engine's image, where there is an engine.
#[must_use]
pub fn definition(key: &DefinitionKey, settings: &Settings, digest: Option<&str>) -> Definition {
    let mut sidecars = Vec::new();
    if let (Some(version), Some(digest)) = (&key.version, digest) {
        sidecars.push(engine(version, settings, digest));
    }
    if key.kind == Kind::Docker || key.has_dind {
        sidecars.push(dockerd(settings));
    }
    let mut containers = vec![runner(settings, &sidecars)];
    containers.append(&mut sidecars);
    if key.has_gpu {
        // The engine, the only sidecar, or the runner that is alone.
        let n = usize::from(containers.len() > 1);
        give_gpu(&mut containers[n]);
    }
    if key.carrier == Carrier::Serverless {
        // Fargate refuses it; a task there has as much as its kernel gives.
        containers[0].shared_memory_size = None;
    }
    for container in &mut containers {
        container.memory_reservation = MEMORY_RESERVATION_MIB;
        container.log_options = log_options(settings);
    }
    let mut volumes: Vec<String> =
        containers.iter().flat_map(|container| container.mount_points.values().cloned()).collect();
    volumes.sort();
    volumes.dedup();
    let definition = Definition {
        family: String::new(),
        cpu_architecture: match key.arch {
            Arch::X86_64 => "X86_64",
            Arch::Arm64 => "ARM64",
        },
        is_serverless: key.carrier == Carrier::Serverless,
        task_role_arn: settings.task_role_arn.clone(),
        execution_role_arn: settings.execution_role_arn.clone(),
        containers,
        volumes,
    };
    Definition { family: family(&settings.installation, &definition), ..definition }
}

/// Whether a task definition, by its ARN, is one that this installation has registered. Another's name may
/// begin with ours.
pub(crate) fn is_family_of(revision: &str, installation: &str) -> bool {
    let family = revision.rsplit('/').next().and_then(|named| named.split(':').next());
    let content = family.and_then(|family| family.strip_prefix("quillon-")?.strip_prefix(installation));
    content.and_then(|content| content.strip_prefix('-')).is_some_and(|content| !content.contains('-'))
}

/// Another content is another family, so that a family's latest revision is always the right one.
fn family(installation: &str, content: &Definition) -> String {
    let content = serde_json::to_vec(content).expect("strings, numbers and maps of strings become JSON");
    format!("quillon-{installation}-{}", hex::encode(&Sha256::digest(content)[..8]))
}

fn runner(settings: &Settings, sidecars: &[Container]) -> Container {
    let mut runner = Container {
        name: RUNNER.to_owned(),
        image: settings.images.runner.clone(),
        user: Some(RUNNER_ID.to_owned()),
        environment: map([("QUILLON_API_URL", &settings.api_url), ("QUILLON_REGION", &settings.region)]),
        depends_on: sidecars.iter().map(|sidecar| sidecar.name.clone()).collect(),
        stop_timeout: RUNNER_STOP_S,
        // Our own program is the first process, and takes the place of an init process.
        init_process_enabled: false,
        shared_memory_size: Some(SHARED_MEMORY_MIB),
        ..Container::default()
    };
    for sidecar in sidecars {
        let (variable, socket, volume) = match sidecar.name.as_str() {
            "engine" => ("_EXPERIMENTAL_DAGGER_RUNNER_HOST", ENGINE_SOCKET, "engine-socket"),
            _ => ("DOCKER_HOST", DOCKER_SOCKET, "docker-socket"),
        };
        runner.environment.insert(variable.to_owned(), format!("unix://{socket}"));
        runner.mount_points.insert(folder(socket).to_owned(), volume.to_owned());
    }
    runner
}

fn engine(version: &Version, settings: &Settings, digest: &str) -> Container {
    Container {
        name: "engine".to_owned(),
        image: format!("{}@{digest}", settings.images.engine),
        privileged: true,
        // The socket is for root and this group only.
        command: vec!["--group".to_owned(), RUNNER_ID.to_owned()],
        // Its state on the container's own file system would be an overlay on an overlay.
        mount_points: map([(folder(ENGINE_SOCKET), "engine-socket"), ("/var/lib/dagger", "engine-state")]),
        stop_timeout: ENGINE_STOP_S,
        init_process_enabled: match version {
            Version::Release(release) => *release < BRINGS_INIT,
            Version::Latest => false,
        },
        nofile: Some(ENGINE_FILES),
        ..Container::default()
    }
}

fn dockerd(settings: &Settings) -> Container {
    Container {
        name: "dockerd".to_owned(),
        image: settings.images.dockerd.clone(),
        command: vec![
            "--host".to_owned(),
            format!("unix://{DOCKER_SOCKET}"),
            "--group".to_owned(),
            RUNNER_ID.to_owned(),
        ],
        mount_points: map([(folder(DOCKER_SOCKET), "docker-socket"), ("/var/lib/docker", "docker-state")]),
        stop_timeout: RUNNER_STOP_S,
        init_process_enabled: true,
        add_capabilities: vec!["NET_ADMIN".to_owned(), "SYS_ADMIN".to_owned()],
        ..Container::default()
    }
}

fn give_gpu(container: &mut Container) {
    container.gpu = Some("1".to_owned());
    container.environment.append(&mut map([("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")]));
    if container.name == "engine" {
        container.environment.append(&mut map([("_EXPERIMENTAL_DAGGER_GPU_SUPPORT", "true")]));
    }
}

/// A job must not stand still because its log cannot be taken fast enough.
fn log_options(settings: &Settings) -> BTreeMap<String, String> {
    map([
        ("awslogs-group", settings.log_group.as_str()),
        ("awslogs-region", &settings.region),
        ("awslogs-stream-prefix", "task"),
        ("max-buffer-size", "4m"),
        ("mode", "non-blocking"),
    ])
}

fn folder(socket: &str) -> &str {
    socket.rsplit_once('/').map_or(socket, |(folder, _)| folder)
}

fn map<const N: usize>(pairs: [(&str, impl AsRef<str>); N]) -> BTreeMap<String, String> {
    pairs.map(|(name, value)| (name.to_owned(), value.as_ref().to_owned())).into()
}
