//! `RunTask` and `StartTask`: a request becomes tasks, once.

use super::container_instance::Status;
use super::placement::{PassedOver, candidates, choose, objection};
use super::request::{self, Request};
use super::task::{Task, TaskStatus};
use super::{container_instance, container_instance_calls, failure, fargate, life, members, task};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, client, invalid};
use crate::compute::time::Time;
use crate::compute::timers::Timer;
use crate::numbers::ecs;
use serde_json::{Value, json};

/// A request that was carried out under a client token.
#[derive(Clone, Debug)]
pub(crate) struct RunToken {
    request: Value,
    tasks: Vec<String>,
    failures: Vec<Value>,
    at: Time,
}

pub(super) fn run_task(m: &mut Machine, params: &Params<'_>) -> Answer {
    let count = params.number("count")?.unwrap_or(1);
    if !(1..=10).contains(&count) {
        return Err(invalid("Count must be between 1 and 10."));
    }
    let token = params.text("clientToken");
    if token.is_some_and(|it| it.len() > 64 || !it.bytes().all(|byte| (33..=126).contains(&byte))) {
        return Err(invalid("clientToken can have at most 64 characters of ASCII 33 to 126."));
    }
    let cluster = super::cluster::name_in(m, params)?;
    let token = token.map(|token| (cluster, token.to_owned()));
    let asked = without_token(params.value());
    if let Some(replay) = token.as_ref().and_then(|key| replay(m, key, &asked)) {
        return replay;
    }
    let request = request::read(m, params, 128)?;
    let (tasks, failures) = carry_out(m, &request, count)?;
    let answer = members([("tasks", shown(m, &tasks).into()), ("failures", failures.clone().into())]);
    if let Some(key) = token {
        m.ecs.token_of.extend(tasks.iter().map(|arn| (arn.clone(), key.clone())));
        m.ecs.run_tokens.insert(key, RunToken { request: asked, tasks, failures, at: m.now });
    }
    Ok(answer)
}

pub(super) fn start_task(m: &mut Machine, params: &Params<'_>) -> Answer {
    let asked = params.texts("containerInstances");
    if asked.is_empty() {
        return Err(invalid("Container instances cannot be empty."));
    }
    if asked.len() > 10 {
        return Err(invalid("instanceIds can have at most 10 items."));
    }
    let mut request = request::read(m, params, 36)?;
    request.task.launch_type = Some("EC2");
    request.task.provider = None;
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for asked in asked {
        let arn = container_instance_calls::arn_of(m, &request.cluster, asked);
        let reason = match m.ecs.container_instances.get(&arn) {
            None => Some("MISSING"),
            // What ECS says for DRAINING is not documented.
            Some(instance) if instance.status != Status::Active => Some("INACTIVE"),
            Some(instance) => objection(m, instance, &request.task),
        };
        match reason {
            Some(reason) => failures.push(failure(&arn, reason)),
            None => {
                let task = create(m, &request.task);
                place(m, &task, &arn);
                tasks.push(task);
            }
        }
    }
    Ok(json!({ "tasks": shown(m, &tasks), "failures": failures }))
}

/// Gives the waiting tasks of a cluster another chance, oldest first.
pub(super) fn place_waiting(m: &mut Machine, cluster: &str) {
    if m.ecs.provisioning.is_empty() {
        return;
    }
    let tasks = &m.ecs.tasks;
    m.ecs.provisioning.retain(|arn| tasks.get(arn).is_some_and(|task| task.waits_for_room()));
    let waiting = m.ecs.provisioning.iter().filter_map(|arn| tasks.get(arn));
    let mut waiting: Vec<_> = waiting.filter(|task| task.cluster == cluster).cloned().collect();
    waiting.sort_by_key(|task| task.created_at);
    for task in waiting {
        if let Ok(host) = choose(m, &task, &[]) {
            place(m, &task.arn, &host);
        }
    }
}

/// What the same token brought before, while it lives: the same answer, or a conflict.
fn replay(m: &mut Machine, key: &(String, String), asked: &Value) -> Option<Answer> {
    let token = m.ecs.run_tokens.get(key)?.clone();
    let stopped_at = |arn: &String| match m.ecs.tasks.get(arn) {
        Some(task) => task.stopped_at,
        // Stopped and forgotten since.
        None => Some(Time::ZERO),
    };
    let last_stopped = token.tasks.iter().map(stopped_at).collect::<Option<Vec<_>>>();
    let last_stopped = last_stopped.and_then(|stopped| stopped.into_iter().max());
    let longest = token.at + m.settings.timing.token_lives;
    let ends = last_stopped.map_or(longest, |stopped| longest.min(stopped + ecs::TOKEN_OUTLIVES));
    if m.now >= ends {
        m.ecs.run_tokens.remove(key);
        return None;
    }
    if token.request != *asked {
        let mut conflict = Refusal::new(
            "ConflictException",
            400,
            "The clientToken was already used with a different RunTask request.",
        );
        conflict.extra.insert("resourceIds".to_owned(), json!(token.tasks));
        return Some(Err(conflict));
    }
    let is_old = m.now.saturating_sub(token.at) >= ecs::TOKEN_OUTLIVES;
    let failures = match token.failures.len() {
        n if n > 0 && is_old => vec![json!({ "reason": n.to_string() })],
        _ => token.failures,
    };
    let tasks: Vec<Value> =
        token.tasks.iter().filter_map(|arn| m.ecs.tasks.get(arn)).map(|it| replayed(it)).collect();
    Some(Ok(json!({ "tasks": tasks, "failures": failures })))
}

/// A token whose tasks are all forgotten has ended: they stopped an hour ago or more.
pub(super) fn forget_token_of(m: &mut Machine, arn: &str) {
    let Some(key) = m.ecs.token_of.remove(arn) else { return };
    let tasks = m.ecs.run_tokens.get(&key).map_or(&[][..], |token| &token.tasks);
    if tasks.iter().all(|arn| !m.ecs.tasks.contains_key(arn)) {
        m.ecs.run_tokens.remove(&key);
    }
}

fn replayed(task: &Task) -> Value {
    let whole = task.described();
    if !task.is_stopped() {
        return whole;
    }
    json!({
        "taskArn": whole["taskArn"], "lastStatus": whole["lastStatus"], "desiredStatus": whole["desiredStatus"],
    })
}

fn carry_out(m: &mut Machine, request: &Request, count: i64) -> Result<(Vec<String>, Vec<Value>), Refusal> {
    if request.task.launch_type == Some(fargate::LAUNCH_TYPE) {
        return Ok(fargate::run(m, request, count));
    }
    if !request.may_wait && candidates(m, &request.task).next().is_none() {
        return Err(invalid("No Container Instances were found in your cluster."));
    }
    let mut tasks = Vec::new();
    for _ in 0..count {
        match choose(m, &request.task, &request.strategy) {
            Ok(host) => {
                let task = create(m, &request.task);
                place(m, &task, &host);
                tasks.push(task);
            }
            Err(_) if request.may_wait => match wait(m, request) {
                Ok(task) => tasks.push(task),
                Err(refusal) if tasks.is_empty() => return Err(refusal),
                // How the rest of a count is answered is not documented: as with hosts that do not fit.
                Err(refusal) => return Ok((tasks, vec![json!({ "reason": refusal.message })])),
            },
            Err(passed_over) => return Ok((tasks, failures(&passed_over))),
        }
    }
    Ok((tasks, Vec::new()))
}

fn failures(passed_over: &PassedOver) -> Vec<Value> {
    passed_over.iter().map(|(arn, reason)| failure(arn, reason)).collect()
}

fn wait(m: &mut Machine, request: &Request) -> Result<String, Refusal> {
    let in_cluster = m.ecs.tasks.values().filter(|task| task.cluster == request.cluster);
    if in_cluster.filter(|task| task.waits_for_room()).count() >= ecs::PROVISIONING {
        return Err(client("Tasks provisioning capacity limit exceeded."));
    }
    let task = create(m, &request.task);
    m.ecs.provisioning.insert(task.clone());
    m.set(m.settings.timing.provisioning_given_up, Timer::TaskGivenUp(task.clone()));
    Ok(task)
}

/// The task exists from here on, in PROVISIONING and on no host.
pub(super) fn create(m: &mut Machine, like: &Task) -> String {
    let mut task = like.clone();
    let id = m.ids.hex("task", 32);
    task.arn = m.arn("ecs", &format!("task/{}/{id}", task.cluster));
    for container in &mut task.containers {
        let container_id = m.ids.uuid("container");
        container.arn = format!("{}/{container_id}", task.arn.replacen(":task/", ":container/", 1));
    }
    task.created_at = m.now;
    let arn = task.arn.clone();
    m.ecs.tasks.insert(arn.clone(), task.into());
    task::publish(m, &arn);
    arn
}

/// Gives the task to a host's agent; its resources are taken from now on.
fn place(m: &mut Machine, arn: &str, host: &str) {
    let Some(task) = m.ecs.tasks.get_mut(arn) else { return };
    let zone = m.ecs.container_instances.get(host).and_then(|it| it.attributes.get("ecs.availability-zone"));
    task.host = Some(host.to_owned());
    m.ecs.on_host.entry(host.to_owned()).or_default().insert(arn.to_owned());
    task.availability_zone = zone.cloned().flatten();
    let is_to_be_attached = task.has_interface();
    if !is_to_be_attached {
        task.status = TaskStatus::Pending;
    }
    task::publish(m, arn);
    container_instance::publish(m, host);
    if is_to_be_attached {
        m.set(m.settings.timing.interface_attaches, Timer::TaskProvisioned(arn.to_owned()));
    } else {
        life::begin_waiting(m, host);
    }
}

fn shown(m: &Machine, tasks: &[String]) -> Vec<Value> {
    let shown = |arn: &String| {
        let task = m.ecs.tasks.get(arn)?;
        let mut shown = task.described();
        shown["tags"] = json!(task.tags);
        Some(shown)
    };
    tasks.iter().filter_map(shown).collect()
}

fn without_token(request: &Value) -> Value {
    let mut request = request.clone();
    if let Some(members) = request.as_object_mut() {
        members.remove("clientToken");
    }
    request
}
