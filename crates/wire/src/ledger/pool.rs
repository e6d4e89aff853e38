//! What is remembered of a pool.

use std::collections::BTreeMap;

use model::money::{Spent, Usd};
use model::node::{PoolMemory, Refusal};
use model::rules::PoolName;
use model::time::Timestamp;

use super::item::{Item, Unreadable, Value, maybe_time, number, put, put_some, texts};
use super::open::count;
use super::{breaker, field};

pub(super) fn from_pool(pool: &PoolMemory) -> Item {
    let mut item = Item::new();
    put(&mut item, field::VERSION, pool.version);
    put_some(&mut item, field::SPENT, pool.spent.map(|spent| spent.usd.0));
    put_some(&mut item, field::SPENT_UNTIL, pool.spent.map(|spent| spent.until));
    put(&mut item, field::N_LAUNCHES, pool.n_launches);
    item.extend(refusals(&pool.refusals).map(|(name, value)| (name.to_owned(), value)));
    if !pool.breakers.is_empty() {
        item.insert(field::BREAKERS.to_owned(), breaker::to_value(&pool.breakers));
    }
    item
}

/// The fields that hold them: each as `<until> <zone> <why>`, for zones have no spaces, and how often as
/// `<n> <zone>`.
pub fn refusals(refusals: &[Refusal]) -> [(&'static str, Value); 2] {
    let whys = refusals.iter().map(|it| format!("{} {} {}", it.until.0, it.zone, it.why));
    let times = refusals.iter().map(|it| format!("{} {}", it.n, it.zone));
    [(field::REFUSALS, Value::Texts(whys.collect())), (field::REFUSED_TIMES, Value::Texts(times.collect()))]
}

pub(super) fn to_pool(name: &PoolName, item: &Item) -> Result<PoolMemory, Unreadable> {
    let times = times(item);
    let refusals = texts(item, field::REFUSALS)?
        .iter()
        .enumerate()
        .map(|(at, refusal)| {
            let mut words = refusal.splitn(3, ' ');
            let until = words.next()?.parse().ok()?;
            let zone = words.next()?;
            let n = times.get(&(at, zone)).copied().unwrap_or(1);
            Some(Refusal { until: Timestamp(until), zone: zone.into(), n, why: words.next()?.to_owned() })
        })
        .collect::<Option<_>>()
        .ok_or(field::REFUSALS)?;
    let spent = maybe_time(item, field::SPENT_UNTIL)
        .map(|until| number(item, field::SPENT).map(|usd| Spent { usd: Usd(usd), until }))
        .transpose()?;
    Ok(PoolMemory {
        name: name.clone(),
        version: number(item, field::VERSION)?,
        n_launches: count(item)?,
        refusals,
        breakers: breaker::from_item(item)?,
        spent,
    })
}

/// By place and zone. Rows of an earlier version have none, and then it was once.
fn times(item: &Item) -> BTreeMap<(usize, &str), u32> {
    let Some(Value::Texts(times)) = item.get(field::REFUSED_TIMES) else { return BTreeMap::new() };
    let each = times.iter().enumerate().filter_map(|(at, times)| {
        let (n, zone) = times.split_once(' ')?;
        Some(((at, zone), n.parse().ok()?))
    });
    each.collect()
}
