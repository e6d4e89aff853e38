//! Events that the forge could not deliver.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::delivery::{Deliveries, Delivery, DeliveryMemory, Outcome, Rest, Stubborn};
use model::observation::Observation;
use model::plan::Redeliver;
use model::time::Timestamp;

/// An attempt is listed when it has ended, which takes ten seconds at most.
const LISTED: Duration = Duration::from_secs(30);

/// A job that has waited this long is cancelled.
const OLDEST: Duration = Duration::from_hours(24);

/// So often an event is asked for that fails while others arrive.
const TRIES: u32 = 5;
/// So many of those are counted: a row has room for no more.
const COUNTED: usize = 12;

/// What was looked through is written down when something depends on it, and once in a while.
const WRITTEN: Duration = Duration::from_hours(1);
const MANY: usize = 50;

/// Until when the attempts have been looked through.
pub fn since(seen: &Observation, now: Timestamp) -> Timestamp {
    let long_ago = Timestamp(now.0.saturating_sub(u64::try_from(OLDEST.as_millis()).unwrap_or(u64::MAX)));
    seen.delivered.as_ref().map_or(long_ago, |memory| memory.until.max(long_ago))
}

/// Every event once, unless any of its attempts arrived.
pub(crate) fn redeliver(seen: &Observation, now: Timestamp) -> Option<Redeliver> {
    let read = seen.deliveries.as_ref()?;
    let known = seen.delivered.as_ref();
    let failed = failed(read);
    let stubborn = stubborn(read, known, &failed);
    let is_hopeless = |event: &str| stubborn.iter().any(|it| it.event == event && it.n > TRIES);
    let mut again: Vec<&Delivery> =
        failed.values().copied().filter(|delivery| !is_hopeless(&delivery.event)).collect();
    again.sort_by_key(|delivery| (delivery.at, delivery.id));
    let then = then(seen, read, stubborn, now);
    let is_news = !again.is_empty()
        || read.list.len() >= MANY
        || known.is_none_or(|known| {
            known.rest != then.rest
                || known.stubborn != then.stubborn
                || then.until.since(known.until) >= WRITTEN
        });
    let deliveries = again.into_iter().map(|delivery| delivery.id).collect();
    is_news.then_some(Redeliver { deliveries, then })
}

/// The last attempt at each event that has not arrived.
fn failed(read: &Deliveries) -> BTreeMap<&str, &Delivery> {
    let settled: BTreeSet<&str> = read
        .list
        .iter()
        .filter(|delivery| delivery.outcome != Outcome::Failed)
        .map(|delivery| delivery.event.as_str())
        .collect();
    let mut failed: BTreeMap<&str, &Delivery> = BTreeMap::new();
    for delivery in read.list.iter().filter(|delivery| !settled.contains(delivery.event.as_str())) {
        let last = failed.entry(&delivery.event).or_insert(delivery);
        if last.at < delivery.at {
            *last = delivery;
        }
    }
    failed
}

/// Counted only while others arrive: when nothing does, it is not the event's fault.
fn stubborn(
    read: &Deliveries,
    known: Option<&DeliveryMemory>,
    failed: &BTreeMap<&str, &Delivery>,
) -> Vec<Stubborn> {
    let known = known.map_or(&[][..], |memory| &memory.stubborn);
    let others_arrive = read.list.iter().any(|delivery| delivery.outcome == Outcome::Received);
    let counted = failed.values().filter(|delivery| delivery.is_again).map(|delivery| {
        let before = known.iter().find(|it| it.event == delivery.event).map_or(0, |it| it.n);
        Stubborn { event: delivery.event.clone(), n: before + u32::from(others_arrive) }
    });
    let mut counted: Vec<Stubborn> = counted.filter(|it| it.n > 0).collect();
    counted.sort_by(|one, other| (other.n, &one.event).cmp(&(one.n, &other.event)));
    counted.truncate(COUNTED);
    counted
}

fn then(seen: &Observation, read: &Deliveries, stubborn: Vec<Stubborn>, now: Timestamp) -> DeliveryMemory {
    let settled = settled(seen, read, now);
    let began =
        seen.delivered.as_ref().and_then(|memory| memory.rest.as_ref()).map_or(settled, |rest| rest.began);
    match &read.rest {
        Some(page) => DeliveryMemory {
            until: since(seen, now),
            rest: Some(Rest { page: page.clone(), began }),
            stubborn,
        },
        None => DeliveryMemory { until: began, rest: None, stubborn },
    }
}

/// As far as the forge's own clock shows: ours may be ahead of it, and what comes in between would never be
/// looked at.
fn settled(seen: &Observation, read: &Deliveries, now: Timestamp) -> Timestamp {
    let listed = u64::try_from(LISTED.as_millis()).unwrap_or_default();
    let newest = read.list.iter().map(|delivery| delivery.at).max();
    let settled = newest.map(|at| Timestamp(at.min(now).0.saturating_sub(listed)));
    settled.map_or(since(seen, now), |at| at.max(since(seen, now)))
}
