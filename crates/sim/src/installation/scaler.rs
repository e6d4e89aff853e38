//! The scaler: what it hears, and the ticks that follow.

use std::collections::BTreeMap;
use std::time::Duration;

use control::Chain;
use control::tick::{Call, Depth, tick};
use model::cordon::{CordonReason, Warned};
use model::observation::{Cause, Stopped};
use serde_json::Value;

use super::doorbell::Body;
use super::fault::broken_outside;
use super::function::Function;
use super::minimum::{below_minimum, open_nodes};
use super::{Due, Installation, Who, take};
use crate::compute::{Event, EventKind};
use crate::numbers::{aws, ecs};
use crate::port::task_id;

impl Installation {
    pub(super) fn hear(&mut self, body: Body) {
        self.doorbell.push(body, self.clock.now());
        self.after(aws::HEARD_AFTER, Due::Scaler);
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
        match event.kind {
            EventKind::TaskStateChange if event.detail["lastStatus"] == "STOPPED" => {
                if !take(&mut self.luck.lost_stops) {
                    self.after(ecs::EVENT_TAKES, Due::Hear(Body::Stopped(stopped(&event.detail))));
                }
            }
            EventKind::SpotInterruptionWarning => self.warn(event, CordonReason::Reclaimed),
            EventKind::RebalanceRecommendation => self.warn(event, CordonReason::AtRisk),
            EventKind::TaskStateChange
            | EventKind::ContainerInstanceStateChange
            | EventKind::ContainerInstanceHealthChange
            | EventKind::InstanceStateChange
            | EventKind::LaunchSuccessful
            | EventKind::LaunchUnsuccessful
            | EventKind::TerminateSuccessful
            | EventKind::TerminateUnsuccessful
            | EventKind::LaunchLifecycleAction
            | EventKind::TerminateLifecycleAction => {}
        }
    }

    fn warn(&mut self, event: &Event, why: CordonReason) {
        let Some(node) = event.detail["instance-id"].as_str() else { return };
        // The agent reads it on the machine itself, whoever else hears of it.
        if why == CordonReason::Reclaimed {
            self.after(ecs::AGENT_SEES_AFTER, Due::Drain(node.to_owned()));
        }
        if !take(&mut self.luck.lost_warnings) {
            self.after(ecs::EVENT_TAKES, Due::Hear(Body::Warned(Warned { node: node.into(), why })));
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
        self.doorbell.busy_until = Some(now.after(aws::TICK_TAKES));
        if self.tick(call) {
            self.doorbell.began = Some(now);
            self.after(aws::TICK_TAKES, Due::Scaler);
        } else {
            self.told.n_dead += self.doorbell.put_back(batch);
            self.doorbell.busy_until = Some(now.after(aws::VISIBILITY));
            self.after(aws::VISIBILITY, Due::Scaler);
        }
    }

    /// Whether it was not stopped in the middle.
    pub(super) fn tick(&mut self, call: Call) -> bool {
        let (rules, now) = (self.rules.clone(), self.time_of(Function::Scaler));
        self.told.n_ticks += 1;
        self.called.clone_from(&call);
        self.before_tick();
        self.note_bill();
        let before = if self.is_checked { open_nodes(self) } else { BTreeMap::new() };
        let depth = call.depth;
        let ticked = self.run(Function::Scaler, async |ports| tick(&ports, &rules, call, now).await);
        self.after_tick(depth);
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
        if !self.is_checked {
            return ticked.is_some();
        }
        let mut found = self.broken_at_rest();
        found.extend(broken_outside(self));
        found.extend(self.left_alone(ticked.is_some()));
        found.extend(below_minimum(self, &before));
        found.extend(self.in_vain(ticked.is_some()));
        found.extend(self.overspent());
        self.note_broken(Who::Scaler, found);
        ticked.is_some()
    }
}

fn stopped(detail: &Value) -> Stopped {
    let mark = detail["startedBy"].as_str().and_then(|mark| mark.strip_prefix("quillon/"));
    Stopped {
        task: task_id(detail["taskArn"].as_str().unwrap_or_default()),
        launch: mark.and_then(|launch| launch.parse().ok()),
        cause: match detail["stopCode"].as_str() {
            Some("TerminationNotice" | "SpotInterruption" | "InfrastructureHealth") => Cause::Machine,
            Some(_) | None => Cause::Other,
        },
        why: detail["stoppedReason"].as_str().or(detail["stopCode"].as_str()).unwrap_or_default().to_owned(),
    }
}
