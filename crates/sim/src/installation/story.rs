//! What happens, told as it happens.

use model::plan::Step;
use model::time::Timestamp;

use super::Installation;
use crate::compute::{Event, EventKind};
use crate::port::task_id;

/// Who did something, or had something done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever wrote the scenario.
    Operator,
    GitHub,
    Webhook,
    Scaler,
    Broker,
    Node,
    Task,
    Cloud,
}

impl Who {
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::GitHub => "github",
            Self::Webhook => "webhook",
            Self::Scaler => "scaler",
            Self::Broker => "broker",
            Self::Node => "node",
            Self::Task => "task",
            Self::Cloud => "cloud",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Timestamp,
    pub who: Who,
    /// Of like things that happen together, some are told and the rest is counted.
    pub like: &'static str,
    pub what: String,
    /// A plan, where this was a tick.
    pub steps: Vec<Step>,
}

/// Nothing is kept unless somebody listens: most worlds are run for their end.
#[derive(Clone, Debug, Default)]
pub struct Story {
    pub is_kept: bool,
    pub lines: Vec<Line>,
}

impl Installation {
    pub(crate) fn tell(&mut self, who: Who, like: &'static str, what: impl FnOnce() -> String) {
        if self.story.is_kept {
            let at = self.clock.now();
            self.story.lines.push(Line { at, who, like, what: what(), steps: Vec::new() });
        }
    }

    pub(super) fn tell_if(
        &mut self,
        is_news: bool,
        who: Who,
        like: &'static str,
        what: impl FnOnce() -> String,
    ) {
        if is_news {
            self.tell(who, like, what);
        }
    }

    pub(super) fn tell_plan(&mut self, what: &str, steps: impl FnOnce() -> Vec<Step>) {
        if !self.story.is_kept {
            return;
        }
        let steps = steps();
        if !steps.is_empty() {
            let at = self.clock.now();
            self.story.lines.push(Line { at, who: Who::Scaler, like: "plan", what: what.to_owned(), steps });
        }
    }

    /// What the provider says of machines and tasks, as far as it matters to a reader.
    pub(super) fn tell_event(&mut self, event: &Event) {
        let said = |name: &str| event.detail[name].as_str().unwrap_or_default().to_owned();
        match event.kind {
            EventKind::InstanceStateChange if event.detail["state"] == "pending" => {
                let node = said("instance-id");
                self.nodes.push(node.as_str().into());
                self.vain.launched(&node, self.clock.now());
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
                let (task, reason) = (task_id(&said("taskArn")), said("stoppedReason"));
                let why = if reason.is_empty() { said("stopCode") } else { reason };
                self.tell(Who::Cloud, "task stopped", || format!("task {task} has stopped: {why}"));
            }
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
}
