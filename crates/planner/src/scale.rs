//! Nodes for the jobs that found no room, for the whole batch at once.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::id::{JobId, OrderId, Zone};
use model::job::Job;
use model::node::Order;
use model::observation::Observation;
use model::plan::NewOrder;
use model::reason::{Code, Reason};
use model::rules::{Pool, PoolName, Rules};
use model::time::Timestamp;

use crate::breaker::closed;
use crate::census::Census;
use crate::demand::Demand;
use crate::room::{Room, Rooms};

/// What one order may hold: its nodes are written down in one transaction of a hundred rows, and
/// a provider takes a hundred at once.
const MAX_ORDER: u32 = 90;

pub(crate) struct Scaled {
    pub(crate) order: Vec<NewOrder>,
    pub(crate) reasons: BTreeMap<JobId, Reason>,
    /// More is wanted than one order holds.
    pub(crate) is_partial: bool,
}

pub(crate) fn scale<'a>(
    seen: &'a Observation,
    rules: &'a Rules,
    rooms: &mut Rooms<'a>,
    left: Vec<(&Job, Rc<Demand<'a>>)>,
    now: Timestamp,
) -> Scaled {
    let there = Census::of(seen);
    let mut wanted: BTreeMap<&PoolName, Wanted<'_>> = BTreeMap::new();
    for pool in rules.pools.values() {
        wanted.insert(&pool.name, Wanted::new(seen, &there, pool, now));
    }
    let mut scaled = Scaled { order: Vec::new(), reasons: BTreeMap::new(), is_partial: false };
    for (job, wants) in left {
        let (pool, mut reason) = seat(rooms, &mut wanted, job, &wants);
        if let Some(why) = pool.and_then(|pool| wants.beyond.get(pool)) {
            reason.text = format!("{}, because {why}", reason.text);
        }
        scaled.reasons.insert(job.id, reason);
    }
    scaled.is_partial = wanted.values().any(|wanted| wanted.is_partial);
    scaled.order = wanted.into_values().filter_map(|wanted| wanted.order(seen, now)).collect();
    scaled
}

/// What is wanted of one pool in this tick.
struct Wanted<'a> {
    pool: &'a Pool,
    zone: Option<&'a Zone>,
    refused: Option<String>,
    /// How many more nodes the pool may have.
    spare: u32,
    n: u32,
    jobs: Vec<JobId>,
    is_partial: bool,
}

impl<'a> Wanted<'a> {
    fn new(seen: &Observation, there: &Census<'_>, pool: &'a Pool, now: Timestamp) -> Self {
        let memory = seen.pools.get(&pool.name);
        let refusal = |zone: &Zone| closed(memory, zone, now);
        let open = pool.zones.iter().enumerate().filter(|(_, zone)| refusal(zone).is_none());
        Self {
            pool,
            // Evenly over the zones, so that one zone's bad day is not everybody's.
            zone: open
                .min_by_key(|(place, zone)| (there.n_in(&pool.name, zone), *place))
                .map(|(_, zone)| zone),
            refused: pool.zones.iter().find_map(refusal),
            spare: pool.max_nodes.saturating_sub(there.n_of(&pool.name)),
            n: 0,
            jobs: Vec::new(),
            is_partial: false,
        }
    }

    /// One row's version is the condition of one order: a pool orders once in a tick.
    fn order(self, seen: &Observation, now: Timestamp) -> Option<NewOrder> {
        let zone = self.zone.filter(|_| self.n > 0)?.clone();
        let version = seen.pools.get(&self.pool.name).map_or(0, |memory| memory.version);
        let id = OrderId { pool: self.pool.name.clone(), version };
        Some(NewOrder { order: Order { id, zone, n: self.n, at: now }, jobs: self.jobs })
    }
}

/// Finds the job a place on a node that is on its way or that is ordered now, and says what it waits for.
fn seat<'a>(
    rooms: &mut Rooms<'a>,
    wanted: &mut BTreeMap<&'a PoolName, Wanted<'a>>,
    job: &Job,
    wants: &Demand<'a>,
) -> (Option<&'a PoolName>, Reason) {
    for pool in &wants.pools {
        if let Some(place) = rooms.take_coming(&pool.name, wants.size(pool), &wants.spec) {
            let room = &rooms[place];
            if room.is_new {
                wanted.get_mut(&pool.name).expect("every pool of the rules is there").jobs.push(job.id);
            }
            return (Some(&pool.name), starting(room.pool, room.zone));
        }
    }
    for pool in &wants.pools {
        let wanted = wanted.get_mut(&pool.name).expect("every pool of the rules is there");
        let Some(zone) = wanted.zone.filter(|_| wanted.spare > 0) else { continue };
        if wanted.n >= MAX_ORDER {
            wanted.is_partial = true;
            return (Some(&pool.name), starting(&pool.name, zone));
        }
        wanted.n += 1;
        wanted.spare -= 1;
        wanted.jobs.push(job.id);
        let mut room = Room { is_new: true, ..Room::empty(pool, zone) };
        room.take(wants.size(pool), &wants.spec);
        rooms.add_coming(room);
        return (Some(&pool.name), starting(&pool.name, zone));
    }
    (None, stuck(wanted, wants))
}

fn starting(pool: &PoolName, zone: &Zone) -> Reason {
    Reason { code: Code::Starting, text: format!("a node of pool `{pool}` is starting in {zone}") }
}

fn stuck(wanted: &BTreeMap<&PoolName, Wanted<'_>>, wants: &Demand<'_>) -> Reason {
    let stuck: Vec<&Wanted<'_>> = wants.pools.iter().map(|pool| &wanted[&pool.name]).collect();
    if let Some(refused) = stuck.iter().find(|wanted| wanted.spare > 0) {
        let why = refused.refused.as_deref().unwrap_or("no zone is configured");
        let text = format!(
            "pool `{}` gets no node in any of its zones ({why}); asked again within minutes",
            refused.pool.name
        );
        return Reason { code: Code::NoCapacity, text };
    }
    let full: Vec<String> = stuck
        .iter()
        .map(|wanted| format!("`{}` (max_nodes {})", wanted.pool.name, wanted.pool.max_nodes))
        .collect();
    let next = wants.pools.iter().filter_map(|pool| pool.fallback.as_ref());
    let holds = |pool: &PoolName| {
        wanted.get(pool).is_some_and(|wanted| wants.size(wanted.pool).fits_in(wanted.pool.node))
    };
    let next = next.filter(|fallback| !wants.pools.iter().any(|pool| pool.name == fallback.pool));
    let next = next.filter(|fallback| holds(&fallback.pool));
    let elsewhere = next.min_by_key(|fallback| fallback.after).map_or_else(String::new, |fallback| {
        format!(
            ", and may go to pool `{}` after {} min of waiting",
            fallback.pool,
            fallback.after.as_secs() / 60
        )
    });
    let text =
        format!("full: {}; the job runs when another ends{elsewhere}, or raise `max_nodes`", full.join(", "));
    Reason { code: Code::PoolFull, text }
}
