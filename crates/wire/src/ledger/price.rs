//! What spot machines cost.

use std::collections::BTreeMap;

use model::id::Zone;
use model::price::{Price, SpotPrices};
use model::rules::PoolName;

use super::field;
use super::item::{Item, Unreadable, Value, put, texts, time};

pub(super) fn from_prices(prices: &SpotPrices) -> Item {
    let mut item = Item::new();
    put(&mut item, field::AT, prices.at);
    let pools = prices.pools.iter().map(|(pool, zones)| {
        let zones = zones.iter().map(|(zone, price)| format!(" {} {zone}", price.0));
        format!("{pool}{}", zones.collect::<String>())
    });
    item.insert(field::PRICES.to_owned(), Value::Texts(pools.collect()));
    item
}

pub(super) fn to_prices(item: &Item) -> Result<SpotPrices, Unreadable> {
    let pools = texts(item, field::PRICES)?.iter().map(|text| pool(text)).collect::<Option<_>>();
    Ok(SpotPrices { at: time(item, field::AT)?, pools: pools.ok_or(field::PRICES)? })
}

/// Each as `<pool>`, and `<millionths of a dollar> <zone>` as often as there are zones: neither has spaces.
fn pool(text: &str) -> Option<(PoolName, BTreeMap<Zone, Price>)> {
    let mut words = text.split(' ');
    let name = PoolName::parse(words.next()?).ok()?;
    let mut zones = BTreeMap::new();
    while let Some(price) = words.next() {
        zones.insert(words.next()?.into(), Price(price.parse().ok()?));
    }
    Some((name, zones))
}
