//! What the nodes have left while a plan grows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;
use std::time::Duration;

use model::Trust;
use model::id::{InstanceId, Zone};
use model::label::{self, Verdict};
use model::launch::Launch;
use model::node::{Node, NodeState};
use model::observation::Observation;
use model::rules::{Pool, PoolName, Rules};
use model::size::Size;
use model::time::Timestamp;

use crate::demand::wants_whole;
use crate::shelf::{Place, Shelf};

/// Agents drop and come back several times an hour; a new node takes a minute or more.
const COMES_BACK_WITHIN: Duration = Duration::from_mins(2);

/// The rules, with no pool promising more than the largest of its nodes has registered: machines of one
/// that falls short would be bought in vain, one after the other.
pub(crate) fn as_registered(seen: &Observation, rules: &Rules) -> Rules {
    let mut largest: BTreeMap<&PoolName, Size> = BTreeMap::new();
    for node in seen.nodes.values().filter(|node| node.state == NodeState::Ready) {
        let size = largest.entry(&node.pool).or_default();
        *size = size.largest(node.size);
    }
    let mut rules = rules.clone();
    for (name, size) in largest {
        if let Some(pool) = rules.pools.get_mut(name) {
            pool.node = pool.node.smallest(size);
        }
    }
    rules
}

/// Nodes that can take launches now, and those that are on their way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rooms<'a> {
    rooms: Vec<Room<'a>>,
    ready: BTreeMap<&'a PoolName, Shelf>,
    coming: BTreeMap<&'a PoolName, Shelf>,
}

#[derive(Clone, Debug)]
pub(crate) struct Room<'a> {
    /// Nothing, where the machine has no name yet.
    pub(crate) node: Option<&'a InstanceId>,
    pub(crate) pool: &'a PoolName,
    pub(crate) zone: &'a Zone,
    pub(crate) version: u64,
    pub(crate) free: Size,
    pub(crate) n_launches: u32,
    /// Something on it shares with nobody.
    pub(crate) is_taken_whole: bool,
    /// Ordered by this very plan.
    pub(crate) is_new: bool,
    /// Ordered, or to be: it starts.
    pub(crate) is_coming: bool,
    /// Its agent is not heard of just now.
    pub(crate) is_away: bool,
}

impl<'a> Rooms<'a> {
    pub(crate) fn new(seen: &'a Observation, rules: &'a Rules, now: Timestamp) -> Self {
        let taken_whole = taken_whole(seen);
        let mut rooms = Self::default();
        for node in seen.nodes.values().filter(|node| node.cordon.is_none()) {
            let room = Room {
                node: Some(&node.id),
                pool: &node.pool,
                zone: &node.zone,
                version: node.version,
                free: node.free(),
                n_launches: node.n_launches,
                is_taken_whole: taken_whole.contains(&node.id),
                is_new: false,
                is_coming: node.state == NodeState::Ordered,
                is_away: node.lost_at.is_some(),
            };
            match node.state {
                NodeState::Ready if !room.is_away => rooms.add_ready(room),
                // It mostly comes back before another node could be there.
                NodeState::Ready if !is_away_for_long(node, now) => rooms.add_coming(room),
                NodeState::Ordered => rooms.add_coming(room),
                NodeState::Ready | NodeState::Draining => {}
            }
        }
        for order in seen.orders.values() {
            let Some(pool) = rules.pools.get(&order.id.pool) else { continue };
            for _ in 0..order.n {
                rooms.add_coming(Room::empty(pool, &order.zone));
            }
        }
        rooms
    }

    fn add_ready(&mut self, room: Room<'a>) {
        self.ready.entry(room.pool).or_default().put(self.rooms.len(), &room);
        self.rooms.push(room);
    }

    pub(crate) fn add_coming(&mut self, room: Room<'a>) {
        self.coming.entry(room.pool).or_default().put(self.rooms.len(), &room);
        self.rooms.push(room);
    }

    /// Where nodes of each pool are on their way.
    pub(crate) fn zones_coming(&self) -> BTreeMap<&'a PoolName, BTreeSet<&'a Zone>> {
        let mut zones: BTreeMap<&'a PoolName, BTreeSet<&'a Zone>> = BTreeMap::new();
        for room in self.rooms.iter().filter(|room| room.is_coming) {
            zones.entry(room.pool).or_default().insert(room.zone);
        }
        zones
    }

    /// How many nodes of these pools are on their way and whole, where there are any.
    pub(crate) fn n_empty_coming(&self, pools: &[&'a Pool]) -> BTreeMap<&'a PoolName, u32> {
        let mut n: BTreeMap<&'a PoolName, u32> = BTreeMap::new();
        for room in self.rooms.iter().filter(|room| room.is_coming && room.n_launches == 0) {
            let pool = pools.iter().find(|pool| pool.name == *room.pool);
            if pool.is_some_and(|pool| pool.node.fits_in(room.free)) {
                *n.entry(room.pool).or_default() += 1;
            }
        }
        n
    }

    /// Takes this much of the fullest node of the pool that has it: what stays empty can be given back.
    pub(crate) fn take_ready(&mut self, pool: &PoolName, size: Size, is_alone: bool) -> Option<Place> {
        take(&mut self.rooms, self.ready.get_mut(pool)?, size, is_alone)
    }

    /// The same among those on their way.
    pub(crate) fn take_coming(&mut self, pool: &PoolName, size: Size, is_alone: bool) -> Option<Place> {
        take(&mut self.rooms, self.coming.get_mut(pool)?, size, is_alone)
    }
}

impl<'a> Index<Place> for Rooms<'a> {
    type Output = Room<'a>;

    fn index(&self, place: Place) -> &Room<'a> {
        &self.rooms[place]
    }
}

fn take(rooms: &mut [Room<'_>], shelf: &mut Shelf, size: Size, is_alone: bool) -> Option<Place> {
    let place = shelf.take(size, is_alone)?;
    let room = &mut rooms[place];
    room.take(size, is_alone);
    shelf.put(place, room);
    Some(place)
}

impl<'a> Room<'a> {
    pub(crate) fn empty(pool: &'a Pool, zone: &'a Zone) -> Self {
        Self {
            node: None,
            pool: &pool.name,
            zone,
            version: 0,
            free: pool.node,
            n_launches: 0,
            is_taken_whole: false,
            is_new: false,
            is_coming: true,
            is_away: false,
        }
    }

    pub(crate) fn take(&mut self, size: Size, is_alone: bool) {
        self.free = self.free.saturating_sub(size);
        self.n_launches += 1;
        self.is_taken_whole |= is_alone;
    }
}

fn is_away_for_long(node: &Node, now: Timestamp) -> bool {
    node.lost_at.is_some_and(|at| now.since(at) > COMES_BACK_WITHIN)
}

/// Nodes with a launch that shares with nobody.
fn taken_whole(seen: &Observation) -> BTreeSet<&InstanceId> {
    let mut read: BTreeMap<(&[String], Trust), bool> = BTreeMap::new();
    seen.launches
        .values()
        .filter(|launch| *read.entry((&launch.labels, launch.trust)).or_insert_with(|| takes_whole(launch)))
        .filter_map(|launch| launch.node.as_ref())
        .collect()
}

fn takes_whole(launch: &Launch) -> bool {
    matches!(label::parse(&launch.labels, None), Verdict::Ours(spec) if wants_whole(&spec, launch.trust))
}
