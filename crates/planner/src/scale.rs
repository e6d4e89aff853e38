//! Nodes for the jobs that found no room, for the whole batch at once.

use std::collections::BTreeMap;

use model::id::{JobId, OrderId, Zone};
use model::job::Job;
use model::node::{Node, NodeState, Order};
use model::observation::Observation;
use model::plan::NewOrder;
use model::reason::{Code, Reason};
use model::rules::{Pool, PoolName, Rules};
use model::time::Timestamp;

use crate::cheapest::Cheapest;
use crate::demand::Demand;
use crate::drain::is_stale;
use crate::minimum::minimum;
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

pub(crate) fn scale(
    seen: &Observation,
    rules: &Rules,
    rooms: &mut Rooms,
    left: Vec<(&Job, Demand<'_>)>,
    now: Timestamp,
) -> Scaled {
    let mut wanted: BTreeMap<&PoolName, Wanted<'_>> = BTreeMap::new();
    for pool in rules.pools.values() {
        wanted.insert(&pool.name, Wanted::new(seen, pool, now));
    }
    let mut scaled = Scaled { order: Vec::new(), reasons: BTreeMap::new(), is_partial: false };
    let cheapest = Cheapest::new(&left);
    for (job, wants) in &left {
        let reason = seat(rooms, &mut wanted, job, wants, cheapest.order(wants));
        scaled.reasons.insert(job.id, reason);
    }
    for wanted in wanted.values_mut() {
        wanted.fill_up(seen, now);
    }
    scaled.is_partial = wanted.values().any(|wanted| wanted.is_partial);
    scaled.order = wanted.into_values().flat_map(|wanted| wanted.orders(seen, now)).collect();
    scaled
}

/// What is wanted of one pool in this tick.
struct Wanted<'a> {
    pool: &'a Pool,
    /// Its zones that may be asked, in the order of the configuration.
    offers: Vec<Offer<'a>>,
    refused: Option<String>,
    /// How many more nodes the pool may have.
    spare: u32,
    is_partial: bool,
}

struct Offer<'a> {
    zone: &'a Zone,
    /// How many nodes are there.
    n_there: usize,
    /// How many more are wanted.
    n: u32,
    jobs: Vec<JobId>,
}

impl<'a> Wanted<'a> {
    fn new(seen: &Observation, pool: &'a Pool, now: Timestamp) -> Self {
        let n_nodes = seen.nodes.values().filter(|node| node.pool == pool.name).count();
        let n_ordered: u32 =
            seen.orders.values().filter(|order| order.id.pool == pool.name).map(|order| order.n).sum();
        let n_there = u32::try_from(n_nodes).unwrap_or(u32::MAX).saturating_add(n_ordered);
        let refusals = seen.pools.get(&pool.name).map_or(&[][..], |memory| &memory.refusals);
        let refusal =
            |zone: &Zone| refusals.iter().find(|refusal| refusal.zone == *zone && now < refusal.until);
        let n_in = |zone: &Zone| {
            seen.nodes.values().filter(|node| node.pool == pool.name && node.zone == *zone).count()
        };
        let open = pool.zones.iter().filter(|zone| refusal(zone).is_none());
        Self {
            pool,
            offers: open
                .map(|zone| Offer { zone, n_there: n_in(zone), n: 0, jobs: Vec::new() })
                .collect(),
            refused: pool.zones.iter().find_map(refusal).map(|refusal| refusal.why.clone()),
            spare: pool.max_nodes.saturating_sub(n_there),
            is_partial: false,
        }
    }

    /// One node more, where there are fewest: evenly over the zones, which cost the same as far as is
    /// known, so that one zone's bad day is not everybody's.
    fn one_more(&mut self) -> Option<&mut Offer<'a>> {
        let is_full = |offer: &&mut Offer<'_>| offer.n >= MAX_ORDER;
        if self.spare == 0 {
            return None;
        }
        let offers = self.offers.iter_mut().filter(|offer| !is_full(offer));
        let offer = offers.min_by_key(|offer| offer.n_there + usize::try_from(offer.n).unwrap_or(usize::MAX))?;
        offer.n += 1;
        self.spare -= 1;
        Some(offer)
    }

    /// Up to the minimum, with nodes that will not have to be replaced soon. What is stale is counted in a
    /// sweep alone, and so the minimum is kept by sweeps alone.
    fn fill_up(&mut self, seen: &Observation, now: Timestamp) {
        let Some(survey) = &seen.survey else { return };
        let is_kept = |node: &&Node| {
            node.pool == self.pool.name
                && node.state != NodeState::Draining
                && node.lost_at.is_none()
                && !is_stale(node, survey, self.pool, now)
        };
        let n_kept = u32::try_from(seen.nodes.values().filter(is_kept).count()).unwrap_or(u32::MAX);
        let ordered = seen.orders.values().filter(|order| order.id.pool == self.pool.name);
        let n_ordered: u32 = ordered.map(|order| order.n).sum();
        let n_wanted: u32 = self.offers.iter().map(|offer| offer.n).sum();
        let n = n_kept.saturating_add(n_ordered).saturating_add(n_wanted);
        for _ in n..minimum(self.pool, now) {
            if self.one_more().is_none() {
                return;
            }
        }
    }

    /// The pool's row moves on by one with each of them, so each is committed on what the one before has
    /// left.
    fn orders(self, seen: &Observation, now: Timestamp) -> impl Iterator<Item = NewOrder> {
        let version = seen.pools.get(&self.pool.name).map_or(0, |memory| memory.version);
        let wanted = self.offers.into_iter().filter(|offer| offer.n > 0);
        (version..).zip(wanted).map(move |(version, offer)| {
            let id = OrderId { pool: self.pool.name.clone(), version };
            let order = Order { id, zone: offer.zone.clone(), n: offer.n, at: now };
            NewOrder { order, jobs: offer.jobs }
        })
    }
}

/// Finds the job a place on a node that is on its way or that is ordered now, and says what it waits for.
fn seat<'a>(
    rooms: &mut Rooms,
    wanted: &mut BTreeMap<&'a PoolName, Wanted<'a>>,
    job: &Job,
    wants: &Demand<'_>,
    cheapest: &[&Pool],
) -> Reason {
    for pool in cheapest {
        let size = wants.size(pool);
        let rooms_coming =
            rooms.coming.iter_mut().filter(|room| room.pool == pool.name && room.holds(size, &wants.spec));
        if let Some(room) = rooms_coming.min_by_key(|room| room.free) {
            room.take(size, &wants.spec);
            if room.is_new {
                let wanted = wanted.get_mut(&pool.name).expect("every pool of the rules is there");
                let offer = wanted.offers.iter_mut().find(|offer| *offer.zone == room.zone);
                offer.expect("a new room is of an offer").jobs.push(job.id);
            }
            return coming(room);
        }
    }
    for pool in cheapest {
        let wanted = wanted.get_mut(&pool.name).expect("every pool of the rules is there");
        if let Some(offer) = wanted.one_more() {
            offer.jobs.push(job.id);
            let mut room = Room { is_new: true, ..Room::empty(pool, offer.zone) };
            room.take(wants.size(pool), &wants.spec);
            rooms.coming.push(room);
            return starting(&pool.name, offer.zone);
        }
        if let Some(offer) = wanted.offers.first().filter(|_| wanted.spare > 0) {
            wanted.is_partial = true;
            return starting(&pool.name, offer.zone);
        }
    }
    stuck(wanted, wants)
}

fn coming(room: &Room) -> Reason {
    if !room.is_away {
        return starting(&room.pool, &room.zone);
    }
    let text = format!(
        "the agent of a node of pool `{}` in {} is not heard of just now; if it stays away another is ordered",
        room.pool, room.zone
    );
    Reason { code: Code::Starting, text }
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
    let text = format!("full: {}; the job runs when another ends, or raise `max_nodes`", full.join(", "));
    Reason { code: Code::PoolFull, text }
}
