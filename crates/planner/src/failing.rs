//! What keeps failing to start: images that fail on one node after the other, and nodes on which everything
//! fails. Each is tried again after a pause, or not at all, so that spend is bounded whatever is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::cordon::{Cordon, CordonReason};
use model::failing::Failing;
use model::id::{InstanceId, Revision};
use model::launch::{Launch, LaunchState};
use model::node::NodeState;
use model::observation::Observation;
use model::plan::{Blame, End};
use model::reason::{Code, Reason};
use model::time::Timestamp;

use crate::standby::is_starting;

/// So many in a row, on more than one node, are an image's fault; on a single node it takes more, for the
/// node may be to blame.
const SUSPECT_AFTER: u32 = 3;
const SUSPECT_ON_ONE_NODE_AFTER: u32 = 6;
/// The pause after the failures that made it suspect, doubled with each further round.
const FIRST_PAUSE: Duration = Duration::from_mins(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(10);
/// What nobody has tried for so long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(3);
/// A node on which so many tasks in a row could not start is no good.
const USELESS_AFTER: u32 = 3;

/// What is remembered once another task has ended before it took a job. Both the tick that sees it stop and
/// the one that could not start it count.
#[must_use]
pub fn failed(known: Option<&Failing>, launch: &Launch, why: &str, now: Timestamp) -> Failing {
    let known = known.filter(|known| now.since(known.at) < FORGOTTEN_AFTER);
    Failing {
        revision: launch.revision.clone(),
        n: known.map_or(0, |known| known.n).saturating_add(1),
        n_moves: known.map_or(0, |known| known.n_moves.saturating_add(u32::from(moved(known, launch)))),
        n_rounds: match known {
            // All that were started at once are one round.
            Some(known) if is_suspect(known) && known.at.after(pause(known)) <= now => {
                known.n_rounds.saturating_add(1)
            }
            Some(known) => known.n_rounds,
            None => 1,
        },
        node: launch.node.clone(),
        at: now,
        why: why.chars().take(300).collect(),
    }
}

/// What needs no node is nowhere twice.
fn moved(known: &Failing, launch: &Launch) -> bool {
    launch.node.is_none() || known.node != launch.node
}

/// Whether it fails wherever it is tried, so that no node is to blame.
#[must_use]
pub fn is_suspect(failing: &Failing) -> bool {
    let limit = if failing.n_moves > 0 { SUSPECT_AFTER } else { SUSPECT_ON_ONE_NODE_AFTER };
    failing.n >= limit
}

/// Task definitions that failed once more, and those that are to be forgotten.
pub(crate) fn count(
    seen: &mut Observation,
    ends: &mut [End],
    now: Timestamp,
) -> BTreeMap<Revision, Option<Failing>> {
    let mut counted: BTreeMap<Revision, Option<Failing>> = BTreeMap::new();
    let works = seen.launches.values().filter_map(|launch| Some((&launch.revision, launch.at.busy?)));
    for (revision, busy) in works {
        if seen.failing.get(revision).is_some_and(|failing| failing.at < busy) {
            counted.insert(revision.clone(), None);
        }
    }
    if seen.survey.is_some() {
        let old = seen.failing.values().filter(|failing| now.since(failing.at) > FORGOTTEN_AFTER);
        counted.extend(old.map(|failing| (failing.revision.clone(), None)));
    }
    for end in ends.iter().filter(|end| end.blame == Blame::Node) {
        let Some(launch) = seen.launches.get(&end.launch) else { continue };
        let known = counted.get(&launch.revision).map_or(seen.failing.get(&launch.revision), Option::as_ref);
        let failing = failed(known, launch, &end.why, now);
        counted.insert(launch.revision.clone(), Some(failing));
    }
    // Whose fault it is shows only when all are counted.
    for end in ends.iter_mut().filter(|end| end.blame == Blame::Node) {
        let Some(launch) = seen.launches.get(&end.launch) else { continue };
        if counted.get(&launch.revision).and_then(Option::as_ref).is_some_and(is_suspect) {
            end.blame = Blame::Image;
        } else if let Some(node) = launch.node.clone().and_then(|node| seen.nodes.get_mut(&node)) {
            node.n_failed = node.n_failed.saturating_add(1);
        }
    }
    for (revision, failing) in &counted {
        match failing {
            Some(failing) => drop(seen.failing.insert(revision.clone(), failing.clone())),
            None => drop(seen.failing.remove(revision)),
        }
    }
    counted
}

/// Nodes on which nothing starts.
pub(crate) fn useless(seen: &mut Observation, now: Timestamp) -> BTreeMap<InstanceId, Cordon> {
    let is_useless = |node: &&model::node::Node| {
        node.n_failed >= USELESS_AFTER
            && node.state == NodeState::Ready
            && node.cordon.is_none_or(|cordon| cordon.why < CordonReason::Failing)
    };
    let ids: Vec<InstanceId> =
        seen.nodes.values().filter(|node| is_useless(node)).map(|it| it.id.clone()).collect();
    let cordon = Cordon { why: CordonReason::Failing, at: now };
    for id in &ids {
        if let Some(node) = seen.nodes.get_mut(id) {
            node.cordon = Some(cordon);
            node.version += 1;
        }
    }
    ids.into_iter().map(|id| (id, cordon)).collect()
}

/// Who of the jobs may try what has failed before: one at a time, and after its pause.
#[derive(Debug)]
pub(crate) struct Trials<'a> {
    failing: &'a BTreeMap<Revision, Failing>,
    /// Those that are being tried.
    tried: BTreeSet<Revision>,
    now: Timestamp,
}

impl<'a> Trials<'a> {
    pub(crate) fn new(seen: &'a Observation, now: Timestamp) -> Self {
        let is_open = |launch: &&Launch| match launch.state {
            LaunchState::Planned | LaunchState::Asked { .. } | LaunchState::Claimed { .. } => true,
            LaunchState::Busy { .. } => false,
        };
        // What stands by is no trial any more once it has started.
        let is_trial = |launch: &&Launch| launch.job.is_some() || is_starting(launch, now);
        let tried = seen.launches.values().map(|launch| &**launch).filter(is_open).filter(is_trial);
        let tried = tried.filter(|launch| seen.failing.contains_key(&launch.revision));
        Self { failing: &seen.failing, tried: tried.map(|launch| launch.revision.clone()).collect(), now }
    }

    /// Whether a task of these definitions may be started now, or why not: of whichever, it may be that one.
    pub(crate) fn admit<'r>(&mut self, revisions: impl Iterator<Item = &'r Revision>) -> Result<(), Reason> {
        let suspect: Vec<&Failing> = revisions
            .filter_map(|revision| self.failing.get(revision))
            .filter(|failing| is_suspect(failing))
            .collect();
        for failing in &suspect {
            if self.now < failing.at.after(pause(failing)) {
                let then = format!("the next one is tried {} min after the last", minutes(failing));
                return Err(reason(failing, &then));
            }
            if self.tried.contains(&failing.revision) {
                return Err(reason(failing, "one more is being tried"));
            }
        }
        self.tried.extend(suspect.into_iter().map(|failing| failing.revision.clone()));
        Ok(())
    }
}

fn pause(failing: &Failing) -> Duration {
    let more = failing.n_rounds.saturating_sub(1);
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(more)).min(LONGEST_PAUSE)
}

fn minutes(failing: &Failing) -> u64 {
    pause(failing).as_secs() / 60
}

fn reason(failing: &Failing, then: &str) -> Reason {
    let text = format!(
        "{} tasks of this kind in a row ended before they took a job, the last{}: {}; {then}. \
         Look at the images in the configuration, at the registry, and at the tasks' log",
        failing.n,
        failing.node.as_ref().map_or_else(String::new, |node| format!(" on {node}")),
        failing.why
    );
    Reason { code: Code::Quarantined, text }
}
