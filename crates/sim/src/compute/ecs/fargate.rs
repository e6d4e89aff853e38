//! Fargate: tasks that have no host of ours.

use super::life;
use super::request::Request;
use super::run_task::create;
use super::task;
use super::task_definition::TaskDefinition;
use crate::compute::machine::Machine;
use crate::compute::output::Output;
use crate::compute::params::Params;
use crate::compute::refusal::{Refusal, client, invalid};
use crate::compute::settings::Agents;
use crate::compute::timers::Timer;
use crate::numbers::ecs::STOP_TIMEOUT;
use model::shared::Shared;
use serde_json::{Map, Value, json};

pub(super) const LAUNCH_TYPE: &str = "FARGATE";
const SPOT: &str = "FARGATE_SPOT";

/// GiB that come with so many CPU units: the first, the last and the step, in halves.
const SIZES: [(u64, u64, u64, u64); 8] = [
    (256, 1, 1, 1),
    (256, 2, 4, 2),
    (512, 2, 8, 2),
    (1024, 4, 16, 2),
    (2048, 8, 32, 2),
    (4096, 16, 60, 2),
    (8192, 32, 120, 8),
    (16384, 64, 240, 16),
];

/// What a definition that says it is for Fargate must be.
pub(super) fn check_definition(given: &Map<String, Value>) -> Result<(), Refusal> {
    let asked = given.get("requiresCompatibilities").and_then(Value::as_array);
    if !asked.is_some_and(|these| these.iter().any(|it| it == LAUNCH_TYPE)) {
        return Ok(());
    }
    if given.get("networkMode").is_none_or(|mode| mode != "awsvpc") {
        return Err(client("Fargate only supports network mode ‘awsvpc’."));
    }
    for member in ["cpu", "memory"] {
        if !given.contains_key(member) {
            return Err(client(format!("Fargate requires that '{member}' be defined at the task level.")));
        }
    }
    let number = |member: &str| given[member].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
    if !is_size(number("cpu"), number("memory")) {
        return Err(client("No Fargate configuration exists for given values."));
    }
    for container in given["containerDefinitions"].as_array().into_iter().flatten() {
        if let Some(what) = unsupported(container) {
            return Err(client(format!("Fargate compatible task definitions do not support {what}")));
        }
        if container["stopTimeout"].as_u64().is_some_and(|seconds| seconds > STOP_TIMEOUT.as_secs()) {
            return Err(client("The stopTimeout for Fargate must be at most 120 seconds."));
        }
    }
    Ok(())
}

fn unsupported(container: &Value) -> Option<&'static str> {
    let linux = &container["linuxParameters"];
    let adds = linux["capabilities"]["add"].as_array().into_iter().flatten();
    match () {
        () if container["privileged"] == true => Some("privileged"),
        () if !linux["sharedMemorySize"].is_null() => Some("sharedMemorySize"),
        () if linux["devices"].as_array().is_some_and(|list| !list.is_empty()) => Some("devices"),
        () if linux["tmpfs"].as_array().is_some_and(|list| !list.is_empty()) => Some("tmpfs"),
        () if adds.into_iter().any(|it| it != "SYS_PTRACE") => Some("added capabilities"),
        () => None,
    }
}

/// What a request for Fargate must be.
pub(super) fn check_request(
    params: &Params<'_>,
    definition: &TaskDefinition,
    overrides: &Value,
) -> Result<(), Refusal> {
    if !definition.is_for_fargate() {
        return Err(invalid("Task definition does not support launch_type FARGATE."));
    }
    if !params.list("placementConstraints").is_empty() || !params.list("placementStrategy").is_empty() {
        return Err(invalid("Placement constraints and strategies are not supported with FARGATE."));
    }
    let needs = definition.needs(overrides);
    if !is_size(needs.cpu, needs.memory_mib) {
        return Err(invalid(format!(
            "No Fargate configuration exists for given values: {} CPU, {} memory.",
            needs.cpu, needs.memory_mib
        )));
    }
    Ok(())
}

fn is_size(cpu: u64, memory_mib: u64) -> bool {
    let (halves, is_whole) = (memory_mib / 512, memory_mib.is_multiple_of(512));
    SIZES.iter().any(|&(units, first, last, step)| {
        units == cpu && is_whole && (first..=last).contains(&halves) && (halves - first).is_multiple_of(step)
    })
}

/// There is capacity or there is none: nothing waits for it.
pub(super) fn run(m: &mut Machine, request: &Request, count: i64) -> (Vec<String>, Vec<Value>) {
    let market = market(&request.task);
    let mut tasks = Vec::new();
    for _ in 0..count {
        if m.ecs.fargate_short.contains(market) {
            let reason = "Capacity is unavailable at this time. Please try again later or in a different availability zone";
            return (tasks, vec![json!({ "reason": reason })]);
        }
        if vcpus(m, market) + request.task.needs.cpu > m.settings.max_fargate_vcpus.saturating_mul(1024) {
            let reason = "You've reached the limit on the number of vCPUs you can run concurrently";
            return (tasks, vec![json!({ "reason": reason })]);
        }
        let arn = create(m, &request.task);
        m.set(m.settings.timing.fargate_provisions, Timer::TaskProvisioned(arn.clone()));
        tasks.push(arn);
    }
    (tasks, Vec::new())
}

/// CPU units that tasks of this market have now.
fn vcpus(m: &Machine, of: &str) -> u64 {
    let alive = m.ecs.tasks.values().filter(|it| it.launch_type == Some(LAUNCH_TYPE) && !it.is_stopped());
    alive.filter(|it| market(it) == of).map(|it| it.needs.cpu).sum()
}

/// Each has a capacity and a quota of its own.
fn market(task: &task::Task) -> &'static str {
    if task.provider.as_deref() == Some(SPOT) { SPOT } else { LAUNCH_TYPE }
}

/// Its machine is there: the pull begins, for nothing is cached.
pub(super) fn begin(m: &mut Machine, arn: &str) {
    let Some(task) = m.ecs.tasks.get_mut(arn) else { return };
    task.is_begun = true;
    task.pull_started_at = Some(m.now);
    task::publish(m, arn);
    match m.settings.fargate {
        Agents::Own => m.set(m.settings.timing.fargate_pulls, Timer::TaskPulled(arn.to_owned())),
        Agents::Outside => {
            if let Some(placed) = life::placed(m, arn) {
                m.say(Output::TaskPlaced(Box::new(placed)));
            }
        }
    }
}

/// Fargate Spot takes the task's capacity back: SIGTERM now, and whatever is left is killed once its
/// `stopTimeout` is over, two minutes later at most. Only what runs on Spot can be interrupted.
pub(crate) fn interrupt(m: &mut Machine, arn: &str) -> bool {
    let is_on_spot = |task: &&Shared<task::Task>| market(task) == SPOT && !task.is_stopping();
    let Some(task) = m.ecs.tasks.get(arn).filter(is_on_spot) else { return false };
    let longest = task.stop_timeout;
    life::stop(m, arn, "SpotInterruption", Some("Your Spot Task was interrupted."));
    m.set(longest, Timer::TaskExits(arn.to_owned()));
    true
}

/// Every task on Fargate Spot that is not stopping.
pub(crate) fn on_spot(m: &Machine) -> Vec<String> {
    let tasks = m.ecs.tasks.values().filter(|task| market(task) == SPOT && !task.is_stopping());
    tasks.map(|task| task.arn.clone()).collect()
}
