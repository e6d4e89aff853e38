//! What pools of a scenario keep, and when: standby, and windows of a schedule.

use std::collections::BTreeSet;

use model::rules::Pool;
use model::schedule::{Schedule, Standby, Window};
use model::time::Timestamp;
use model::time_zone::{Minute, TimeZone, Weekday};

use super::words::{Words, Wrong, number};

/// `window arm64-spot mon..fri 07:30-19:00 in=Europe/Berlin min=3 standby=dagger-4c-8g*2`
pub(super) fn window(words: &mut Words<'_>, pools: &mut [Pool]) -> Result<(), Wrong> {
    let name = words.word("the name of a pool")?;
    let pool = pools.iter_mut().find(|pool| pool.name.as_str() == name);
    let pool = pool.ok_or_else(|| format!("there is no pool `{name}` above this line"))?;
    let days = days(words.word("days, like `mon..fri` or `sat,sun`")?)?;
    let (from, to) = clock(words.word("times, like `07:30-19:00`")?)?;
    let zone =
        words.named("in").ok_or_else(|| "a window is `in=` some zone, like `in=Europe/Berlin`".to_owned())?;
    let zone = TimeZone::parse(zone)
        .map_err(|unknown| format!("`{zone}`: {unknown}; near it are: {}", unknown.near.join(", ")))?;
    let window = Window {
        days,
        from,
        to,
        min_nodes: words.number("min")?,
        standby: words.named("standby").map(standby).transpose()?,
    };
    let schedule = pool.schedule.get_or_insert_with(|| Schedule { zone: zone.clone(), windows: Vec::new() });
    if schedule.zone != zone {
        return Err(format!("windows of one pool are in one zone, here in {}", schedule.zone.name()));
    }
    if schedule.windows.iter().any(|other| other.overlaps(&window)) {
        return Err("windows of one pool are open one at a time".to_owned());
    }
    schedule.windows.push(window);
    Ok(())
}

/// `dagger-4c-8g*2,docker-2c-4g*1`
pub(super) fn standby(text: &str) -> Result<Standby, Wrong> {
    let label = |text: &str| {
        let wrong = || format!("`{text}` is no standby; write a label and a number like `dagger-4c-8g*2`");
        let (label, n) = text.split_once('*').ok_or_else(wrong)?;
        Ok((label.to_lowercase(), number(n)?))
    };
    text.split(',').map(label).collect()
}

/// `2026-10-25T00:30:00Z`
pub(super) fn instant(text: &str) -> Result<Timestamp, Wrong> {
    let read = text.parse::<jiff::Timestamp>().ok().and_then(|at| u64::try_from(at.as_millisecond()).ok());
    read.map(Timestamp).ok_or_else(|| format!("`{text}` is no moment; write it like `2026-10-25T00:30:00Z`"))
}

fn days(text: &str) -> Result<BTreeSet<Weekday>, Wrong> {
    let day = |name: &str| {
        let all = || Weekday::ALL.map(Weekday::name).join("`, `");
        Weekday::from_name(name).ok_or_else(|| format!("`{name}` is no day; they are `{}`", all()))
    };
    if let Some((first, last)) = text.split_once("..") {
        let (first, last) = (day(first)?, day(last)?);
        return Ok(Weekday::ALL.into_iter().filter(|day| (first..=last).contains(day)).collect());
    }
    text.split(',').map(day).collect()
}

fn clock(text: &str) -> Result<(Minute, Minute), Wrong> {
    let both = text.split_once('-').and_then(|(from, to)| Some((Minute::parse(from)?, Minute::parse(to)?)));
    both.filter(|(from, to)| from != to)
        .ok_or_else(|| format!("`{text}` are no times of a window; write them like `07:30-19:00`"))
}
