//! A task definition at ECS: found by its family, or registered.

use std::collections::BTreeMap;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::error::ProvideErrorMetadata;
use aws_sdk_ecs::operation::register_task_definition::builders::RegisterTaskDefinitionFluentBuilder;
use aws_sdk_ecs::types::{
    Compatibility, ContainerCondition, ContainerDefinition, ContainerDependency, CpuArchitecture,
    DockerVolumeConfiguration, KernelCapabilities, KeyValuePair, LinuxParameters, LogConfiguration,
    LogDriver, MountPoint, NetworkMode, OsFamily, ResourceRequirement, ResourceType, RuntimePlatform, Scope,
    Tag, TaskDefinition, Ulimit, UlimitName, Volume,
};
use control::PortError;
use model::id::Revision;

use crate::definition::{Container, Definition};
use crate::error::{call_error, said, sort, unusable};

const REGISTER: &str = "RegisterTaskDefinition";
const DESCRIBE: &str = "DescribeTaskDefinition";

/// What Fargate wants to be told once; each launch says its own.
const SMALLEST_CPU: &str = "256";
const SMALLEST_MIB: &str = "1024";

pub(crate) async fn find_or_register(
    client: &Client,
    wanted: &Definition,
    installation: &str,
) -> Result<Revision, PortError> {
    if let Some(revision) = find(client, wanted).await? {
        return Ok(revision);
    }
    let request = request(client, wanted, installation)
        .map_err(|error| PortError::Refused { source: call_error(REGISTER, error.to_string()) })?;
    let answer = request.send().await.map_err(|error| {
        let is_race = error.message().is_some_and(|text| text.contains("Too many concurrent attempts"));
        if is_race {
            // Another of us registers the very same: the next look finds it.
            return PortError::Transient { source: call_error(REGISTER, said(&error)) };
        }
        sort(REGISTER, &error)
    })?;
    answer.task_definition().and_then(revision).ok_or_else(|| unusable(REGISTER, "named no revision"))
}

async fn find(client: &Client, wanted: &Definition) -> Result<Option<Revision>, PortError> {
    match client.describe_task_definition().task_definition(&wanted.family).send().await {
        // Somebody may have put another revision on top by hand.
        Ok(answer) => Ok(answer.task_definition().filter(|found| is_same(found, wanted)).and_then(revision)),
        // ECS's way to say that there is no active revision.
        Err(error) if error.code() == Some("ClientException") => Ok(None),
        Err(error) => Err(sort(DESCRIBE, &error)),
    }
}

fn revision(found: &TaskDefinition) -> Option<Revision> {
    let family = found.family()?;
    (found.revision() > 0).then(|| Revision(format!("{family}:{}", found.revision())))
}

fn request(
    client: &Client,
    wanted: &Definition,
    installation: &str,
) -> Result<RegisterTaskDefinitionFluentBuilder, aws_sdk_ecs::error::BuildError> {
    let mut request = client
        .register_task_definition()
        .family(&wanted.family)
        .task_role_arn(&wanted.task_role_arn)
        .execution_role_arn(&wanted.execution_role_arn)
        .runtime_platform(
            RuntimePlatform::builder()
                .cpu_architecture(CpuArchitecture::from(wanted.cpu_architecture))
                .operating_system_family(OsFamily::Linux)
                .build(),
        )
        .tags(Tag::builder().key("quillon").value(installation).build());
    request = if wanted.is_serverless {
        request
            .network_mode(NetworkMode::Awsvpc)
            .requires_compatibilities(Compatibility::Fargate)
            .cpu(SMALLEST_CPU)
            .memory(SMALLEST_MIB)
    } else {
        request.network_mode(NetworkMode::Bridge).requires_compatibilities(Compatibility::Ec2)
    };
    for container in &wanted.containers {
        request = request.container_definitions(container_definition(container)?);
    }
    for name in &wanted.volumes {
        let docker = DockerVolumeConfiguration::builder().scope(Scope::Task).driver("local").build();
        request = request.volumes(Volume::builder().name(name).docker_volume_configuration(docker).build());
    }
    Ok(request)
}

fn container_definition(of: &Container) -> Result<ContainerDefinition, aws_sdk_ecs::error::BuildError> {
    let mut linux = LinuxParameters::builder()
        .init_process_enabled(of.init_process_enabled)
        .set_shared_memory_size(of.shared_memory_size);
    if !of.add_capabilities.is_empty() {
        let add = Some(of.add_capabilities.clone());
        linux = linux.capabilities(KernelCapabilities::builder().set_add(add).build());
    }
    let mut log = LogConfiguration::builder().log_driver(LogDriver::Awslogs);
    for (name, value) in &of.log_options {
        log = log.options(name, value);
    }
    let mut container = ContainerDefinition::builder()
        .name(&of.name)
        .image(&of.image)
        .essential(true)
        .memory_reservation(of.memory_reservation)
        .stop_timeout(of.stop_timeout)
        .set_user(of.user.clone())
        .linux_parameters(linux.build())
        .log_configuration(log.build()?);
    if of.privileged {
        container = container.privileged(true);
    }
    for word in &of.command {
        container = container.command(word);
    }
    for (name, value) in &of.environment {
        container = container.environment(KeyValuePair::builder().name(name).value(value).build());
    }
    for (path, volume) in &of.mount_points {
        container =
            container.mount_points(MountPoint::builder().source_volume(volume).container_path(path).build());
    }
    for name in &of.depends_on {
        let on = ContainerDependency::builder().container_name(name).condition(ContainerCondition::Start);
        container = container.depends_on(on.build()?);
    }
    if let Some(limit) = of.nofile {
        let files = Ulimit::builder().name(UlimitName::Nofile).soft_limit(limit).hard_limit(limit);
        container = container.ulimits(files.build()?);
    }
    if let Some(count) = &of.gpu {
        let gpu = ResourceRequirement::builder().r#type(ResourceType::Gpu).value(count);
        container = container.resource_requirements(gpu.build()?);
    }
    Ok(container.build())
}

/// Compares what we say only: ECS adds defaults of its own, and may add more.
fn is_same(found: &TaskDefinition, wanted: &Definition) -> bool {
    let mut volumes: Vec<&str> = found.volumes().iter().filter_map(Volume::name).collect();
    volumes.sort_unstable();
    let network = if wanted.is_serverless { NetworkMode::Awsvpc } else { NetworkMode::Bridge };
    found.family() == Some(&wanted.family)
        && found.network_mode() == Some(&network)
        && found.task_role_arn() == Some(&wanted.task_role_arn)
        && found.execution_role_arn() == Some(&wanted.execution_role_arn)
        && volumes == wanted.volumes
        && found.container_definitions().iter().map(container).collect::<Vec<_>>() == wanted.containers
}

fn container(found: &ContainerDefinition) -> Container {
    let linux = found.linux_parameters();
    let capabilities = linux.and_then(LinuxParameters::capabilities);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Container {
        name: text(found.name()),
        image: text(found.image()),
        user: found.user().map(ToOwned::to_owned),
        privileged: found.privileged() == Some(true),
        command: found.command().to_vec(),
        environment: pairs(found.environment().iter().map(|pair| (pair.name(), pair.value()))),
        mount_points: pairs(found.mount_points().iter().map(|at| (at.container_path(), at.source_volume()))),
        depends_on: found.depends_on().iter().map(|on| on.container_name().to_owned()).collect(),
        memory_reservation: found.memory_reservation().unwrap_or_default(),
        stop_timeout: found.stop_timeout().unwrap_or_default(),
        init_process_enabled: linux.and_then(LinuxParameters::init_process_enabled) == Some(true),
        shared_memory_size: linux.and_then(LinuxParameters::shared_memory_size).filter(|size| *size > 0),
        add_capabilities: capabilities.map(|these| these.add().to_vec()).unwrap_or_default(),
        nofile: found
            .ulimits()
            .iter()
            .find(|limit| *limit.name() == UlimitName::Nofile)
            .map(Ulimit::soft_limit),
        gpu: found.resource_requirements().first().map(|gpu| gpu.value().to_owned()),
        log_options: found
            .log_configuration()
            .and_then(LogConfiguration::options)
            .map(|options| options.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
            .unwrap_or_default(),
    }
}

fn pairs<'a>(pairs: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>) -> BTreeMap<String, String> {
    pairs
        .map(|(name, value)| (name.unwrap_or_default().to_owned(), value.unwrap_or_default().to_owned()))
        .collect()
}
