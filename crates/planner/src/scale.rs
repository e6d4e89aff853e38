//! Nodes for the jobs that found no room, for the whole batch at once.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::Carrier;
use model::id::{JobId, OrderId, Zone};
use model::job::Job;
use model::node::{Node, NodeState, Order};
use model::observation::Observation;
use model::plan::NewOrder;
use model::reason::{Code, Reason};
use model::rules::{Pool, PoolName, Rules};
use model::time::Timestamp;

use crate::breaker::closed;
use crate::census::Census;
use crate::cheapest::Cheapest;
use crate::demand::Demand;
use crate::drain::is_stale;
use crate::minimum::minimum;
use crate::room::{Room, Rooms};
use crate::serverless;
use crate::standby::Lack;

/// What one order may hold: its nodes are written down in one transaction of a hundred rows, and
/// a provider takes a hundred at once.
const MAX_ORDER: u32 = 90;

pub(crate) struct Scaled {
    pub(crate) order: Vec<NewOrder>,
    pub(crate) reasons: BTreeMap<JobId, Reason>,
    /// More is wanted than one order holds.
    pub(crate) is_partial: bool,
    /// Jobs for which nothing is coming.
    pub(crate) stuck: BTreeSet<JobId>,
}

pub(crate) fn scale<'a>(
    seen: &'a Observation,
    rules: &'a Rules,
    rooms: &mut Rooms<'a>,
    left: &[(&Job, Rc<Demand<'a>>)],
    standby: &[Lack<'a>],
    now: Timestamp,
) -> Scaled {
    let there = Census::of(seen);
    let mut wanted: BTreeMap<&PoolName, Wanted<'_>> = BTreeMap::new();
    for pool in rules.pools.values() {
        wanted.insert(&pool.name, Wanted::new(seen, &there, pool, now));
    }
    let mut scaled =
        Scaled { order: Vec::new(), reasons: BTreeMap::new(), is_partial: false, stuck: BTreeSet::new() };
    let cheapest = Cheapest::new(left);
    let seats: Vec<(JobId, Seat<'_>)> = left
        .iter()
        .map(|(job, wants)| (job.id, seat(rooms, &mut wanted, job, wants, cheapest.order(wants))))
        .collect();
    let zones = rooms.zones_coming();
    for ((job, wants), (_, seat)) in left.iter().zip(seats) {
        if matches!(seat, Seat::None(_)) {
            scaled.stuck.insert(job.id);
        }
        let beyond = seat.pool().and_then(|pool| wants.beyond.get(pool));
        let mut reason = seat.reason(&zones);
        if let Some(why) = beyond {
            reason.text = format!("{}, because {why}", reason.text);
        }
        scaled.reasons.insert(job.id, reason);
    }
    for lack in standby {
        stand(rooms, &mut wanted, lack);
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
    n_there: u32,
    /// How many more are wanted.
    n: u32,
    /// Those of them that no job waits for.
    n_kept: u32,
    jobs: Vec<JobId>,
}

impl<'a> Wanted<'a> {
    fn new(seen: &Observation, there: &Census<'_>, pool: &'a Pool, now: Timestamp) -> Self {
        let memory = seen.pools.get(&pool.name);
        let refusal = |zone: &Zone| closed(memory, zone, now);
        // Without nodes there is nothing to order in a zone.
        let zones = if pool.is_serverless() { &[][..] } else { &pool.zones };
        let open = zones.iter().filter(|zone| refusal(zone).is_none());
        let offer =
            |zone| Offer { zone, n_there: there.n_in(&pool.name, zone), n: 0, n_kept: 0, jobs: Vec::new() };
        Self {
            pool,
            offers: open.map(offer).collect(),
            refused: match pool.carrier {
                Carrier::Nodes => pool.zones.iter().find_map(refusal),
                Carrier::Serverless => {
                    serverless::refusal(seen, pool, now).map(|refusal| refusal.why.clone())
                }
            },
            spare: match pool.carrier {
                Carrier::Nodes => pool.max_nodes.saturating_sub(there.n_of(&pool.name)),
                Carrier::Serverless => serverless::n_spare(seen, pool),
            },
            is_partial: false,
        }
    }

    /// One node more, where there are fewest: evenly over the zones, which cost the same as far as is
    /// known, so that one zone's bad day is not everybody's.
    fn one_more(&mut self) -> Option<&mut Offer<'a>> {
        if self.spare == 0 {
            return None;
        }
        let offers = self.offers.iter_mut().filter(|offer| offer.n < MAX_ORDER);
        let offer = offers.min_by_key(|offer| offer.n_there.saturating_add(offer.n))?;
        offer.n += 1;
        self.spare -= 1;
        Some(offer)
    }

    /// Up to the minimum, with nodes that will not have to be replaced soon. What is outdated is seen by
    /// sweeps alone, and so the minimum is kept by them.
    fn fill_up(&mut self, seen: &Observation, now: Timestamp) {
        let Some(survey) = &seen.survey else { return };
        let minimum = minimum(self.pool, now);
        if minimum == 0 {
            return;
        }
        let is_kept = |node: &&Node| {
            let is_usable = node.state == NodeState::Ordered || node.is_open();
            node.pool == self.pool.name && is_usable && !is_stale(node, survey, self.pool, now)
        };
        let n_kept = u32::try_from(seen.nodes.values().filter(is_kept).count()).unwrap_or(u32::MAX);
        let ordered = seen.orders.values().filter(|order| order.id.pool == self.pool.name);
        let n_ordered: u32 = ordered.map(|order| order.n).sum();
        let n_wanted: u32 = self.offers.iter().map(|offer| offer.n).sum();
        for _ in n_kept.saturating_add(n_ordered).saturating_add(n_wanted)..minimum {
            let Some(offer) = self.one_more() else { return };
            offer.n_kept += 1;
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
            NewOrder { order, jobs: offer.jobs, n_kept: offer.n_kept }
        })
    }
}

/// Finds the job a place on a node that is on its way or that is ordered now, and says what it waits for.
fn seat<'a>(
    rooms: &mut Rooms<'a>,
    wanted: &mut BTreeMap<&'a PoolName, Wanted<'a>>,
    job: &Job,
    wants: &Demand<'a>,
    cheapest: &[&'a Pool],
) -> Seat<'a> {
    for pool in cheapest {
        if let Some(place) = rooms.take_coming(&pool.name, wants.size(pool), &wants.spec) {
            let room = &rooms[place];
            if room.is_new {
                let wanted = wanted.get_mut(&pool.name).expect("every pool of the rules is there");
                let offer = wanted.offers.iter_mut().find(|offer| offer.zone == room.zone);
                offer.expect("a new room is of an offer").jobs.push(job.id);
            }
            return if room.is_away { Seat::Away(room.pool, room.zone) } else { Seat::Coming(room.pool) };
        }
    }
    for pool in cheapest {
        let wanted = wanted.get_mut(&pool.name).expect("every pool of the rules is there");
        if let Some(offer) = wanted.one_more() {
            offer.jobs.push(job.id);
            let mut room = Room { is_new: true, ..Room::empty(pool, offer.zone) };
            room.take(wants.size(pool), &wants.spec);
            rooms.add_coming(room);
            return Seat::Coming(&pool.name);
        }
        if wanted.spare > 0 && !wanted.offers.is_empty() {
            wanted.is_partial = true;
            return Seat::Coming(&pool.name);
        }
    }
    Seat::None(stuck(wanted, wants))
}

/// Nodes for tasks that are to stand by, as far as none are coming that have the room.
fn stand<'a>(rooms: &mut Rooms<'a>, wanted: &mut BTreeMap<&'a PoolName, Wanted<'a>>, lack: &Lack<'a>) {
    for _ in 0..lack.n {
        if rooms.take_coming(&lack.pool.name, lack.size, &lack.spec).is_some() {
            continue;
        }
        let wanted = wanted.get_mut(&lack.pool.name).expect("every pool of the rules is there");
        let Some(offer) = wanted.one_more() else { return };
        offer.n_kept += 1;
        let mut room = Room { is_new: true, ..Room::empty(lack.pool, offer.zone) };
        room.take(lack.size, &lack.spec);
        rooms.add_coming(room);
    }
}

/// What a job waits for.
enum Seat<'a> {
    Coming(&'a PoolName),
    /// A node that is there, and whose agent is not heard of just now.
    Away(&'a PoolName, &'a Zone),
    None(Reason),
}

impl<'a> Seat<'a> {
    fn pool(&self) -> Option<&'a PoolName> {
        match self {
            Self::Coming(pool) | Self::Away(pool, _) => Some(pool),
            Self::None(_) => None,
        }
    }

    /// In whichever of the zones: who is seated where may be another in the next tick, and the reason is to
    /// stay.
    fn reason(self, zones: &BTreeMap<&PoolName, BTreeSet<&Zone>>) -> Reason {
        let text = match self {
            Self::Coming(pool) => {
                let zones: Vec<&str> =
                    zones.get(pool).into_iter().flatten().map(|zone| zone.0.as_str()).collect();
                format!("a node of pool `{pool}` is starting in {}", zones.join(" or "))
            }
            Self::Away(pool, zone) => format!(
                "the agent of a node of pool `{pool}` in {zone} is not heard of just now; if it stays away \
                 another is ordered"
            ),
            Self::None(reason) => return reason,
        };
        Reason { code: Code::Starting, text }
    }
}

fn stuck(wanted: &BTreeMap<&PoolName, Wanted<'_>>, wants: &Demand<'_>) -> Reason {
    let stuck: Vec<&Wanted<'_>> = wants.pools.iter().map(|pool| &wanted[&pool.name]).collect();
    // A pool without nodes that nobody has refused was filled by this very plan.
    let is_open = |wanted: &&&Wanted<'_>| {
        wanted.spare > 0 && (wanted.refused.is_some() || !wanted.pool.is_serverless())
    };
    if let Some(refused) = stuck.iter().find(is_open) {
        let why = refused.refused.as_deref().unwrap_or("no zone is configured");
        let nothing = match refused.pool.carrier {
            Carrier::Nodes => "node in any of its zones",
            Carrier::Serverless => "task",
        };
        let text =
            format!("pool `{}` gets no {nothing} ({why}); asked again within minutes", refused.pool.name);
        return Reason { code: Code::NoCapacity, text };
    }
    let full: Vec<String> = stuck
        .iter()
        .map(|wanted| format!("`{}` ({} {})", wanted.pool.name, limit(wanted.pool), wanted.pool.max_nodes))
        .collect();
    let next = wants.pools.iter().filter_map(|pool| pool.fallback.as_ref());
    let holds = |pool: &PoolName| {
        wanted.get(pool).is_some_and(|wanted| wanted.pool.fit(wants.size(wanted.pool)).is_some())
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
    let limits: BTreeSet<&str> = stuck.iter().map(|wanted| limit(wanted.pool)).collect();
    let limits: Vec<String> = limits.into_iter().map(|limit| format!("`{limit}`")).collect();
    let text = format!(
        "full: {}; the job runs when another ends{elsewhere}, or raise {}",
        full.join(", "),
        limits.join(" or ")
    );
    Reason { code: Code::PoolFull, text }
}

/// As the configuration calls it.
fn limit(pool: &Pool) -> &'static str {
    match pool.carrier {
        Carrier::Nodes => "max_nodes",
        Carrier::Serverless => "max_tasks",
    }
}
