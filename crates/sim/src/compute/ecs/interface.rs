//! A task's own network interface: what ECS does about it before the task's agent begins, and after it has ended.

use super::task::{self, Task, TaskStatus};
use super::{fargate, life};
use crate::compute::machine::Machine;
use crate::compute::timers::Timer;

/// An agent without this capability cannot have one attached for a task.
pub(super) const CAPABILITY: &str = "ecs.capability.task-eni";

/// It is attached: the task's agent comes next.
pub(crate) fn provisioned(m: &mut Machine, arn: &str) {
    let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| !task.is_stopping()) else { return };
    task.status = TaskStatus::Pending;
    match task.host.clone() {
        Some(host) => {
            task::publish(m, arn);
            life::begin_waiting(m, &host);
        }
        None => fargate::begin(m, arn),
    }
}

/// The agent says that all containers run; ECS connects the interface first, if there is one.
pub(crate) fn containers_run(m: &mut Machine, arn: &str) {
    let is_to_be_connected = |task: &Task| task.has_interface() && task.status == TaskStatus::Pending;
    if m.ecs.tasks.get(arn).is_some_and(|task| is_to_be_connected(task)) {
        life::task_pulled(m, arn);
    } else {
        life::task_starts(m, arn);
    }
}

/// The task is taken off the network before its agent is told to stop it.
pub(super) fn disconnect(m: &mut Machine, arn: &str) {
    for status in [TaskStatus::Deactivating, TaskStatus::Stopping] {
        let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| task.has_interface()) else { return };
        task.status = status;
        task::publish(m, arn);
    }
}

/// Whether the task has one still: without a host it never got it.
pub(super) fn is_there(m: &Machine, arn: &str) -> bool {
    let has_place = |task: &Task| task.host.is_some() || task.launch_type == Some(fargate::LAUNCH_TYPE);
    m.ecs.tasks.get(arn).is_some_and(|task| task.has_interface() && has_place(task))
}

/// It is gone too, and the task with it.
pub(crate) fn deprovisioned(m: &mut Machine, arn: &str) {
    let is_to_go = |task: &Task| task.status == TaskStatus::Deprovisioning;
    let Some(task) = m.ecs.tasks.get_mut(arn).filter(|task| is_to_go(task)) else { return };
    task.status = TaskStatus::Stopped;
    task.stopped_at = Some(m.now);
    task::publish(m, arn);
    m.set(m.settings.timing.dead_are_shown, Timer::TaskForgotten(arn.to_owned()));
}
