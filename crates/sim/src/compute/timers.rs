//! What will happen by itself, and when.

use super::time::Time;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// A group compares what it has with what it wants.
    GroupReacts(String),
    ScheduledAction {
        group: String,
        action: String,
    },
    HookTimesOut {
        group: String,
        instance_id: String,
        token: String,
    },
    InstanceRuns(String),
    InstanceBooted(String),
    HostLost(String),
    InstanceTerminated(String),
    InstanceForgotten(String),
    SpotReclaimed(String),
    TaskProvisioned(String),
    TaskPulled(String),
    TaskStarted(String),
    TaskExits(String),
    TaskGivenUp(String),
    TaskDeprovisioned(String),
    TaskForgotten(String),
    TrunkSettled(String),
    ContainerInstanceForgotten(String),
}

/// Due timers in order of time; ties in the order they were set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    due: BTreeMap<(Time, u64), Timer>,
    n_set: u64,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Time, timer: Timer) {
        self.n_set += 1;
        self.due.insert((at, self.n_set), timer);
    }

    pub(crate) fn next_due(&self) -> Option<Time> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) fn pop_due(&mut self, now: Time) -> Option<(Time, Timer)> {
        if self.next_due()? > now {
            return None;
        }
        self.due.pop_first().map(|((at, _), timer)| (at, timer))
    }
}
