//! Jobs that found no room on a node and need none, into pools without nodes.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::Carrier;
use model::id::JobId;
use model::job::Job;
use model::money::Usd;
use model::node::Refusal;
use model::observation::Observation;
use model::plan::{NewLaunch, Placement};
use model::reason::Reason;
use model::rules::{Pool, PoolName, Rules};
use model::size::Size;
use model::time::Timestamp;

use crate::budget::{Budget, Spent};
use crate::demand::Demand;
use crate::pack::launch;
use crate::spend;

/// What more may be started in each pool that anything may be started in.
pub(crate) type Spares<'a> = BTreeMap<&'a PoolName, Spare>;

pub(crate) struct Served<'a> {
    pub(crate) place: BTreeMap<PoolName, Placement>,
    pub(crate) reasons: BTreeMap<JobId, Reason>,
    /// More could be started than others allow at once.
    pub(crate) is_partial: bool,
    /// Jobs that need a node, or for which every such pool is full.
    pub(crate) left: Vec<(&'a Job, Rc<Demand<'a>>)>,
    /// What they have left.
    pub(crate) spares: Spares<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Spare {
    n: u32,
    /// Of the day's budget.
    usd: Option<Usd>,
    /// What this plan has taken of it.
    taken: Usd,
}

pub(crate) fn serve<'a>(
    seen: &Observation,
    rules: &'a Rules,
    jobs: Vec<(&'a Job, Rc<Demand<'a>>)>,
    budget: &mut Budget,
    now: Timestamp,
) -> Served<'a> {
    let serverless = rules.pools.values().filter(|pool| pool.is_serverless());
    let open = serverless.filter(|pool| refusal(seen, pool, now).is_none());
    let spares = open.map(|pool| (&pool.name, Spare::of(seen, pool, now))).collect();
    let mut served = Served {
        place: BTreeMap::new(),
        reasons: BTreeMap::new(),
        is_partial: false,
        left: Vec::new(),
        spares,
    };
    for (job, wants) in jobs {
        let has_room = |pool: &&Pool| served.spares.get(&pool.name).is_some_and(|spare| spare.has_room());
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
        served.spares.entry(&pool.name).and_modify(|spare| spare.take(pool, launch.size));
        let placement = served.place.entry(pool.name.clone()).or_insert_with(|| Placement {
            version: seen.pools.get(&pool.name).map_or(0, |memory| memory.version),
            launches: Vec::new(),
        });
        placement.launches.push(NewLaunch { launch, instead_of: job.launch });
    }
    served
}

impl Spare {
    fn of(seen: &Observation, pool: &Pool, now: Timestamp) -> Self {
        Self { n: n_spare(seen, pool), usd: spend::left(seen, pool, now), taken: Usd::default() }
    }

    /// As long as anything is left of its budget, that pays for one more.
    pub(crate) fn has_room(self) -> bool {
        self.n > 0 && self.usd != Some(Usd(0))
    }

    /// Its budget keeps the pool from more.
    pub(crate) fn is_spent(self) -> bool {
        self.usd == Some(Usd(0))
    }

    /// With one task less, and so much left of the budget before this plan.
    pub(crate) fn would_have_room(self, left: Option<Usd>) -> bool {
        !self.has_room() && left.is_none_or(|left| left > self.taken)
    }

    pub(crate) fn take(&mut self, pool: &Pool, size: Size) {
        self.n = self.n.saturating_sub(1);
        let costs = spend::of_task(pool, size);
        self.usd = self.usd.map(|usd| Usd(usd.0.saturating_sub(costs.0)));
        self.taken = self.taken.plus(costs);
    }
}

/// How many more tasks the pool may have.
pub(crate) fn n_spare(seen: &Observation, pool: &Pool) -> u32 {
    pool.max_nodes.saturating_sub(seen.pools.get(&pool.name).map_or(0, |memory| memory.n_launches))
}

/// Why its provider had no place lately.
pub(crate) fn refusal<'a>(seen: &'a Observation, pool: &Pool, now: Timestamp) -> Option<&'a Refusal> {
    seen.pools.get(&pool.name)?.refusals.iter().find(|refusal| now < refusal.until)
}
