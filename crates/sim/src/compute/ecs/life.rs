//! A placed task's life: begun by an agent, running, told to stop, stopped.

use super::placement::offered;
use super::run_task::place_waiting;
use super::task::{self, TaskStatus};
use super::task_definition::Needs;
use super::{container_instance, fargate, interface, last_part};
use crate::compute::machine::Machine;
use crate::compute::output::{Output, TaskPlaced};
use crate::compute::settings::Agents;
use crate::compute::timers::Timer;

/// How one container ended, as its agent saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerExit {
    pub container: String,
    pub exit_code: i64,
    /// Such as `OutOfMemoryError: Container killed due to memory usage`.
    pub reason: Option<String>,
}

/// Begins what waits in a host's agent, oldest first, as far as there is room for it in fact:
/// a task that is stopping still has its memory, whatever ECS counts.
pub(super) fn begin_waiting(m: &mut Machine, host: &str) {
    let Some(instance) = m.ecs.container_instances.get(host) else { return };
    let registered = instance.registered.clone();
    let on_host = || container_instance::ever_on(m, host).filter(|task| !task.is_stopped());
    let mut used = Needs::default();
    for task in on_host().filter(|task| task.is_begun) {
        used.cpu += task.needs.cpu;
        used.memory_mib += task.needs.memory_mib;
        used.n_gpus += task.needs.n_gpus;
    }
    let is_waiting =
        |task: &&task::Task| task.status == TaskStatus::Pending && !task.is_begun && !task.is_stopping();
    let waiting = on_host().filter(is_waiting);
    let mut waiting: Vec<_> = waiting.map(|it| (it.created_at, it.arn.clone(), it.needs.clone())).collect();
    waiting.sort_by_key(|(created_at, ..)| *created_at);
    for (_, arn, needs) in waiting {
        used.cpu += needs.cpu;
        used.memory_mib += needs.memory_mib;
        used.n_gpus += needs.n_gpus;
        if used.cpu > registered.cpu
            || used.memory_mib > registered.memory_mib
            || used.n_gpus > registered.n_gpus
        {
            return;
        }
        begin(m, &arn);
    }
}

/// The agent of a machine that is gone begins nothing, though ECS has not noticed yet.
pub(super) fn begin(m: &mut Machine, arn: &str) {
    let Some(task) = m.ecs.tasks.get_mut(arn) else { return };
    let host = task.host.as_ref().and_then(|host| m.ecs.container_instances.get(host));
    let machine = host.and_then(|host| m.ec2.instances.get(&host.ec2_instance_id));
    if machine.is_some_and(|machine| !machine.is_alive()) {
        return;
    }
    task.is_begun = true;
    task.pull_started_at = Some(m.now);
    if m.agents_are_own() {
        m.set(m.settings.timing.task_pulls, Timer::TaskPulled(arn.to_owned()));
    } else if let Some(placed) = placed(m, arn) {
        m.say(Output::TaskPlaced(Box::new(placed)));
    }
}

pub(crate) fn task_pulled(m: &mut Machine, arn: &str) {
    let waits = |task: &task::Task| task.status == TaskStatus::Pending && !task.is_stopping();
    let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| waits(task)) else { return };
    task.pull_stopped_at = Some(m.now);
    if task.has_interface() {
        task.status = TaskStatus::Activating;
        task::publish(m, arn);
    }
    m.set(m.settings.timing.task_starts, Timer::TaskStarted(arn.to_owned()));
}

/// All its containers run.
pub(crate) fn task_starts(m: &mut Machine, arn: &str) {
    let is_startable =
        |task: &task::Task| !task.is_stopping() && task.status != TaskStatus::Running && task.is_begun;
    let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| is_startable(task)) else { return };
    task.status = TaskStatus::Running;
    task.started_at = Some(m.now);
    task.pull_stopped_at = task.pull_stopped_at.or(Some(m.now));
    for container in &mut task.containers {
        if container.status == TaskStatus::Pending {
            container.status = TaskStatus::Running;
            container.runtime_id = Some(m.ids.hex("runtime", 64));
        }
    }
    task::publish(m, arn);
}

pub(crate) fn container_exited(m: &mut Machine, arn: &str, exit: &ContainerExit) {
    let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| !task.is_over()) else { return };
    let containers = task.containers.iter_mut();
    let Some(container) = containers.into_iter().find(|it| it.name == exit.container) else { return };
    container.status = TaskStatus::Stopped;
    container.exit_code = Some(exit.exit_code);
    container.reason.clone_from(&exit.reason);
    if container.is_essential && !task.is_stopping() {
        stop(m, arn, "EssentialContainerExited", Some("Essential container in task exited"));
    } else {
        task::publish(m, arn);
    }
}

pub(crate) fn task_failed_to_start(m: &mut Machine, arn: &str, reason: &str) {
    let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| !task.is_over()) else { return };
    for container in task.containers.iter_mut().filter(|it| it.is_essential).take(1) {
        container.reason = Some(reason.to_owned());
    }
    if !task.is_stopping() {
        task.stopping_at = Some(m.now);
        task.stop_code = Some("TaskFailedToStart");
        task.stopped_reason = Some(reason.to_owned());
    }
    task_stopped(m, arn);
}

/// Tells the task to stop. ECS gives its resources back now; its agent does later.
pub(super) fn stop(m: &mut Machine, arn: &str, stop_code: &'static str, reason: Option<&str>) {
    let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| !task.is_stopping()) else { return };
    task.stopping_at = Some(m.now);
    task.stop_code = Some(stop_code);
    task.stopped_reason = reason.map(str::to_owned);
    let (is_begun, host, launch_type) = (task.is_begun, task.host.clone(), task.launch_type);
    let (cluster, takes) = (task.cluster.clone(), m.settings.timing.task_stops.min(task.stop_timeout));
    task::publish(m, arn);
    if is_begun {
        interface::disconnect(m, arn);
    }
    if let Some(host) = &host {
        container_instance::publish(m, host);
        place_waiting(m, &cluster);
    }
    let agents =
        if launch_type == Some(fargate::LAUNCH_TYPE) { m.settings.fargate } else { m.settings.agents };
    match agents {
        _ if !is_begun => task_stopped(m, arn),
        Agents::Outside => {
            let instance = host.and_then(|host| m.ecs.container_instances.get(&host));
            let instance_id = instance.map(|it| it.ec2_instance_id.clone()).unwrap_or_default();
            m.say(Output::TaskStopRequested { instance_id, task_arn: arn.to_owned() });
        }
        Agents::Own => m.set(takes, Timer::TaskExits(arn.to_owned())),
    }
}

/// The machine's own agent is through with SIGTERM and, past the `stopTimeout`, SIGKILL.
pub(crate) fn own_agent_stops(m: &mut Machine, arn: &str) {
    let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| !task.is_over()) else { return };
    let exit_code = if m.settings.timing.task_stops > task.stop_timeout { 137 } else { 143 };
    for container in task.containers.iter_mut().filter(|it| it.status == TaskStatus::Running) {
        container.exit_code = Some(exit_code);
    }
    task_stopped(m, arn);
}

/// Every container of the task is gone.
pub(crate) fn task_stopped(m: &mut Machine, arn: &str) {
    let is_interface_left = interface::is_there(m, arn);
    end(m, arn, is_interface_left);
}

/// Its containers have ended, and it with them unless its interface is to be taken away yet.
fn end(m: &mut Machine, arn: &str, is_interface_left: bool) {
    let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| !task.is_over()) else { return };
    let released_late = task.stopping_at.is_none();
    task.stopping_at = task.stopping_at.or(Some(m.now));
    if task.stop_code.is_none() {
        task.stop_code = Some("EssentialContainerExited");
        task.stopped_reason = Some("Essential container in task exited".to_owned());
    }
    task.execution_stopped_at = task.started_at.map(|_| m.now);
    if is_interface_left {
        task.status = TaskStatus::Deprovisioning;
    } else {
        task.status = TaskStatus::Stopped;
        task.stopped_at = Some(m.now);
    }
    for container in &mut task.containers {
        container.status = TaskStatus::Stopped;
    }
    let (host, cluster) = (task.host.clone(), task.cluster.clone());
    leave(m, arn, host.as_deref());
    task::publish(m, arn);
    if let Some(host) = host {
        if released_late {
            container_instance::publish(m, &host);
            place_waiting(m, &cluster);
        }
        begin_waiting(m, &host);
    }
    let timing = &m.settings.timing;
    if is_interface_left {
        m.set(timing.interface_detaches, Timer::TaskDeprovisioned(arn.to_owned()));
    } else {
        m.set(timing.dead_are_shown, Timer::TaskForgotten(arn.to_owned()));
    }
}

/// It is on its host no more.
fn leave(m: &mut Machine, arn: &str, host: Option<&str>) {
    let Some(host) = host else { return };
    let Some(tasks) = m.ecs.on_host.get_mut(host) else { return };
    tasks.remove(arn);
    if tasks.is_empty() {
        m.ecs.on_host.remove(host);
    }
}

/// Its host is gone, and nobody saw how it ended: no exit codes.
pub(super) fn lose(m: &mut Machine, arn: &str, stop_code: &'static str, reason: &str) {
    if let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| !task.is_stopping()) {
        task.stopping_at = Some(m.now);
        task.stop_code = Some(stop_code);
        task.stopped_reason = Some(reason.to_owned());
    }
    end(m, arn, false);
}

/// A task found no room for too long.
pub(crate) fn task_given_up(m: &mut Machine, arn: &str) {
    let Some(task) = m.ecs.tasks.get(arn).filter(|task| task.waits_for_room()).cloned() else { return };
    let reason = match super::placement::choose(m, &task, &[]) {
        Err(passed_over) => match passed_over.first() {
            Some((_, reason)) => reason.trim_end_matches('.'),
            None if offered(m, &task).any(|instance| instance.is_registered()) => "NO ACTIVE INSTANCES",
            None => "EMPTY CAPACITY PROVIDER",
        },
        Ok(_) => "RESOURCE:CPU",
    };
    stop(m, arn, "TaskFailedToStart", Some(&format!("TaskFailedToStart: {reason}")));
}

/// Nobody is shown it any more; one with an interface is DELETED for a moment first.
pub(crate) fn task_forgotten(m: &mut Machine, arn: &str) {
    let is_to_be_deleted = |task: &task::Task| task.has_interface() && task.status == TaskStatus::Stopped;
    if let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| is_to_be_deleted(task)) {
        task.status = TaskStatus::Deleted;
        task::show(m, arn);
        m.set(m.settings.timing.deleted_are_shown, Timer::TaskForgotten(arn.to_owned()));
        return;
    }
    m.ecs.tasks.remove(arn);
    m.ecs.seen_tasks.forget(arn);
    m.ecs.seen_ended.forget(arn);
    super::run_task::forget_token_of(m, arn);
}

/// As whoever plays the agents is told.
pub(super) fn placed(m: &Machine, arn: &str) -> Option<TaskPlaced> {
    let task = m.ecs.tasks.get(arn)?;
    let definition = m.ecs.definitions.get(&task.definition)?;
    let instance = task.host.as_ref().and_then(|host| m.ecs.container_instances.get(host));
    let text = |member: &str| {
        let text = task.overrides[member].as_str().or_else(|| definition.text(member))?;
        Some(text.to_owned())
    };
    Some(TaskPlaced {
        instance_id: instance.map(|it| it.ec2_instance_id.clone()).unwrap_or_default(),
        cluster_arn: task.cluster_arn.clone(),
        task_arn: arn.to_owned(),
        task_id: last_part(task.id()).to_owned(),
        family: task.definition.0.clone(),
        revision: task.definition.1,
        started_by: task.started_by.clone(),
        task_role_arn: text("taskRoleArn"),
        execution_role_arn: text("executionRoleArn"),
        cpu: text("cpu").and_then(|units| units.parse().ok()),
        memory_mib: text("memory").and_then(|mib| mib.parse().ok()),
        containers: definition.resolved(&task.overrides),
        volumes: definition.given.get("volumes").cloned().unwrap_or_else(|| serde_json::json!([])),
    })
}
