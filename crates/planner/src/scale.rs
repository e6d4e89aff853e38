//! Nodes for the jobs that found no room, for the whole batch at once.

mod seat;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::id::JobId;
use model::job::Job;
use model::observation::Observation;
use model::plan::NewOrder;
use model::reason::Reason;
use model::rules::{Pool, PoolName, Rules};
use model::time::Timestamp;

use crate::batch;
use crate::census::Census;
use crate::cheapest::Cheapest;
use crate::cluster::Clusters;
use crate::demand::Demand;
use crate::room::{Room, Rooms};
use crate::serverless::Served;
use crate::standby::Lack;
use seat::{Seat, stuck};
use wanted::Wanted;

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
    served: &Served<'a>,
    standby: &[Lack<'a>],
    now: Timestamp,
) -> Scaled {
    let Served { left, spares, .. } = served;
    let there = Census::of(seen);
    let mut wanted: BTreeMap<&PoolName, Wanted<'_>> = BTreeMap::new();
    let clusters = Clusters::new(&there, rules);
    for pool in rules.pools.values() {
        wanted.insert(&pool.name, Wanted::new(seen, &there, spares, pool, now).within(&clusters));
    }
    let mut scaled =
        Scaled { order: Vec::new(), reasons: BTreeMap::new(), is_partial: false, stuck: BTreeSet::new() };
    let seats = everybody(rooms, &mut wanted, left).unwrap_or_else(|| by_turns(rooms, &mut wanted, left));
    let zones = rooms.zones_coming();
    for ((job, wants), seat) in left.iter().zip(seats) {
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
    // Whose node is not bought is told so by the next plan.
    scaled.is_partial |= clusters.trim(&mut scaled.order, rules);
    scaled
}

/// A place for each of them, on nodes on their way and on the cheapest others for the whole batch; nothing,
/// where somebody has to wait: then it goes by turns.
fn everybody<'a>(
    rooms: &mut Rooms<'a>,
    wanted: &mut BTreeMap<&'a PoolName, Wanted<'a>>,
    left: &[(&Job, Rc<Demand<'a>>)],
) -> Option<Vec<Seat<'a>>> {
    let batch: Vec<&Rc<Demand<'a>>> = left.iter().map(|(_, wants)| wants).collect();
    if let Some((seated, places)) = batch::seat(rooms, &batch) {
        *rooms = seated;
        return Some(places.into_iter().map(|place| Seat::of(&rooms[place])).collect());
    }
    let spare = wanted.values().map(|wanted| (&wanted.pool.name, wanted.n_spare())).collect();
    let nodes = batch::cheapest(rooms, &batch, &spare)?;
    for node in nodes.iter().filter(|node| !node.is_coming) {
        let wanted = wanted.get_mut(&node.pool.name).expect("every pool of the rules is there");
        let offer = wanted.one_more().expect("no more is bought of a pool than it has to spare");
        offer.jobs.extend(node.jobs.iter().map(|at| left[*at].0.id));
        rooms.add_coming(Room { is_new: true, ..Room::empty(node.pool, offer.zone) });
    }
    for offer in wanted.values_mut().flat_map(|wanted| &mut wanted.offers) {
        offer.jobs.sort_unstable();
    }
    // As the next tick will say it, which sees nodes and not who they were meant for.
    if let Some((seated, places)) = batch::seat(rooms, &batch) {
        *rooms = seated;
        return Some(places.into_iter().map(|place| Seat::of(&rooms[place])).collect());
    }
    let jobs = nodes.iter().flat_map(|node| node.jobs.iter().map(|at| (*at, Seat::Coming(&node.pool.name))));
    Some(jobs.collect::<BTreeMap<_, _>>().into_values().collect())
}

/// A place for each of them as long as there are any, from the pools that are cheapest for all.
fn by_turns<'a>(
    rooms: &mut Rooms<'a>,
    wanted: &mut BTreeMap<&'a PoolName, Wanted<'a>>,
    left: &[(&Job, Rc<Demand<'a>>)],
) -> Vec<Seat<'a>> {
    let cheapest = Cheapest::new(left);
    left.iter().map(|(job, wants)| find(rooms, wanted, job, wants, cheapest.order(wants))).collect()
}

/// Finds the job a place on a node that is on its way or that is ordered now, and says what it waits for.
fn find<'a>(
    rooms: &mut Rooms<'a>,
    wanted: &mut BTreeMap<&'a PoolName, Wanted<'a>>,
    job: &Job,
    wants: &Demand<'a>,
    cheapest: &[&'a Pool],
) -> Seat<'a> {
    for pool in cheapest {
        if let Some(place) = rooms.take_coming(&pool.name, wants.size(pool), wants.is_alone) {
            let room = &rooms[place];
            if room.is_new {
                let wanted = wanted.get_mut(&pool.name).expect("every pool of the rules is there");
                let offer = wanted.offers.iter_mut().find(|offer| offer.zone == room.zone);
                offer.expect("a new room is of an offer").jobs.push(job.id);
            }
            return Seat::of(room);
        }
    }
    for pool in cheapest {
        let wanted = wanted.get_mut(&pool.name).expect("every pool of the rules is there");
        if let Some(offer) = wanted.one_more() {
            offer.jobs.push(job.id);
            let mut room = Room { is_new: true, ..Room::empty(pool, offer.zone) };
            room.take(wants.size(pool), wants.is_alone);
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
        if rooms.take_coming(&lack.pool.name, lack.size, lack.is_alone).is_some() {
            continue;
        }
        let wanted = wanted.get_mut(&lack.pool.name).expect("every pool of the rules is there");
        let Some(offer) = wanted.one_more() else { return };
        offer.n_kept += 1;
        let mut room = Room { is_new: true, ..Room::empty(lack.pool, offer.zone) };
        room.take(lack.size, lack.is_alone);
        rooms.add_coming(room);
    }
}
