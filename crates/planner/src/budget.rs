//! How much one plan may start.

use model::Carrier;
use model::budget::Bucket;
use model::launch::Launch;
use model::observation::Observation;
use model::reason::{Code, Reason};
use model::rules::Limits;
use model::time::Timestamp;

/// Counts down while a plan grows. Every start is written down when it is decided, so what was started
/// lately is known from the launches there are.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    tasks: u32,
    serverless: u32,
    registrations: u32,
    per_minute: u32,
}

/// What is to be done with a job for which there is nothing left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spent {
    /// A moment, and the next plan starts it.
    Tasks,
    Registrations(Reason),
}

impl Budget {
    pub(crate) fn new(seen: &Observation, limits: &Limits, now: Timestamp) -> Self {
        let serverless = seen.launches.values().filter(|launch| launch.node.is_none());
        let registered = seen.launches.values().filter_map(|launch| registered(launch, now));
        let started = || seen.launches.values().map(|launch| launch.at.planned);
        Self {
            tasks: Bucket::TASKS.left(started(), now),
            serverless: Bucket::SERVERLESS_TASKS.left(serverless.map(|launch| launch.at.planned), now),
            registrations: limits.registrations.left(registered, now),
            per_minute: limits.registrations.per_minute,
        }
    }

    /// Tasks that are stopped come first: they make room.
    pub(crate) fn stop(&mut self, n: usize) {
        self.tasks = self.tasks.saturating_sub(u32::try_from(n).unwrap_or(u32::MAX));
    }

    /// One more task, which will register its runner.
    pub(crate) fn start(&mut self, on: Carrier) -> Result<(), Spent> {
        if self.registrations == 0 {
            let text = format!(
                "a place is free, but as many runners were started as may be registered, {} in a minute; the job follows within minutes",
                self.per_minute
            );
            return Err(Spent::Registrations(Reason { code: Code::Budget, text }));
        }
        if !self.stand(on) {
            return Err(Spent::Tasks);
        }
        self.registrations -= 1;
        Ok(())
    }

    /// One more task, which registers nothing before it has a job.
    pub(crate) fn stand(&mut self, on: Carrier) -> bool {
        let serverless = match on {
            Carrier::Nodes => Some(self.serverless),
            Carrier::Serverless => self.serverless.checked_sub(1),
        };
        let (Some(tasks), Some(serverless)) = (self.tasks.checked_sub(1), serverless) else { return false };
        (self.tasks, self.serverless) = (tasks, serverless);
        true
    }

    /// One that stands by has a job now, and registers its runner.
    pub(crate) fn register(&mut self) -> bool {
        let left = self.registrations.checked_sub(1);
        self.registrations = left.unwrap_or(0);
        left.is_some()
    }
}

/// When its runner was registered, or is about to be.
fn registered(launch: &Launch, now: Timestamp) -> Option<Timestamp> {
    if !launch.id.is_standby() {
        return Some(launch.at.planned);
    }
    launch.at.claimed.or(launch.job.map(|_| now))
}
