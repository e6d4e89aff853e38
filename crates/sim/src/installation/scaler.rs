//! The scaler: what it hears, and the ticks that follow.

use std::time::Duration;

use control::Chain;
use control::tick::{Call, Depth, tick};
use model::observation::Stopped;
use serde_json::Value;

use super::doorbell::{Body, VISIBILITY};
use super::fault::faults;
use super::function::Function;
use super::{Due, Installation, Who, take};
use crate::compute::{Event, EventKind};
use crate::port::task_id;

/// From a message to the function.
const HEARD_AFTER: Duration = Duration::from_millis(50);
/// A tick asks a dozen things, some of them slow.
const TICK_TAKES: Duration = Duration::from_millis(400);
/// From ECS through EventBridge to the queue.
const EVENT_TAKES: Duration = Duration::from_millis(800);

impl Installation {
    pub(super) fn hear(&mut self, body: Body) {
        self.doorbell.push(body, self.clock.now());
        self.after(HEARD_AFTER, Due::Scaler);
    }

    /// A message that nobody can read stands at the head of the queue.
    pub fn put_unreadable_message(&mut self) {
        self.hear(Body::Unreadable);
    }

    pub(super) fn pass_rings_on(&mut self) {
        for _ in 0..self.ledger.take_rings() {
            self.hear(Body::Ring);
        }
    }

    pub(super) fn hear_event(&mut self, event: &Event) {
        self.tell_event(event);
        if event.kind != EventKind::TaskStateChange || event.detail["lastStatus"] != "STOPPED" {
            return;
        }
        if !take(&mut self.luck.lost_stops) {
            self.after(EVENT_TAKES, Due::Hear(Body::Stopped(stopped(&event.detail))));
        }
    }

    /// What the provider says of machines and tasks, as far as it matters to a reader.
    fn tell_event(&mut self, event: &Event) {
        let said = |name: &str| event.detail[name].as_str().unwrap_or_default().to_owned();
        match event.kind {
            EventKind::InstanceStateChange if event.detail["state"] == "pending" => {
                let node = said("instance-id");
                self.nodes.push(node.as_str().into());
                self.tell(Who::Cloud, "node starts", || format!("node {node} starts"));
            }
            EventKind::SpotInterruptionWarning => {
                let node = said("instance-id");
                self.tell(Who::Cloud, "warning", || format!("node {node} is taken back in two minutes"));
            }
            EventKind::RebalanceRecommendation => {
                let node = said("instance-id");
                self.tell(Who::Cloud, "rebalance", || format!("node {node} is likely to be taken back"));
            }
            EventKind::TaskStateChange if event.detail["lastStatus"] == "STOPPED" => {
                let (task, why) = (task_id(&said("taskArn")), said("stoppedReason"));
                self.tell(Who::Cloud, "task stopped", || format!("task {task} has stopped: {why}"));
            }
            EventKind::TaskStateChange
            | EventKind::ContainerInstanceStateChange
            | EventKind::InstanceStateChange
            | EventKind::LaunchSuccessful
            | EventKind::LaunchUnsuccessful
            | EventKind::TerminateSuccessful
            | EventKind::TerminateUnsuccessful
            | EventKind::LaunchLifecycleAction
            | EventKind::TerminateLifecycleAction => {}
        }
    }

    /// One batch of messages, if the last one is done with.
    pub(super) fn scale(&mut self) {
        let now = self.clock.now();
        if self.doorbell.is_empty() || self.doorbell.busy_until.is_some_and(|until| now < until) {
            return;
        }
        let batch = self.doorbell.take();
        let Some(call) = self.doorbell.call(&batch) else {
            return self.after(Duration::ZERO, Due::Scaler);
        };
        // Set before it runs: what rings meanwhile has to wait.
        self.doorbell.busy_until = Some(now.after(TICK_TAKES));
        if self.tick(call) {
            self.doorbell.began = Some(now);
            self.after(TICK_TAKES, Due::Scaler);
        } else {
            self.told.n_dead += self.doorbell.put_back(batch);
            self.doorbell.busy_until = Some(now.after(VISIBILITY));
            self.after(VISIBILITY, Due::Scaler);
        }
    }

    /// Whether it was not stopped in the middle.
    pub(super) fn tick(&mut self, call: Call) -> bool {
        let (rules, now) = (self.rules.clone(), self.clock.now());
        self.told.n_ticks += 1;
        self.stopped.clone_from(&call.stopped);
        let depth = call.depth;
        let ticked = self.run(Function::Scaler, async |ports| tick(&ports, &rules, call, now).await);
        match ticked.as_ref() {
            Some(Ok(ticked)) => {
                let depth = if depth == Depth::Sweep { "sweeps" } else { "looks" };
                self.tell_plan(depth, || ticked.plan.steps());
            }
            Some(Err(error)) => {
                let error = Chain(error).to_string();
                self.tell(Who::Scaler, "error", || error.clone());
                self.told.errors.push(error);
            }
            None => {}
        }
        let found = faults(self);
        self.told.faults.extend(found.into_iter().map(|fault| format!("{now}: {fault}")));
        ticked.is_some()
    }
}

fn stopped(detail: &Value) -> Stopped {
    let mark = detail["startedBy"].as_str().and_then(|mark| mark.strip_prefix("quillon/"));
    Stopped {
        task: task_id(detail["taskArn"].as_str().unwrap_or_default()),
        launch: mark.and_then(|launch| launch.parse().ok()),
        why: detail["stoppedReason"].as_str().unwrap_or("no reason given").to_owned(),
    }
}
