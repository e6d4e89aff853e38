//! What is wanted of one pool in this tick.

use model::Carrier;
use model::id::{JobId, OrderId, Zone};
use model::money::Usd;
use model::node::{Node, NodeState, Order};
use model::observation::Observation;
use model::plan::NewOrder;
use model::rules::Pool;
use model::time::Timestamp;

use crate::breaker::closed;
use crate::census::Census;
use crate::cluster::Clusters;
use crate::drain::is_stale;
use crate::minimum::minimum;
use crate::serverless::{self, Spares};
use crate::spend::n_affordable;

/// What one order may hold: its nodes are written down in one transaction of a hundred rows, and
/// a provider takes a hundred at once.
const MAX_ORDER: u32 = 90;

/// Prices no further apart are alike: they may be the other way round before the node is given back.
const ALIKE_PERCENT: u64 = 10;

pub(super) struct Wanted<'a> {
    pub(super) pool: &'a Pool,
    /// Its zones that may be asked, in the order of the configuration.
    pub(super) offers: Vec<Offer<'a>>,
    pub(super) refused: Option<String>,
    /// How many more nodes the pool may have.
    pub(super) spare: u32,
    /// What it may cost in a day, where that leaves it fewer nodes than it may have otherwise.
    pub(super) budget: Option<Usd>,
    /// The pool may have more, and no more are taken of its tier.
    pub(super) is_cluster_full: bool,
    pub(super) is_partial: bool,
}

pub(super) struct Offer<'a> {
    pub(super) zone: &'a Zone,
    /// How many nodes are there.
    n_there: u32,
    /// How many more are wanted.
    n: u32,
    /// Those of them that no job waits for.
    pub(super) n_kept: u32,
    pub(super) jobs: Vec<JobId>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(
        seen: &Observation,
        there: &Census<'_>,
        spares: &Spares<'_>,
        pool: &'a Pool,
        now: Timestamp,
    ) -> Self {
        let memory = seen.pools.get(&pool.name);
        let refusal = |zone: &Zone| closed(memory, zone, now);
        // Without nodes there is nothing to order in a zone.
        let zones = if pool.is_serverless() { &[][..] } else { &pool.zones };
        let open = zones.iter().filter(|zone| refusal(zone).is_none());
        let offer =
            |zone| Offer { zone, n_there: there.n_in(&pool.name, zone), n: 0, n_kept: 0, jobs: Vec::new() };
        let n_spare = match pool.carrier {
            Carrier::Nodes => pool.max_nodes.saturating_sub(there.n_of(&pool.name)),
            Carrier::Serverless => serverless::n_spare(seen, pool),
        };
        let n_affordable = match pool.carrier {
            Carrier::Nodes => n_affordable(seen, pool, now).filter(|n| *n < n_spare),
            Carrier::Serverless => spares.get(&pool.name).and_then(|spare| spare.is_spent().then_some(0)),
        };
        Self {
            pool,
            offers: open.map(offer).collect(),
            refused: match pool.carrier {
                Carrier::Nodes => pool.zones.iter().find_map(refusal),
                Carrier::Serverless => {
                    serverless::refusal(seen, pool, now).map(|refusal| refusal.why.clone())
                }
            },
            spare: n_affordable.unwrap_or(n_spare),
            budget: n_affordable.and(pool.daily_budget),
            is_cluster_full: false,
            is_partial: false,
        }
    }

    /// No more than its tier's cluster has room for.
    pub(super) fn within(mut self, clusters: &Clusters) -> Self {
        if !self.pool.is_serverless() {
            let left = clusters.left(self.pool.trust);
            self.is_cluster_full = left == 0 && self.spare > 0;
            self.spare = self.spare.min(left);
        }
        self
    }

    /// One node more, in the zone that has fewest of those that cost least: where prices are alike nodes are spread
    /// evenly, so that one zone's bad day is not everybody's.
    pub(super) fn one_more(&mut self) -> Option<&mut Offer<'a>> {
        if self.spare == 0 {
            return None;
        }
        let pool = self.pool;
        let offers = || self.offers.iter().filter(|offer| offer.n < MAX_ORDER);
        let least = offers().map(|offer| pool.price_in(offer.zone)).min()?;
        let dearest = least.percent(100 + ALIKE_PERCENT);
        let offers = self.offers.iter_mut().filter(|offer| offer.n < MAX_ORDER);
        let cheap = offers.filter(|offer| pool.price_in(offer.zone) <= dearest);
        let offer = cheap.min_by_key(|offer| offer.n_there.saturating_add(offer.n))?;
        offer.n += 1;
        self.spare -= 1;
        Some(offer)
    }

    /// How many more may be ordered in this tick.
    pub(super) fn n_spare(&self) -> u32 {
        let n_offers = u32::try_from(self.offers.len()).unwrap_or(u32::MAX);
        self.spare.min(n_offers.saturating_mul(MAX_ORDER))
    }

    /// Up to the minimum, with nodes that will not have to be replaced soon. What is outdated is seen by
    /// sweeps alone, and so the minimum is kept by them.
    pub(super) fn fill_up(&mut self, seen: &Observation, now: Timestamp) {
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
    pub(super) fn orders(self, seen: &Observation, now: Timestamp) -> impl Iterator<Item = NewOrder> {
        let version = seen.pools.get(&self.pool.name).map_or(0, |memory| memory.version);
        let wanted = self.offers.into_iter().filter(|offer| offer.n > 0);
        (version..).zip(wanted).map(move |(version, offer)| {
            let id = OrderId { pool: self.pool.name.clone(), version };
            let order = Order { id, zone: offer.zone.clone(), n: offer.n, at: now };
            let price = self.pool.zone_prices.get(offer.zone).copied();
            NewOrder { order, price, jobs: offer.jobs, n_kept: offer.n_kept }
        })
    }
}
