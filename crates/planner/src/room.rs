//! What the nodes have left while a plan grows.

use std::collections::BTreeMap;

use model::id::{InstanceId, Zone};
use model::label::{self, Spec, Verdict};
use model::launch::Launch;
use model::node::NodeState;
use model::observation::Observation;
use model::rules::{Pool, PoolName, Rules};
use model::size::Size;

/// The rules, with no pool promising more than the largest of its nodes has registered: machines of one
/// that falls short would be bought in vain, one after the other.
pub(crate) fn as_registered(seen: &Observation, rules: &Rules) -> Rules {
    let mut rules = rules.clone();
    for pool in rules.pools.values_mut() {
        let ready = seen.nodes.values().filter(|node| node.state == NodeState::Ready);
        let sizes = ready.filter(|node| node.pool == pool.name).map(|node| node.size);
        if let Some(largest) = sizes.reduce(|one, other| one.largest(other)) {
            pool.node = pool.node.smallest(largest);
        }
    }
    rules
}

/// Nodes that can take launches now, and those that are on their way.
#[derive(Clone, Debug)]
pub(crate) struct Rooms {
    pub(crate) ready: BTreeMap<InstanceId, Room>,
    pub(crate) coming: Vec<Room>,
}

#[derive(Clone, Debug)]
pub(crate) struct Room {
    pub(crate) pool: PoolName,
    pub(crate) zone: Zone,
    pub(crate) version: u64,
    pub(crate) free: Size,
    pub(crate) n_launches: u32,
    /// Something on it shares with nobody.
    pub(crate) is_taken_whole: bool,
    /// Ordered by this very plan.
    pub(crate) is_new: bool,
}

impl Rooms {
    pub(crate) fn new(seen: &Observation, rules: &Rules) -> Self {
        let mut rooms = Self { ready: BTreeMap::new(), coming: Vec::new() };
        for node in seen.nodes.values() {
            let mut room = Room {
                pool: node.pool.clone(),
                zone: node.zone.clone(),
                version: node.version,
                free: node.free(),
                n_launches: node.n_launches,
                is_taken_whole: false,
                is_new: false,
            };
            match node.state {
                NodeState::Ready => {
                    room.is_taken_whole =
                        seen.launches.values().any(|on| on.is_on(&node.id) && takes_whole(on));
                    rooms.ready.insert(node.id.clone(), room);
                }
                NodeState::Ordered => rooms.coming.push(room),
                NodeState::Draining => {}
            }
        }
        for order in seen.orders.values() {
            let Some(pool) = rules.pools.get(&order.id.pool) else { continue };
            rooms.coming.extend((0..order.n).map(|_| Room::empty(pool, &order.zone)));
        }
        rooms
    }
}

impl Room {
    pub(crate) fn empty(pool: &Pool, zone: &Zone) -> Self {
        Self {
            pool: pool.name.clone(),
            zone: zone.clone(),
            version: 0,
            free: pool.node,
            n_launches: 0,
            is_taken_whole: false,
            is_new: false,
        }
    }

    pub(crate) fn holds(&self, size: Size, spec: &Spec) -> bool {
        !self.is_taken_whole && size.fits_in(self.free) && (self.n_launches == 0 || !wants_whole(spec))
    }

    pub(crate) fn take(&mut self, size: Size, spec: &Spec) {
        self.free = self.free.saturating_sub(size);
        self.n_launches += 1;
        self.is_taken_whole |= wants_whole(spec);
    }
}

/// A single tenant, by its label; and a GPU, which is counted whole and one to a node.
fn wants_whole(spec: &Spec) -> bool {
    spec.single_tenant || spec.gpu
}

fn takes_whole(launch: &Launch) -> bool {
    matches!(label::parse(&launch.labels, None), Verdict::Ours(spec) if wants_whole(&spec))
}
