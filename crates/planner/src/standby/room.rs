//! Tasks without a job give way to jobs that have nowhere to go.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::id::{InstanceId, LaunchId};
use model::job::Job;
use model::launch::{Launch, LaunchState};
use model::observation::Observation;
use model::plan::{Blame, End, Placement};
use model::rules::Pool;
use model::size::Size;
use model::time::Timestamp;

use crate::demand::Demand;
use crate::serverless::{Spare, Spares};
use crate::spend;

/// So many jobs are made room for in one plan: the next one sees what it was good for.
const AT_ONCE: usize = 10;

/// As few as make room for each, on one node. Where nothing would, nothing gives way.
pub(crate) fn make_room(
    seen: &Observation,
    kept: &BTreeSet<LaunchId>,
    placed: &BTreeMap<InstanceId, Placement>,
    spares: &Spares<'_>,
    stuck: &[&(&Job, Rc<Demand<'_>>)],
    now: Timestamp,
) -> Vec<End> {
    let kept = kept.iter().map(|id| &*seen.launches[id]);
    let mut standing: Vec<&Launch> =
        kept.filter(|launch| matches!(launch.state, LaunchState::Asked { .. })).collect();
    let mut ends = Vec::new();
    for (job, wants) in stuck.iter().take(AT_ONCE) {
        let way = |pool: &Pool| match spares.get(&pool.name) {
            Some(spare) => one(seen, *spare, &standing, pool, now),
            None => fewest(seen, placed, &standing, pool, wants),
        };
        let Some(gone) = wants.pools.iter().copied().find_map(way) else { continue };
        standing.retain(|launch| !gone.contains(&launch.id));
        ends.extend(gone.iter().map(|id| End {
            launch: *id,
            fails: None,
            loses: None,
            stop: seen.launches[id].state.task().cloned(),
            blame: Blame::Nobody,
            why: format!("it stood by, and job {} needs its room", job.id),
        }));
    }
    ends
}

/// Without a node each is as good as any, but for money: what one has cost is gone, and the rest of its first hour is
/// free again.
fn one(
    seen: &Observation,
    spare: Spare,
    standing: &[&Launch],
    pool: &Pool,
    now: Timestamp,
) -> Option<BTreeSet<LaunchId>> {
    let frees = |launch: &&&Launch| {
        launch.pool == pool.name
            && spare.would_have_room(spend::left_but_for(seen, pool, Some(launch.id), now))
    };
    standing.iter().find(frees).map(|launch| [launch.id].into())
}

fn fewest(
    seen: &Observation,
    placed: &BTreeMap<InstanceId, Placement>,
    standing: &[&Launch],
    pool: &Pool,
    wants: &Demand<'_>,
) -> Option<BTreeSet<LaunchId>> {
    let of_pool = standing.iter().copied().filter(|launch| launch.pool == pool.name);
    let mut by_node: BTreeMap<&InstanceId, Vec<&Launch>> = BTreeMap::new();
    for launch in of_pool {
        // Where nothing may be started now, there is no room to make.
        let Some(node) = &launch.node else { continue };
        by_node.entry(node).or_default().push(launch);
    }
    let ways = by_node.into_iter().filter_map(|(node, launches)| {
        let row = seen.nodes.get(node).filter(|row| row.is_open())?;
        // What this very plan puts there stays.
        let new = placed.get(node).into_iter().flat_map(|placement| &placement.launches);
        let (mut n_others, mut free) = (row.n_launches, row.free());
        for launch in new {
            n_others += 1;
            free = free.saturating_sub(launch.launch.size);
        }
        let is_alone = wants.is_alone;
        let mut gone = BTreeSet::new();
        for launch in launches {
            if has_room(free, n_others, wants.size(pool), is_alone) {
                break;
            }
            free = free.checked_add(launch.size)?;
            n_others = n_others.saturating_sub(1);
            gone.insert(launch.id);
        }
        (has_room(free, n_others, wants.size(pool), is_alone) && !gone.is_empty()).then_some(gone)
    });
    ways.min_by_key(BTreeSet::len)
}

fn has_room(free: Size, n_others: u32, size: Size, is_alone: bool) -> bool {
    size.fits_in(free) && (!is_alone || n_others == 0)
}
