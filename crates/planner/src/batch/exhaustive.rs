//! Every way to share a few jobs among nodes.

use model::rules::Pool;
use model::size::Size;

use super::stock::Stock;
use super::{Class, Counts, Lot, Taken};

/// The cheapest of all ways; nothing, if one of the jobs finds no place.
pub(super) fn cheapest<'a>(lot: &Lot<'a>, coming: &Counts<'a>, spare: &Counts<'a>) -> Option<Vec<Taken<'a>>> {
    let alike = lot.classes.iter().flat_map(|class| class.jobs.iter().map(move |job| (*job, class)));
    let stock = Stock::new(coming, spare);
    let mut search = Search { lot, stock, groups: Vec::new(), best: None };
    search.share(&alike.collect::<Vec<_>>(), 0);
    search.best.map(|(_, nodes)| nodes)
}

struct Search<'a, 'b> {
    lot: &'b Lot<'a>,
    stock: Stock<'a>,
    /// Jobs that share a node.
    groups: Vec<Vec<(usize, &'b Class<'a>)>>,
    best: Option<(u64, Vec<Taken<'a>>)>,
}

impl<'a, 'b> Search<'a, 'b> {
    /// Each job joins one of the groups or makes its own. Of jobs that are alike none joins an earlier group
    /// than the one before: that would be the same way once more.
    fn share(&mut self, rest: &[(usize, &'b Class<'a>)], from: usize) {
        let Some((first, rest)) = rest.split_first() else {
            let bought = self.buy();
            if let Some((cost, nodes)) = bought
                && self.best.as_ref().is_none_or(|(best, _)| cost < *best)
            {
                self.best = Some((cost, nodes));
            }
            return;
        };
        let n_groups = self.groups.len();
        for at in from..=n_groups {
            if at == n_groups {
                self.groups.push(Vec::new());
            }
            self.groups[at].push(*first);
            if self.holding(&self.groups[at]).next().is_some() {
                let is_alike = rest.first().is_some_and(|(_, class)| std::ptr::eq(*class, first.1));
                self.share(rest, if is_alike { at } else { 0 });
            }
            self.groups[at].pop();
        }
        self.groups.truncate(n_groups);
    }

    /// The pools of which one node holds all of these.
    fn holding(&self, group: &[(usize, &'b Class<'a>)]) -> impl Iterator<Item = &'a Pool> {
        let is_shared = group.len() > 1 && group.iter().any(|(_, class)| class.is_alone);
        let holds = move |pool: &&'a Pool| {
            let sum = group.iter().try_fold(Size::default(), |sum, (_, class)| {
                sum.checked_add(class.wants.get(&pool.name).copied()?)
            });
            !is_shared && sum.is_some_and(|sum| sum.fits_in(pool.node))
        };
        self.lot.pools.iter().copied().filter(holds)
    }

    /// A node for each group. Those that cost most choose first from what is on its way.
    fn buy(&self) -> Option<(u64, Vec<Taken<'a>>)> {
        let least = |group: &&Vec<(usize, &'b Class<'a>)>| self.holding(group).map(|pool| pool.price).min();
        let mut groups: Vec<&Vec<_>> = self.groups.iter().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(least(group)));
        let mut stock = self.stock.clone();
        let mut nodes = Vec::new();
        for group in groups {
            let priced = self.holding(group).filter_map(|pool| Some((stock.price(pool)?, pool.price, pool)));
            let (_, _, pool) = priced.min_by_key(|(now, price, _)| (*now, *price))?;
            let mut jobs: Vec<usize> = group.iter().map(|(job, _)| *job).collect();
            jobs.sort_unstable();
            nodes.push(stock.take(pool, jobs)?);
        }
        Some((stock.cost, nodes))
    }
}
