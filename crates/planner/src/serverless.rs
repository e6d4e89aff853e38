//! Jobs that found no room on a node and need none, into pools without nodes.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::Carrier;
use model::id::JobId;
use model::job::Job;
use model::node::Refusal;
use model::observation::Observation;
use model::plan::{NewLaunch, Placement};
use model::reason::Reason;
use model::rules::{Pool, PoolName, Rules};
use model::time::Timestamp;

use crate::budget::{Budget, Spent};
use crate::demand::Demand;
use crate::pack::launch;

pub(crate) struct Served<'a> {
    pub(crate) place: BTreeMap<PoolName, Placement>,
    pub(crate) reasons: BTreeMap<JobId, Reason>,
    /// More could be started than others allow at once.
    pub(crate) is_partial: bool,
    /// Jobs that need a node, or for which every such pool is full.
    pub(crate) left: Vec<(&'a Job, Rc<Demand<'a>>)>,
}

pub(crate) fn serve<'a>(
    seen: &Observation,
    rules: &Rules,
    jobs: Vec<(&'a Job, Rc<Demand<'a>>)>,
    budget: &mut Budget,
    now: Timestamp,
) -> Served<'a> {
    let serverless = rules.pools.values().filter(|pool| pool.is_serverless());
    let open = serverless.filter(|pool| refusal(seen, pool, now).is_none());
    let mut spare: BTreeMap<&PoolName, u32> = open.map(|pool| (&pool.name, n_spare(seen, pool))).collect();
    let mut served =
        Served { place: BTreeMap::new(), reasons: BTreeMap::new(), is_partial: false, left: Vec::new() };
    for (job, wants) in jobs {
        let has_room = |pool: &&Pool| spare.get(&pool.name).is_some_and(|spare| *spare > 0);
        let pool = wants.pools.iter().copied().find(has_room);
        let Some(pool) = pool else {
            served.left.push((job, wants));
            continue;
        };
        if let Err(spent) = budget.start(Carrier::Serverless, job) {
            served.is_partial = true;
            if let Spent::Registrations(reason) = spent {
                served.reasons.insert(job.id, reason);
            }
            continue;
        }
        let launch = launch(seen, job, pool, None, &wants, now);
        spare.entry(&pool.name).and_modify(|spare| *spare -= 1);
        let placement = served.place.entry(pool.name.clone()).or_insert_with(|| Placement {
            version: seen.pools.get(&pool.name).map_or(0, |memory| memory.version),
            launches: Vec::new(),
        });
        placement.launches.push(NewLaunch { launch, instead_of: job.launch });
    }
    served
}

/// How many more tasks the pool may have.
pub(crate) fn n_spare(seen: &Observation, pool: &Pool) -> u32 {
    pool.max_nodes.saturating_sub(seen.pools.get(&pool.name).map_or(0, |memory| memory.n_launches))
}

/// Why its provider had no place lately.
pub(crate) fn refusal<'a>(seen: &'a Observation, pool: &Pool, now: Timestamp) -> Option<&'a Refusal> {
    seen.pools.get(&pool.name)?.refusals.iter().find(|refusal| now < refusal.until)
}
