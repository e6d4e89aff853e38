//! The pools of a scenario.

use std::collections::BTreeMap;
use std::time::Duration;

use model::id::Zone;
use model::money::Usd;
use model::price::Price;
use model::rules::{Fallback, Pool, PoolName};
use model::schedule::{Schedule, Standby, Window};
use model::size::{Gib, Shape, Size, Vcpu};
use model::time_zone::{Minute, TimeZone, Weekday};
use model::{Arch, Carrier, Purchase, Trust, task_size};

use crate::line::{Line, duration, number};

pub(crate) fn pool(line: &Line<'_>) -> Pool {
    Pool {
        name: pool_name(line.at(0)),
        arch: if line.says("arm64") { Arch::Arm64 } else { Arch::X86_64 },
        purchase: if line.says("on-demand") { Purchase::OnDemand } else { Purchase::Spot },
        trust: if line.says("untrusted") { Trust::Untrusted } else { Trust::Trusted },
        carrier: if line.says("serverless") { Carrier::Serverless } else { Carrier::Nodes },
        has_gpu: line.says("gpu"),
        zones: match line.get("zones") {
            _ if line.says("serverless") => Vec::new(),
            zones => zones.unwrap_or("a").split(',').map(Zone::from).collect(),
        },
        max_nodes: line.get("max").map_or(10, number),
        min_nodes: line.get("min").map_or(0, number),
        standby: line.get("standby").map(standby).unwrap_or_default(),
        schedule: line.get("schedule").map(schedule),
        idle_after: line.get("idle_after").map_or(Duration::from_mins(30), duration),
        max_age: line.get("max_age").map_or(Duration::from_hours(24), duration),
        price: Price(line.get("price").map_or(100, number)),
        zone_prices: BTreeMap::new(),
        daily_budget: line.get("budget").map(|usd| Usd(number(usd))),
        node: if line.says("serverless") { task_size::LARGEST } else { size_of(line.at(1)) },
        fallback: line.get("fallback").map(fallback),
        default_size: size_of(line.get("default").unwrap_or("4c-8g")),
    }
}

pub(crate) fn pool_name(name: &str) -> PoolName {
    PoolName::parse(name).unwrap()
}

/// `Europe/Berlin;mon..fri@08:00-18:00:min:3;sat@10:00-12:00:standby:dagger-4c-8g*2`
pub(crate) fn schedule(text: &str) -> Schedule {
    let (zone, windows) = text.split_once(';').unwrap();
    Schedule { zone: TimeZone::parse(zone).unwrap(), windows: windows.split(';').map(window).collect() }
}

fn window(text: &str) -> Window {
    let (days, rest) = text.split_once('@').unwrap();
    let day = |name: &str| Weekday::from_name(name).unwrap();
    let (first, last) = days.split_once("..").unwrap_or((days, days));
    let clock = |text: &str| Minute::parse(text).unwrap();
    let (from, to, sets) = (&rest[..5], &rest[6..11], &rest[12..]);
    let (what, amount) = sets.split_once(':').unwrap();
    Window {
        days: Weekday::ALL.into_iter().filter(|it| (day(first)..=day(last)).contains(it)).collect(),
        from: clock(from),
        to: clock(to),
        min_nodes: (what == "min").then(|| number(amount)),
        standby: (what == "standby").then(|| standby(amount)),
    }
}

/// `dagger-4c-8g*2,docker-2c-4g*1`
fn standby(text: &str) -> Standby {
    let label = |text: &str| {
        let (label, n) = text.split_once('*').unwrap();
        (label.to_owned(), number(n))
    };
    text.split(',').map(label).collect()
}

pub(crate) fn size_of(text: &str) -> Size {
    let (vcpu, memory) = text.trim_end_matches('g').split_once("c-").expect("a size is like 4c-8g");
    Shape { vcpu: Vcpu::new(number(vcpu)).unwrap(), memory: Gib::new(number(memory)).unwrap() }.size()
}

/// `od@10m`
fn fallback(text: &str) -> Fallback {
    let (pool, after) = text.split_once('@').unwrap();
    Fallback { pool: pool_name(pool), after: duration(after) }
}

/// Of what stands by at some time.
pub(crate) fn kept_labels(pool: &Pool) -> Vec<String> {
    let windows = pool.schedule.iter().flat_map(|schedule| &schedule.windows);
    let all = windows.filter_map(|window| window.standby.as_ref()).chain([&pool.standby]);
    all.flat_map(|standby| standby.keys().cloned()).collect()
}
