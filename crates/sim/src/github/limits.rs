//! Rate limits: hourly buckets, points a minute, registrations in five minutes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::fault::{self, ApiMishap};
use super::id::InstallationId;
use super::runner::Scope;
use super::settings::Resource;
use super::time::Timestamp;
use super::{GitHub, Refusal};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// Who is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    App(u64),
    Installation(InstallationId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Read,
    Write,
}

/// What a call costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    pub principal: Principal,
    pub resource: Resource,
    pub weight: Weight,
    /// Where it registers a runner, if it does.
    pub registers: Option<Scope>,
}

/// A bucket as the `x-ratelimit-*` headers show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub resource: Resource,
    pub limit: u64,
    pub used: u64,
    pub reset: Timestamp,
}

impl Window {
    pub fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    hours: BTreeMap<(Principal, Resource), (Timestamp, u64)>,
    points: BTreeMap<Principal, VecDeque<(Timestamp, u64)>>,
    registrations: BTreeMap<Scope, VecDeque<(Timestamp, u64)>>,
    /// For points.
    refused_at: Option<Timestamp>,
}

impl GitHub {
    /// Charges a call. The window comes back either way, for the headers.
    pub fn charge(&mut self, charge: &Charge, now: Timestamp) -> (Window, Result<(), Refusal>) {
        self.advance(now);
        let before = self.window(charge.principal, charge.resource, now);
        if before.remaining() == 0 {
            let message = match charge.principal {
                Principal::App(_) => "API rate limit exceeded".to_owned(),
                Principal::Installation(id) => format!("API rate limit exceeded for installation ID {id}."),
            };
            return (before, Err(Refusal::Limited { message, retry_after: None }));
        }
        if let Some(wait) = self.secondary_wait(charge, now) {
            let message =
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
            let refusal = Refusal::Limited { message: message.to_owned(), retry_after: Some(wait) };
            return (before, Err(refusal));
        }
        let key = (charge.principal, charge.resource);
        self.buckets.hours.insert(key, (before.reset, before.used + 1));
        (Window { used: before.used + 1, ..before }, Ok(()))
    }

    /// A bucket as it is, without touching it.
    pub fn window(&self, principal: Principal, resource: Resource, now: Timestamp) -> Window {
        let limit = match resource {
            Resource::Core => self.settings.limits.core,
            Resource::RunnerRegistration => self.settings.limits.registration,
        };
        let (reset, used) = match self.buckets.hours.get(&(principal, resource)) {
            Some(&(reset, used)) if reset > now => (reset, used),
            Some(_) | None => (now + HOUR, 0),
        };
        Window { resource, limit, used, reset }
    }

    /// Whether somebody was refused for the points of a minute within the last one.
    pub fn is_short_of_points(&self, now: Timestamp) -> bool {
        self.buckets.refused_at.is_some_and(|at| now.since(at) < MINUTE)
    }

    /// The trouble ordered for this operation, if there is any.
    pub fn api_trouble(&mut self, operation: &str) -> Option<ApiMishap> {
        let fits = |f: &super::ApiFault| f.operation.as_deref().is_none_or(|wanted| wanted == operation);
        fault::take(&mut self.api_faults, fits, |f| &mut f.times).map(|fault| fault.mishap)
    }

    fn secondary_wait(&mut self, charge: &Charge, now: Timestamp) -> Option<Duration> {
        let points = match charge.weight {
            Weight::Read => 1,
            Weight::Write => 5,
        };
        let minute = self.buckets.points.entry(charge.principal).or_default();
        let wait = spend(minute, points, self.settings.limits.points, MINUTE, now);
        if wait.is_some() {
            self.buckets.refused_at = Some(now);
        }
        let Some(scope) = charge.registers.clone().filter(|_| wait.is_none()) else { return wait };
        let recent = self.buckets.registrations.entry(scope).or_default();
        spend(recent, 1, self.settings.limits.registration_burst, FIVE_MINUTES, now)
    }
}

/// Spends from a sliding window, or says how long until there is room.
fn spend(
    spent: &mut VecDeque<(Timestamp, u64)>,
    points: u64,
    limit: u64,
    span: Duration,
    now: Timestamp,
) -> Option<Duration> {
    while spent.front().is_some_and(|(at, _)| now.since(*at) >= span) {
        spent.pop_front();
    }
    let total: u64 = spent.iter().map(|(_, points)| points).sum();
    if total + points > limit {
        let oldest = spent.front().map_or(now, |(at, _)| *at);
        return Some((oldest + span).since(now).max(Duration::from_secs(1)));
    }
    spent.push_back((now, points));
    None
}
