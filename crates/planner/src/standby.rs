//! Tasks that are started before there is a job for them, as many of each label as a pool is to have.

mod place;
mod room;

use std::collections::BTreeSet;
use std::time::Duration;

use model::id::LaunchId;
use model::label::{self, Verdict};
use model::launch::{Launch, LaunchState};
use model::observation::{Definition, DefinitionKey, Observation};
use model::rules::{Pool, Rules};
use model::size::Size;
use model::time::Timestamp;

use crate::demand::{definition, label_set, wants_whole};
use crate::minimum::standby;
use crate::view::is_idle;

pub(crate) use place::{Start, after, place};
pub(crate) use room::make_room;

/// A task that has stood for so long has started well.
const STARTED: Duration = Duration::from_mins(5);

/// What stands by, and what more is to.
#[derive(Debug, Default)]
pub(crate) struct Standing<'a> {
    pub(crate) kept: BTreeSet<LaunchId>,
    pub(crate) lacks: Vec<Lack<'a>>,
}

/// Of one label, so many are missing.
#[derive(Clone, Debug)]
pub(crate) struct Lack<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) is_alone: bool,
    pub(crate) size: Size,
    labels: Vec<String>,
    definition: DefinitionKey,
    pub(crate) n: u32,
}

/// What the tasks that are to stand by now need to be started.
pub fn standby_definitions(rules: &Rules, now: Timestamp) -> BTreeSet<DefinitionKey> {
    rules.pools.values().flat_map(|pool| wanted(pool, rules, now)).map(|lack| lack.definition).collect()
}

/// The oldest stand first. Those on a node that takes no more launches, or of what is started no more, are
/// not counted: they end, and others begin in their place.
pub(crate) fn standing<'a>(seen: &Observation, rules: &'a Rules, now: Timestamp) -> Standing<'a> {
    let mut standing = Standing::default();
    for mut lack in rules.pools.values().flat_map(|pool| wanted(pool, rules, now)) {
        let mut there: Vec<&Launch> =
            seen.launches.values().map(|it| &**it).filter(|launch| stands(seen, launch, &lack)).collect();
        there.sort_by_key(|launch| (launch.at.planned, launch.id));
        let n = usize::try_from(lack.n).unwrap_or(usize::MAX).min(there.len());
        standing.kept.extend(there[..n].iter().map(|launch| launch.id));
        lack.n = lack.n.saturating_sub(u32::try_from(n).unwrap_or(u32::MAX));
        if lack.n > 0 {
            standing.lacks.push(lack);
        }
    }
    standing
}

/// Whether a task without a job is still being started, as far as nobody has said otherwise.
pub(crate) fn is_starting(launch: &Launch, now: Timestamp) -> bool {
    let is_early = match launch.state {
        LaunchState::Planned | LaunchState::Asked { .. } => true,
        LaunchState::Claimed { .. } | LaunchState::Busy { .. } => false,
    };
    is_early && now.since(launch.at.planned) < STARTED
}

/// Whether it could be what is missing: it waits for a job of this label, where one could still come to it.
fn stands(seen: &Observation, launch: &Launch, lack: &Lack<'_>) -> bool {
    let is_free = match launch.state {
        LaunchState::Planned => launch.job.is_none(),
        LaunchState::Asked { .. } => is_idle(seen, launch),
        LaunchState::Claimed { .. } | LaunchState::Busy { .. } => false,
    };
    let stays = |node| seen.nodes.get(node).is_some_and(|node| node.cordon.is_none());
    let is_current = match seen.definitions.get(&lack.definition) {
        Some(Definition::Ready(revision)) => *revision == launch.revision,
        // Nobody knows better.
        Some(Definition::Missing(_) | Definition::Unknown(_)) | None => true,
    };
    is_free
        && is_current
        && launch.pool == lack.pool.name
        && launch.trust == lack.pool.trust
        && launch.size == lack.size
        && launch.labels == lack.labels
        && launch.node.as_ref().is_none_or(stays)
}

/// As the rules say it, whatever is there. A label that the pool does not hold is passed over: what is
/// wrong with it was told to whoever wrote it.
fn wanted<'a>(pool: &'a Pool, rules: &Rules, now: Timestamp) -> Vec<Lack<'a>> {
    let read = |label: String, n| match label::parse(&[&label], rules.min_version.as_ref()) {
        Verdict::Ours(spec) => Some(Lack {
            size: pool.fit(spec.size(pool.default_size))?,
            definition: definition(&spec, pool),
            labels: label_set(&[label]),
            is_alone: wants_whole(&spec, pool.trust),
            pool,
            n,
        }),
        Verdict::Foreign | Verdict::Wrong(_) => None,
    };
    standby(pool, now).into_iter().filter_map(|(label, n)| read(label, n)).collect()
}
