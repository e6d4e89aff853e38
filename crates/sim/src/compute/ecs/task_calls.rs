//! The calls about tasks that are there.

use super::task::Task;
use super::{cluster, failure, last_part, life, members};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, invalid};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn stop(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    let arn = arn_of(m, &cluster, params.need("task")?);
    let Some(task) = m.ecs.tasks.get_mut(&arn) else {
        return Err(invalid("The referenced task was not found."));
    };
    if !task.is_stopping() {
        // Documented: a task that is stopped by hand loses its tags.
        task.tags.clear();
        life::stop(m, &arn, "UserInitiated", Some(params.text("reason").unwrap_or("Task stopped by user")));
    }
    let task = m.ecs.tasks.get(&arn).map(|task| {
        let mut task = task.described();
        task["tags"] = json!([]);
        task
    });
    Ok(json!({ "task": task }))
}

pub(super) fn describe(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    let asked = params.texts("tasks");
    if asked.is_empty() {
        return Err(invalid("Tasks cannot be empty."));
    }
    if asked.len() > 100 {
        return Err(invalid("taskIds can have at most 100 items."));
    }
    let include_tags = params.texts("include").contains(&"TAGS");
    let seen_at = m.now.saturating_sub(m.settings.timing.read_lag);
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for asked in asked {
        let arn = arn_of(m, &cluster, asked);
        let seen = m.ecs.seen_tasks.at(&arn, seen_at);
        let Some(seen) = seen.or_else(|| m.ecs.seen_ended.at(&arn, seen_at)) else {
            failures.push(failure(&arn, "MISSING"));
            continue;
        };
        let mut seen = seen.described();
        let tags = m.ecs.tasks.get(&arn).map(|task| task.tags.clone()).unwrap_or_default();
        seen["tags"] = if include_tags { json!(tags) } else { json!([]) };
        tasks.push(seen);
    }
    Ok(members([("tasks", tasks.into()), ("failures", failures.into())]))
}

pub(super) fn list(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    check_filters(params)?;
    let desired = params.text("desiredStatus").unwrap_or("RUNNING");
    let host = params.text("containerInstance").map(last_part);
    let is = |is: Option<&str>, wanted: Option<&str>| wanted.is_none_or(|wanted| is == Some(wanted));
    let (started_by, launch_type) = (params.text("startedBy"), params.text("launchType"));
    let (family, of_service) = (params.text("family"), params.has("serviceName"));
    let is_wanted = |task: &Task| {
        task.desired() == desired
            && task.cluster == cluster
            && is(task.started_by.as_deref(), started_by)
            && is(task.launch_type, launch_type)
            && is(Some(&task.definition.0), family)
            && is(task.host.as_deref().map(last_part), host)
            && !of_service
    };
    let at = m.now.saturating_sub(m.settings.timing.read_lag);
    let ended = m.ecs.seen_tasks.settled(at, |task| task.is_stopping());
    m.ecs.seen_ended.take_in(ended);
    let ended = (desired == "STOPPED").then(|| m.ecs.seen_ended.all_at(at)).into_iter().flatten();
    let seen = m.ecs.seen_tasks.all_at(at).chain(ended);
    let arns = seen.filter(|(_, task)| is_wanted(task)).map(|(arn, _)| arn.to_owned());
    // One that was told to stop and has stopped since stands in both.
    let arns: Vec<String> = arns.collect::<BTreeSet<_>>().into_iter().collect();
    let (page, next) = params.page(arns, "maxResults", "nextToken", 100)?;
    Ok(json!({ "taskArns": page, "nextToken": next }))
}

/// Nothing here makes services, so there are none.
pub(super) fn list_services(m: &mut Machine, params: &Params<'_>) -> Answer {
    cluster::name_in(m, params)?;
    Ok(json!({ "serviceArns": [] }))
}

pub(super) fn describe_services(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    let arn = |name: &str| m.arn("ecs", &format!("service/{cluster}/{}", last_part(name)));
    let names = params.texts("services");
    let failures: Vec<Value> = names.iter().map(|name| failure(&arn(name), "MISSING")).collect();
    Ok(json!({ "services": [], "failures": failures }))
}

fn check_filters(params: &Params<'_>) -> Result<(), Refusal> {
    let others = ["family", "serviceName", "containerInstance", "launchType", "desiredStatus"];
    if params.has("startedBy") && others.iter().any(|other| params.has(other)) {
        return Err(invalid("cannot specify startedBy with other arguments"));
    }
    if !["RUNNING", "PENDING", "STOPPED"].contains(&params.text("desiredStatus").unwrap_or("RUNNING")) {
        return Err(invalid("Desired status should be one of [RUNNING, PENDING, STOPPED]"));
    }
    if params.number("maxResults")?.is_some_and(|n| !(1..=100).contains(&n)) {
        return Err(invalid("maxResults must be between 1 and 100."));
    }
    Ok(())
}

fn arn_of(m: &Machine, cluster: &str, arn_or_id: &str) -> String {
    m.arn("ecs", &format!("task/{cluster}/{}", last_part(arn_or_id)))
}
