//! More tasks without a job, onto nodes there are.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::id::{InstanceId, JobId, LaunchId, Revision};
use model::job::Job;
use model::launch::{Launch, LaunchState, Times};
use model::observation::{Definition, Observation};
use model::plan::{NewLaunch, NewOrder, Placement, Stand};
use model::rules::{PoolName, Rules};
use model::time::Timestamp;

use super::Lack;
use crate::budget::Budget;
use crate::demand::Demand;
use crate::failing::Trials;
use crate::room::Rooms;
use crate::serverless::Spares;

/// So many of a node are written in one transaction, with what counts them.
const AT_ONCE: usize = 40;

/// What jobs have left of what a plan may use.
pub(crate) struct Start<'r, 'a, 't> {
    /// Every launch that was found, those that this plan ends among them.
    pub(crate) alive: &'r BTreeSet<LaunchId>,
    pub(crate) rooms: &'r mut Rooms<'a>,
    pub(crate) budget: &'r mut Budget,
    pub(crate) spares: &'r mut Spares<'a>,
    pub(crate) trials: &'r mut Trials<'t>,
    /// Jobs that found no place: while one waits for a pool, nothing more stands by in it.
    pub(crate) waiting: &'r [(&'r Job, Rc<Demand<'a>>)],
    /// As far as this plan's jobs have moved the rows on.
    pub(crate) nodes: &'r BTreeMap<InstanceId, Placement>,
    pub(crate) pools: &'r BTreeMap<PoolName, Placement>,
}

#[derive(Debug, Default)]
pub(crate) struct Placed<'a> {
    /// With the pool rows' versions as they stand before this plan's orders.
    pub(crate) stand: BTreeMap<PoolName, Stand>,
    /// Nodes have to be ordered for these.
    pub(crate) left: Vec<Lack<'a>>,
    /// More could be started than others allow at once.
    pub(crate) is_partial: bool,
}

pub(crate) fn place<'a>(
    seen: &Observation,
    rules: &Rules,
    lacks: Vec<Lack<'a>>,
    mut start: Start<'_, 'a, '_>,
    now: Timestamp,
) -> Placed<'a> {
    let waited_for = start.waiting.iter().flat_map(|(_, wants)| &wants.pools);
    let crowded: BTreeSet<&PoolName> = waited_for.map(|pool| &pool.name).collect();
    let mut placed = Placed::default();
    let mut n = last(start.alive, now);
    // What its nodes have registered may be less than their type promises.
    let fits =
        |lack: &Lack<'_>| rules.pools.get(&lack.pool.name).is_some_and(|it| it.fit(lack.size).is_some());
    for lack in lacks.into_iter().filter(|lack| fits(lack) && !crowded.contains(&lack.pool.name)) {
        let Some(Definition::Ready(revision)) = seen.definitions.get(&lack.definition) else { continue };
        let mut missing = lack.n;
        while missing > 0 {
            let Some((node, version)) = start.place(&lack) else {
                placed.left.push(Lack { n: missing, ..lack });
                break;
            };
            // It is tried again, and so is the place.
            if start.trials.admit(std::iter::once(revision)).is_err() {
                break;
            }
            if !start.budget.stand(lack.pool.carrier) {
                placed.is_partial = true;
                break;
            }
            (n, missing) = (n.saturating_add(1), missing - 1);
            placed.add(seen, &start, launch(&lack, n, node, revision, now), version);
        }
    }
    placed
}

/// Orders are written first, and each moves its pool's row on by one.
pub(crate) fn after(mut stand: BTreeMap<PoolName, Stand>, orders: &[NewOrder]) -> BTreeMap<PoolName, Stand> {
    for new in orders {
        if let Some(stand) = stand.get_mut(&new.order.id.pool) {
            stand.version += 1;
        }
    }
    stand
}

impl Start<'_, '_, '_> {
    /// A node and its row's version; no node, where none is needed.
    fn place(&mut self, lack: &Lack<'_>) -> Option<(Option<InstanceId>, u64)> {
        let name = &lack.pool.name;
        if lack.pool.is_serverless() {
            let spare = self.spares.get_mut(name).filter(|spare| spare.has_room())?;
            spare.take(lack.pool, lack.size);
            return Some((None, 0));
        }
        let place = self.rooms.take_ready(name, lack.size, lack.is_alone)?;
        let room = &self.rooms[place];
        let node = room.node.expect("a node that is ready has a name").clone();
        // A placement of jobs moves the row on by one.
        let version = room.version + u64::from(self.nodes.contains_key(&node));
        Some((Some(node), version))
    }
}

impl Placed<'_> {
    fn add(&mut self, seen: &Observation, start: &Start<'_, '_, '_>, launch: Launch, version: u64) {
        let name = launch.pool.clone();
        let known = seen.pools.get(&name).map_or(0, |memory| memory.version);
        let moved = u64::from(start.pools.contains_key(&name));
        let stand =
            self.stand.entry(name).or_insert_with(|| Stand { version: known + moved, place: Vec::new() });
        let has_room = |placement: &Placement| placement.launches.len() < AT_ONCE;
        let node = launch.node.clone();
        let new = NewLaunch { launch, instead_of: None };
        let like = stand.place.iter().filter(|(of, _)| *of == node).count();
        match stand.place.iter_mut().rev().find(|(of, _)| *of == node).filter(|(_, it)| has_room(it)) {
            Some((_, placement)) => placement.launches.push(new),
            None => {
                let version = version + u64::try_from(like).unwrap_or(0);
                stand.place.push((node, Placement { version, launches: vec![new] }));
            }
        }
    }
}

/// Later than every one there is: two ticks that decide at once decide the same ones.
fn last(alive: &BTreeSet<LaunchId>, now: Timestamp) -> u32 {
    let all = LaunchId { job: JobId::NONE, n: 0 }..=LaunchId { job: JobId::NONE, n: u32::MAX };
    let open = alive.range(all).next_back().map_or(0, |id| id.n);
    open.max(u32::try_from(now.0 / 1_000).unwrap_or(u32::MAX))
}

fn launch(lack: &Lack<'_>, n: u32, node: Option<InstanceId>, revision: &Revision, now: Timestamp) -> Launch {
    Launch {
        id: LaunchId { job: JobId::NONE, n },
        job: None,
        pool: lack.pool.name.clone(),
        node,
        trust: lack.pool.trust,
        size: lack.size,
        revision: revision.clone(),
        labels: lack.labels.clone(),
        scope: None,
        state: LaunchState::Planned,
        at: Times { planned: now, asked: None, claimed: None, busy: None, over: None },
    }
}
