//! What happens, told as it happens.

use model::plan::Step;
use model::time::Timestamp;

use super::Installation;

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
}
