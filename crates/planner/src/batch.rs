//! Places for a whole batch of jobs at once, and the cheapest nodes for those who find none.

mod exhaustive;
mod fill;
mod stock;

use std::collections::BTreeMap;
use std::rc::Rc;

use model::rules::{Pool, PoolName};
use model::size::Size;

use crate::demand::Demand;
use crate::room::Rooms;
use crate::shelf::Place;
use fill::{Rank, fill_all};

/// Up to so many jobs, every way is tried.
const FEW: usize = 8;
/// Up to so many, several ways are tried, and the cheapest is taken.
const MANY: usize = 1_000;
/// Beyond that one tick orders only a part of what is wanted.
const TOO_MANY: usize = 2_500;

/// A node, and which of the batch go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken<'a> {
    pub(crate) pool: &'a Pool,
    /// Places in the batch.
    pub(crate) jobs: Vec<usize>,
    /// It is on its way already.
    pub(crate) is_coming: bool,
}

/// Nodes of each pool.
type Counts<'a> = BTreeMap<&'a PoolName, u32>;

/// Places for all of the batch on nodes on their way, in its order; nothing, if somebody finds none.
pub(crate) fn seat<'a>(rooms: &Rooms<'a>, batch: &[&Rc<Demand<'a>>]) -> Option<(Rooms<'a>, Vec<Place>)> {
    if batch.len() > TOO_MANY {
        return None;
    }
    let seated = |rank: &Rank| {
        let mut rooms = rooms.clone();
        let places = on_their_way(&mut rooms, batch, *rank).into_iter().collect::<Option<Vec<Place>>>()?;
        Some((rooms, places))
    };
    ranks(batch.len()).iter().find_map(seated)
}

/// Nodes for all of the batch: those on their way, and more where these do not suffice, as cheap as was found.
/// Never more of a pool than it has to spare: nothing, where somebody has to wait, for who that is must not
/// depend on what packs well.
///
/// Asked again with what it has bought on its way, it finds the same and buys nothing: how nodes are filled does
/// not depend on which of them are there.
pub(crate) fn cheapest<'a>(
    rooms: &Rooms<'a>,
    batch: &[&Rc<Demand<'a>>],
    spare: &Counts<'a>,
) -> Option<Vec<Taken<'a>>> {
    if batch.len() > TOO_MANY {
        return None;
    }
    let all: Vec<usize> = (0..batch.len()).collect();
    let lot = Lot::new(batch, &all);
    let stock = rooms.n_empty_coming(&lot.pools);
    let mut found = Vec::new();
    found.extend(filled(&lot, &stock, spare));
    if !stock.is_empty() {
        found.extend(ranks(batch.len()).iter().filter_map(|rank| beside(rooms, batch, spare, *rank)));
    }
    let cost = |nodes: &Vec<Taken<'_>>| -> u64 {
        nodes.iter().filter(|node| !node.is_coming).map(|node| node.pool.price.0).sum()
    };
    found.into_iter().min_by_key(cost)
}

/// Those that find a place on what is on its way stay there, and nodes are bought for the others.
fn beside<'a>(
    rooms: &Rooms<'a>,
    batch: &[&Rc<Demand<'a>>],
    spare: &Counts<'a>,
    rank: Rank,
) -> Option<Vec<Taken<'a>>> {
    let mut rooms = rooms.clone();
    let places = on_their_way(&mut rooms, batch, rank);
    let left: Vec<usize> = (0..batch.len()).filter(|at| places[*at].is_none()).collect();
    let mut nodes = filled(&Lot::new(batch, &left), &Counts::new(), spare)?;
    for (at, place) in places.iter().enumerate() {
        let Some(room) = place.map(|place| &rooms[place]) else { continue };
        let pool = batch[at].pools.iter().find(|pool| pool.name == *room.pool)?;
        nodes.push(Taken { pool, jobs: vec![at], is_coming: true });
    }
    Some(nodes)
}

/// The largest first, for they are the hardest to seat.
fn on_their_way<'a>(rooms: &mut Rooms<'a>, batch: &[&Rc<Demand<'a>>], rank: Rank) -> Vec<Option<Place>> {
    let size = |at: &usize| {
        let pool = batch[*at].pools.first();
        pool.map_or(0.0, |pool| rank.of(batch[*at].size(pool), pool.node, pool.node))
    };
    let mut order: Vec<usize> = (0..batch.len()).collect();
    order.sort_by(|one, other| size(other).total_cmp(&size(one)));
    let mut places = vec![None; batch.len()];
    for at in order {
        let wants = batch[at];
        let mut pools = wants.pools.iter();
        places[at] = pools.find_map(|pool| rooms.take_coming(&pool.name, wants.size(pool), wants.is_alone));
    }
    places
}

/// The cheapest of the ways that are tried.
fn filled<'a>(lot: &Lot<'a>, stock: &Counts<'a>, spare: &Counts<'a>) -> Option<Vec<Taken<'a>>> {
    if lot.n_jobs <= FEW {
        return exhaustive::cheapest(lot, stock, spare);
    }
    let only: Vec<Option<&'a Pool>> = if lot.n_jobs <= MANY && lot.pools.len() > 1 {
        std::iter::once(None).chain(lot.pools.iter().copied().map(Some)).collect()
    } else {
        vec![None]
    };
    let ways = ranks(lot.n_jobs).iter().flat_map(|rank| only.iter().map(move |only| (*rank, *only)));
    let found = ways.filter_map(|(rank, only)| fill_all(lot, stock, spare, rank, only));
    found.min_by_key(|(cost, _)| *cost).map(|(_, nodes)| nodes)
}

fn ranks(n_jobs: usize) -> &'static [Rank] {
    if n_jobs <= MANY { &Rank::ALL } else { &[Rank::Dominant] }
}

/// Jobs of a batch, those that are alike together.
struct Lot<'a> {
    n_jobs: usize,
    classes: Vec<Class<'a>>,
    /// Where any of them may go, the first choice first.
    pools: Vec<&'a Pool>,
}

/// What it takes of each pool, and whether it shares with nobody.
type Alike<'a> = (Vec<(&'a PoolName, Size)>, bool);

/// Jobs of one size that may go to the same pools.
struct Class<'a> {
    /// Places in the batch.
    jobs: Vec<usize>,
    /// What each takes of a node of each pool.
    wants: BTreeMap<&'a PoolName, Size>,
    is_alone: bool,
    /// What it costs at least, were nodes sold in parts.
    worth: f64,
}

impl<'a> Lot<'a> {
    fn new(batch: &[&Rc<Demand<'a>>], jobs: &[usize]) -> Self {
        let mut classes: BTreeMap<Alike<'a>, Class<'a>> = BTreeMap::new();
        let mut pools: BTreeMap<_, &'a Pool> = BTreeMap::new();
        for at in jobs {
            let wants = batch[*at];
            let of_nodes: Vec<&'a Pool> =
                wants.pools.iter().copied().filter(|pool| !pool.is_serverless()).collect();
            let sizes: Vec<(&PoolName, Size)> =
                of_nodes.iter().map(|pool| (&pool.name, wants.size(pool))).collect();
            let is_alone = wants.is_alone;
            let class = classes.entry((sizes.clone(), is_alone)).or_insert_with(|| Class {
                jobs: Vec::new(),
                wants: sizes.into_iter().collect(),
                is_alone,
                worth: worth(wants, &of_nodes, is_alone),
            });
            class.jobs.push(*at);
            pools.extend(of_nodes.into_iter().map(|pool| ((pool.purchase, &pool.name), pool)));
        }
        Self {
            n_jobs: jobs.len(),
            classes: classes.into_values().collect(),
            pools: pools.into_values().collect(),
        }
    }
}

fn worth(wants: &Demand<'_>, pools: &[&Pool], is_alone: bool) -> f64 {
    let part = |pool: &&Pool| if is_alone { 1.0 } else { share(wants.size(pool), pool.node) };
    pools.iter().map(|pool| part(pool) * price(pool)).fold(f64::INFINITY, f64::min)
}

/// The larger part of CPU and memory that it takes.
fn share(size: Size, of: Size) -> f64 {
    let (cpu, memory) = shares(size, of);
    cpu.max(memory)
}

fn shares(size: Size, of: Size) -> (f64, f64) {
    let part = |some: u32, all: u32| f64::from(some) / f64::from(all.max(1));
    (part(size.cpu.0, of.cpu.0), part(size.memory.0, of.memory.0))
}

/// In dollars an hour. What costs nothing is still better not bought.
#[expect(clippy::cast_precision_loss, reason = "prices are far below what a float holds exactly")]
fn price(pool: &Pool) -> f64 {
    pool.price.0.max(1) as f64 / 1e6
}
