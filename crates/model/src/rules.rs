//! What the configuration says, as far as decisions depend on it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::budget::AMinute;
use crate::id::Zone;
use crate::job::Repository;
use crate::label::Release;
use crate::money::Usd;
use crate::price::Price;
use crate::schedule::{Schedule, Standby};
use crate::size::Size;
use crate::{Arch, Carrier, Purchase, Trust, task_size};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The oldest engine that may be asked for.
    pub min_version: Option<Release>,
    /// If not, the code of a private repository's run is always its own.
    pub private_repositories_allow_forks: bool,
    pub pools: BTreeMap<PoolName, Pool>,
    pub limits: Limits,
}

/// What is shared out among all repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Jobs of one repository at once, where it is not named itself.
    pub max_jobs: Option<u32>,
    /// The same of single ones, by their full names in lower case.
    pub repositories: BTreeMap<String, u32>,
    /// What may be asked of each installation of an App, in points.
    pub points: AMinute,
    /// Runners that one App may register.
    pub registrations: AMinute,
    /// Apps that register runners: each has limits of its own.
    pub n_apps: u32,
    /// Nodes that the provider takes together for the jobs of one tier, whatever pools they are of.
    pub max_cluster_nodes: u32,
}

/// ECS registers no more instances with one cluster ("Amazon ECS endpoints and quotas").
const CLUSTER_NODES: u32 = 5_000;

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_jobs: None,
            repositories: BTreeMap::new(),
            points: AMinute::POINTS,
            registrations: AMinute::REGISTRATIONS,
            n_apps: 1,
            max_cluster_nodes: CLUSTER_NODES,
        }
    }
}

impl Limits {
    /// Runners that all Apps together may register.
    pub fn all_registrations(&self) -> AMinute {
        AMinute(self.registrations.0.saturating_mul(self.n_apps))
    }

    /// How many jobs of a repository may have a launch at once.
    pub fn max_jobs_of(&self, repository: &Repository) -> Option<u32> {
        let named = if self.repositories.is_empty() {
            None
        } else {
            self.repositories.get(&repository.full_name().to_lowercase()).copied()
        };
        named.or(self.max_jobs)
    }
}

/// A set of like nodes, or tasks that need none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    pub name: PoolName,
    pub arch: Arch,
    pub purchase: Purchase,
    pub trust: Trust,
    pub carrier: Carrier,
    pub has_gpu: bool,
    /// In the order they are tried. A serverless pool has none: which zone is the provider's to choose.
    pub zones: Vec<Zone>,
    /// How many nodes it may have at once, or tasks where it has no nodes.
    pub max_nodes: u32,
    /// Nodes that are kept though nothing is on them, outside of the schedule's windows.
    pub min_nodes: u32,
    /// Tasks that are started before there is a job for them, outside of the schedule's windows.
    pub standby: Standby,
    pub schedule: Option<Schedule>,
    /// A node on which nothing has been for so long is given back.
    pub idle_after: Duration,
    /// A node older than this is replaced, once nothing is on it: its image is no longer the newest.
    pub max_age: Duration,
    /// Of one node, in the zone where it costs least: as far as that is known ahead, or as it is now.
    pub price: Price,
    /// Of one node by zone, where the provider tells; elsewhere it is the pool's.
    pub zone_prices: BTreeMap<Zone, Price>,
    /// What its nodes, or its tasks without any, may cost in a day; once they have, nothing is bought before midnight, UTC.
    pub daily_budget: Option<Usd>,
    /// What jobs may take together of a node of its smallest instance type; the largest task of a
    /// serverless pool.
    pub node: Size,
    /// Where its jobs go when they have waited, or when nothing is to be had.
    pub fallback: Option<Fallback>,
    /// For jobs whose label says no size.
    pub default_size: Size,
}

/// A pool that stands in for another, whatever its jobs' labels say of spot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallback {
    pub pool: PoolName,
    /// How long a job waits before, unless no zone has capacity.
    pub after: Duration,
}

impl Pool {
    #[must_use]
    pub fn price_in(&self, zone: &Zone) -> Price {
        self.zone_prices.get(zone).copied().unwrap_or(self.price)
    }

    #[must_use]
    pub fn is_serverless(&self) -> bool {
        self.carrier == Carrier::Serverless
    }

    /// What a launch that asks for this much takes here: as much of a node, or the smallest task that
    /// holds it. `None` if the pool cannot hold it at all.
    #[must_use]
    pub fn fit(&self, wanted: Size) -> Option<Size> {
        let size = match self.carrier {
            Carrier::Nodes => wanted,
            Carrier::Serverless => task_size::holding(wanted)?,
        };
        size.fits_in(self.node).then_some(size)
    }
}

/// 1 to 32 of `a-z`, `0-9` and `-`, starting with a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolName(String);

impl PoolName {
    pub const MAX_LENGTH: usize = 32;

    pub fn parse(text: &str) -> Result<Self, PoolNameError> {
        let length = text.chars().count();
        if !(1..=Self::MAX_LENGTH).contains(&length) {
            return Err(PoolNameError::Length(length));
        }
        let allowed = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
        if let Some(other) = text.chars().find(|c| !allowed(c)) {
            return Err(PoolNameError::Character(other));
        }
        match text.chars().next() {
            Some(first) if first.is_ascii_lowercase() => Ok(Self(text.to_owned())),
            Some(first) => Err(PoolNameError::Start(first)),
            None => Err(PoolNameError::Length(0)),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PoolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolNameError {
    #[error("a pool name has 1 to 32 characters, this one has {0}")]
    Length(usize),
    #[error("`{0}` cannot appear in a pool name; use a-z, 0-9 and `-`")]
    Character(char),
    #[error("a pool name starts with a letter, this one with `{0}`")]
    Start(char),
}
