//! What EventBridge tells of tasks and machines.

mod spot;

pub use spot::warned;

use std::borrow::Cow;

use model::observation::{Cause, Stopped};
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
        cause: detail.cause(),
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
    /// `SpotInterruption` is Fargate's word.
    fn cause(&self) -> Cause {
        let is_host = matches!(
            self.stop_code.as_deref(),
            Some("TerminationNotice" | "SpotInterruption" | "InfrastructureHealth")
        );
        let reason = self.stopped_reason.as_deref().unwrap_or_default();
        if is_host || reason.starts_with("Host EC2 (instance ") { Cause::Machine } else { Cause::Other }
    }

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

#[cfg(test)]
mod tests {
    use model::id::{JobId, LaunchId, TaskId};

    use super::*;

    macro_rules! payload {
        ($case:literal) => {
            include_str!(concat!("../../../tests/payloads/ecs/task_state_change.", $case, ".json"))
        };
    }

    #[track_caller]
    fn check(event: &str, why: &str) {
        let stopped = stopped(event).expect("a task that has stopped");
        assert_eq!(stopped.task, TaskId::from("0123456789abcdef0123456789abcdef"));
        assert_eq!(stopped.launch, Some(LaunchId { job: JobId(29_679_449_526), n: 1 }));
        assert_eq!(stopped.why, why);
    }

    #[test]
    fn a_stop_says_how_each_container_ended() {
        check(
            payload!("exited"),
            "EssentialContainerExited: Essential container in task exited \
             (engine exited with 143; runner exited with 0)",
        );
        check(
            payload!("out_of_memory"),
            "EssentialContainerExited: Essential container in task exited (engine exited with 137: \
             OutOfMemoryError: Container killed due to memory usage; runner exited with 143)",
        );
        check(
            payload!("stopped_by_us"),
            "UserInitiated: the job was cancelled (engine exited with 143; runner exited with 143)",
        );
    }

    #[test]
    fn nothing_is_said_twice() {
        check(
            payload!("cannot_pull"),
            "TaskFailedToStart: CannotPullContainerError: pull image manifest has been retried 1 time(s): \
             failed to resolve ref ghcr.io/quillon/runner:v0.1.0: not found",
        );
        check(
            payload!("host_terminated"),
            "TerminationNotice: Host EC2 (instance i-0123456789abcdef0) terminated.",
        );
    }

    #[test]
    fn a_machine_that_is_gone_is_the_cause() {
        let cause = |event| stopped(event).map(|stopped| stopped.cause);
        assert_eq!(cause(payload!("host_terminated")), Some(Cause::Machine));
        for own in [payload!("exited"), payload!("stopped_by_us"), payload!("out_of_memory")] {
            assert_eq!(cause(own), Some(Cause::Other));
        }
    }

    #[test]
    fn anything_but_a_stop_is_none() {
        assert_eq!(stopped(payload!("running")), None);
        assert_eq!(stopped(""), None);
        assert_eq!(stopped("{}"), None);
        assert_eq!(stopped(r#"{"ring":"1","source":"webhook"}"#), None);
        let scheduled = payload!("exited").replace("ECS Task State Change", "Scheduled Event");
        assert_eq!(stopped(&scheduled), None);
    }

    #[test]
    fn a_task_of_somebody_else_has_no_launch() {
        for mark in ["ecs-svc/1234567890", "quillon/other", "quillon/1"] {
            let event = payload!("exited").replace("quillon/29679449526-1", mark);
            assert_eq!(stopped(&event).map(|stopped| stopped.launch), Some(None), "{mark}");
        }
    }

    #[test]
    fn a_long_reason_is_cut() {
        let event = payload!("stopped_by_us").replace("the job was cancelled", &"ä".repeat(5000));
        assert_eq!(stopped(&event).map(|stopped| stopped.why.chars().count()), Some(MAX_WHY));
    }
}
