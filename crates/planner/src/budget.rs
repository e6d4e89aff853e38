//! How much one plan may start.

use std::collections::BTreeMap;

use model::Carrier;
use model::budget::{AMinute, Bucket};
use model::id::ScopeId;
use model::job::{Job, Repository};
use model::launch::Launch;
use model::observation::Observation;
use model::reason::{Code, Reason};
use model::registration::Scope;
use model::rules::Limits;
use model::time::Timestamp;

/// Counts down while a plan grows. Every start is written down when it is decided, so what was started
/// lately is known from the launches there are.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    tasks: u32,
    serverless: u32,
    registrations: u32,
    a_minute: u32,
    /// What each organization or repository of a user takes besides, whoever registers. Nothing, where all Apps
    /// together may register no more than one place takes.
    scopes: Option<BTreeMap<ScopeId, u32>>,
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
            registrations: limits.all_registrations().left(registered, now),
            a_minute: limits.all_registrations().0,
            scopes: (limits.all_registrations().0 > AMinute::REGISTRATIONS_OF_A_SCOPE.0)
                .then(|| scopes(seen, now)),
        }
    }

    /// Tasks that are stopped come first: they make room.
    pub(crate) fn stop(&mut self, n: usize) {
        self.tasks = self.tasks.saturating_sub(u32::try_from(n).unwrap_or(u32::MAX));
    }

    /// One more task, which will register its job's runner.
    pub(crate) fn start(&mut self, on: Carrier, job: &Job) -> Result<(), Spent> {
        let place = self.place(&job.repository);
        if self.registrations == 0 || place.as_ref().is_some_and(|(_, left)| *left == 0) {
            let (a_minute, there) = match place.filter(|_| self.registrations > 0) {
                Some((scope, _)) => (AMinute::REGISTRATIONS_OF_A_SCOPE.0, format!(" at {scope}")),
                None => (self.a_minute, String::new()),
            };
            let text = format!(
                "a place is free, but as many runners were started as may be registered{there}, {a_minute} in a minute; the job follows within minutes"
            );
            return Err(Spent::Registrations(Reason { code: Code::Budget, text }));
        }
        if !self.stand(on) {
            return Err(Spent::Tasks);
        }
        self.count(place);
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
    pub(crate) fn register(&mut self, job: &Job) -> bool {
        let place = self.place(&job.repository);
        let is_left = self.registrations > 0 && place.as_ref().is_none_or(|(_, left)| *left > 0);
        if is_left {
            self.count(place);
        }
        is_left
    }

    /// What is left there, where that can be less than what is left at all.
    fn place(&self, at: &Repository) -> Option<(ScopeId, u32)> {
        let scopes = self.scopes.as_ref()?;
        let scope = Scope::of(at).id;
        let left = scopes.get(&scope).copied().unwrap_or(AMinute::REGISTRATIONS_OF_A_SCOPE.0);
        Some((scope, left))
    }

    fn count(&mut self, place: Option<(ScopeId, u32)>) {
        self.registrations -= 1;
        if let (Some(scopes), Some((scope, left))) = (&mut self.scopes, place) {
            scopes.insert(scope, left - 1);
        }
    }
}

/// What is left of each place where runners were registered in this minute.
fn scopes(seen: &Observation, now: Timestamp) -> BTreeMap<ScopeId, u32> {
    let mut scopes = BTreeMap::new();
    for launch in seen.launches.values() {
        if !registered(launch, now).is_some_and(|at| AMinute::counts(at, now)) {
            continue;
        }
        let job = launch.job.and_then(|job| seen.jobs.get(&job));
        let scope = launch.scope.clone().or_else(|| Some(Scope::of(&job?.repository).id));
        let Some(scope) = scope else { continue };
        let left = scopes.entry(scope).or_insert(AMinute::REGISTRATIONS_OF_A_SCOPE.0);
        *left = u32::saturating_sub(*left, 1);
    }
    scopes
}

/// When its runner was registered, or is about to be.
fn registered(launch: &Launch, now: Timestamp) -> Option<Timestamp> {
    if !launch.id.is_standby() {
        return Some(launch.at.planned);
    }
    launch.at.claimed.or(launch.job.map(|_| now))
}
