//! What EventBridge tells of tasks.

use std::borrow::Cow;

use model::observation::Stopped;
use serde::Deserialize;

use crate::task::task_id;

/// It is kept with a launch, whose row is to stay small.
const MAX_WHY: usize = 500;

/// Reads a whole event as EventBridge sends it. Anything but a task that has stopped is `None`.
#[must_use]
pub fn stopped(event: &str) -> Option<Stopped> {
    let event: Event<'_> = serde_json::from_str(event).ok()?;
    if event.detail_type != "ECS Task State Change" || event.source != "aws.ecs" {
        return None;
    }
    let detail: Detail<'_> = serde_json::from_str(event.detail.get()).ok()?;
    if detail.last_status != "STOPPED" {
        return None;
    }
    let mark = detail.started_by.as_deref().and_then(|mark| mark.strip_prefix("quillon/"));
    Some(Stopped {
        task: task_id(&detail.task_arn),
        launch: mark.and_then(|launch| launch.parse().ok()),
        why: detail.why(),
    })
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "detail-type", borrow)]
    detail_type: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    detail: &'a serde_json::value::RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    #[serde(borrow)]
    task_arn: Cow<'a, str>,
    #[serde(borrow)]
    last_status: Cow<'a, str>,
    #[serde(borrow)]
    started_by: Option<Cow<'a, str>>,
    #[serde(borrow)]
    stop_code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    stopped_reason: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    containers: Vec<Container<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    exit_code: Option<i64>,
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
}

impl Detail<'_> {
    /// ECS's code and sentence, and how each container ended as far as that says more.
    fn why(&self) -> String {
        let code = self.stop_code.as_deref().unwrap_or_default();
        let reason = self.stopped_reason.as_deref().unwrap_or("no reason given");
        let mut why = if code.is_empty() || reason.starts_with(code) {
            reason.to_owned()
        } else {
            format!("{code}: {reason}")
        };
        let mut containers: Vec<&Container<'_>> = self.containers.iter().collect();
        containers.sort_by(|a, b| a.name.cmp(&b.name));
        let ends: Vec<String> = containers.iter().filter_map(|container| container.end(reason)).collect();
        if !ends.is_empty() {
            why = format!("{why} ({})", ends.join("; "));
        }
        why.chars().take(MAX_WHY).collect()
    }
}

impl Container<'_> {
    fn end(&self, told: &str) -> Option<String> {
        let reason = self.reason.as_deref().filter(|reason| !told.contains(reason));
        match (self.exit_code, reason) {
            (Some(code), Some(reason)) => Some(format!("{} exited with {code}: {reason}", self.name)),
            (Some(code), None) => Some(format!("{} exited with {code}", self.name)),
            (None, Some(reason)) => Some(format!("{}: {reason}", self.name)),
            (None, None) => None,
        }
    }
}
