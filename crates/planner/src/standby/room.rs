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

use crate::demand::Demand;
use crate::serverless::n_spare;

/// So many jobs are made room for in one plan: the next one sees what it was good for.
const AT_ONCE: usize = 10;

/// As few as make room for each, on one node. Where nothing would, nothing gives way.
pub(crate) fn make_room(
    seen: &Observation,
    kept: &BTreeSet<LaunchId>,
    placed: &BTreeMap<InstanceId, Placement>,
    stuck: &[&(&Job, Rc<Demand<'_>>)],
) -> Vec<End> {
    let kept = kept.iter().map(|id| &*seen.launches[id]);
    let mut standing: Vec<&Launch> =
        kept.filter(|launch| matches!(launch.state, LaunchState::Asked { .. })).collect();
    let mut ends = Vec::new();
    for (job, wants) in stuck.iter().take(AT_ONCE) {
        let way = |pool: &&Pool| fewest(seen, placed, &standing, pool, wants);
        let Some(gone) = wants.pools.iter().copied().find_map(|pool| way(&pool)) else { continue };
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
        // Without a node each is as good as any, where it is not money that lacks: what it has cost it has.
        let Some(node) = &launch.node else { return (n_spare(seen, pool) == 0).then(|| [launch.id].into()) };
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
