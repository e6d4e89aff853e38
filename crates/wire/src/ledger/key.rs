//! Where a row stands: its partition, and its place in it.

use std::fmt;

use model::id::{InstanceId, JobId, LaunchId, OrderId, Revision, RunId, ScopeId};
use model::job::Note;
use model::rules::PoolName;
use model::time::Timestamp;

/// Everything alive stands in one partition, `open`, so that one query is the world; what is over
/// stands with its job.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Job(JobId),
    Launch(LaunchId),
    Node(InstanceId),
    Order(OrderId),
    Pool(PoolName),
    Scope(ScopeId),
    Deliveries,
    SpotPrices,
    Run(RunId),
    Failing(Revision),
    Tombstone(JobId),
    EndedLaunch(LaunchId),
    Waited(JobId, Timestamp),
    Noted(JobId, Timestamp, Note),
}

impl Key {
    pub const OPEN: &str = "open";

    /// Whether it is of something alive.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Job(_)
            | Self::Launch(_)
            | Self::Node(_)
            | Self::Order(_)
            | Self::Pool(_)
            | Self::Run(_)
            | Self::Scope(_)
            | Self::Deliveries
            | Self::SpotPrices
            | Self::Failing(_) => true,
            Self::Tombstone(_) | Self::Waited(..) | Self::Noted(..) | Self::EndedLaunch(_) => false,
        }
    }

    pub fn partition(&self) -> String {
        match self {
            Self::Job(_)
            | Self::Launch(_)
            | Self::Node(_)
            | Self::Order(_)
            | Self::Pool(_)
            | Self::Run(_)
            | Self::Scope(_)
            | Self::Deliveries
            | Self::SpotPrices
            | Self::Failing(_) => Self::OPEN.to_owned(),
            Self::Tombstone(job) | Self::Waited(job, _) | Self::Noted(job, ..) => Self::history_of(*job),
            Self::EndedLaunch(launch) => Self::history_of(launch.job),
        }
    }

    /// The partition that tells the story of one job.
    pub fn history_of(job: JobId) -> String {
        format!("job#{job}")
    }

    pub fn sort(&self) -> String {
        match self {
            Self::Job(job) => format!("j#{job}"),
            Self::Launch(launch) => format!("l#{launch}"),
            Self::Node(node) => format!("n#{node}"),
            Self::Order(order) => format!("o#{order}"),
            Self::Pool(pool) => format!("p#{pool}"),
            Self::Scope(scope) => format!("s#{scope}"),
            Self::Deliveries => "d#forge".to_owned(),
            Self::SpotPrices => "c#spot".to_owned(),
            Self::Run(run) => format!("r#{run}"),
            Self::Failing(revision) => format!("q#{revision}"),
            Self::Tombstone(_) => "end".to_owned(),
            Self::EndedLaunch(launch) => format!("l#{}", launch.n),
            Self::Waited(_, at) => format!("w#{}", at.0),
            Self::Noted(_, at, what) => format!("h#{}#{}", at.0, what.name()),
        }
    }

    /// `None` is a key that no row of ours has: one row has one key, so `j#07` and `j#+7` are nobody's.
    pub fn parse(partition: &str, sort: &str) -> Option<Self> {
        let key = Self::read(partition, sort)?;
        (key.partition() == partition && key.sort() == sort && !key.is_nameless()).then_some(key)
    }

    fn read(partition: &str, sort: &str) -> Option<Self> {
        if partition == Self::OPEN {
            let (kind, id) = sort.split_once('#')?;
            return match kind {
                "j" => id.parse().ok().map(|id| Self::Job(JobId(id))),
                "l" => id.parse().ok().map(Self::Launch),
                "n" => Some(Self::Node(id.into())),
                "o" => {
                    let (pool, version) = id.rsplit_once('-')?;
                    let pool = PoolName::parse(pool).ok()?;
                    Some(Self::Order(OrderId { pool, version: version.parse().ok()? }))
                }
                "p" => PoolName::parse(id).ok().map(Self::Pool),
                "d" => Some(Self::Deliveries),
                "c" => Some(Self::SpotPrices),
                "s" => Some(Self::Scope(id.into())),
                "q" => Some(Self::Failing(id.into())),
                "r" => id.parse().ok().map(|id| Self::Run(RunId(id))),
                _ => None,
            };
        }
        let job = JobId(partition.strip_prefix("job#")?.parse().ok()?);
        if let Some(at) = sort.strip_prefix("w#") {
            return at.parse().ok().map(|at| Self::Waited(job, Timestamp(at)));
        }
        if let Some((at, what)) = sort.strip_prefix("h#").and_then(|noted| noted.split_once('#')) {
            return Some(Self::Noted(job, Timestamp(at.parse().ok()?), Note::from_name(what)?));
        }
        match sort.strip_prefix("l#") {
            Some(n) => Some(Self::EndedLaunch(LaunchId { job, n: n.parse().ok()? })),
            None => (sort == "end").then_some(Self::Tombstone(job)),
        }
    }

    fn is_nameless(&self) -> bool {
        match self {
            Self::Node(node) => node.0.is_empty(),
            Self::Scope(scope) => scope.0.is_empty(),
            Self::Failing(revision) => revision.0.is_empty(),
            Self::Job(_)
            | Self::Launch(_)
            | Self::Order(_)
            | Self::Pool(_)
            | Self::Deliveries
            | Self::SpotPrices
            | Self::Run(_)
            | Self::Tombstone(_)
            | Self::EndedLaunch(_)
            | Self::Waited(..)
            | Self::Noted(..) => false,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.partition(), self.sort())
    }
}
