//! When a pool keeps more than otherwise, or less: `schedule` in the document, and `standby` beside it.

use std::collections::BTreeSet;

use model::{
    Trust,
    rules::Pool,
    schedule::{Schedule, Window},
    time_zone::TimeZone,
};

use super::{
    form,
    pool::Around,
    read::{Node, Object},
    standby::{self, Labels},
};

const WINDOW: &str = r#"{ "days": ["mon"], "from": "08:00", "to": "18:00", "min_nodes": 2 }"#;

/// As the document says it; whether the pool can do so is seen once all of it is read.
pub(super) struct Told<'a> {
    standby: Labels<'a>,
    schedule: Option<(TimeZone, Vec<Opens<'a>>)>,
}

struct Opens<'a> {
    node: Node<'a>,
    /// Without what it sets.
    window: Window,
    min_nodes: Option<(Node<'a>, u32)>,
    standby: Option<Labels<'a>>,
}

pub(super) fn read<'a>(pool: &Object<'a>, around: &Around<'_>) -> Option<Told<'a>> {
    let standby = pool.given("standby").map(|standby| standby::read(&standby, around));
    let schedule = match pool.given("schedule") {
        Some(schedule) => schedule.object(|schedule| read_schedule(schedule, around)).flatten().map(Some),
        None => Some(None),
    };
    Some(Told { standby: standby.unwrap_or_default(), schedule: schedule? })
}

/// The pool with its schedule, if it can keep what that says.
pub(super) fn check(pool: Pool, told: Told<'_>) -> Option<Pool> {
    let Told { standby, schedule } = told;
    let mut is_whole = standby::fits(&pool, &standby);
    let Some((zone, opens)) = schedule else {
        return is_whole.then(|| Pool { standby: standby::by_label(standby), ..pool });
    };
    for it in &opens {
        is_whole &= it.standby.as_ref().is_none_or(|labels| standby::fits(&pool, labels));
        if let Some((node, min)) = &it.min_nodes {
            if pool.is_serverless() {
                node.fault("cannot be kept: the pool has no nodes; leave it out");
                is_whole = false;
            } else if *min > 0 && pool.trust == Trust::Untrusted {
                node.fault("cannot be kept: nothing is warm where the code is a stranger's; leave it out");
                is_whole = false;
            } else if *min > pool.max_nodes {
                node.fault(format!(
                    "is more than the pool may have; write at most {}, its max_nodes",
                    pool.max_nodes
                ));
                is_whole = false;
            }
        }
    }
    let windows = opens.into_iter().map(|it| Window {
        min_nodes: it.min_nodes.map(|(_, min)| min),
        standby: it.standby.map(standby::by_label),
        ..it.window
    });
    let schedule = Some(Schedule { zone, windows: windows.collect() });
    is_whole.then(|| Pool { standby: standby::by_label(standby), schedule, ..pool })
}

fn read_schedule<'a>(schedule: &Object<'a>, around: &Around<'_>) -> Option<(TimeZone, Vec<Opens<'a>>)> {
    let zone = read_zone(schedule);
    let windows = schedule.field("windows", &format!("a list of windows like {WINDOW}"))?.items(WINDOW)?;
    let read = |node: &Node<'a>| node.object(|window| read_window(node, window, around)).flatten();
    let all: Vec<Option<Opens<'_>>> = windows.iter().map(read).collect();
    // Those that could be read are held against each other, whatever the others are.
    let readable: Vec<&Opens<'_>> = all.iter().flatten().collect();
    let mut is_whole = true;
    for (place, it) in readable.iter().enumerate() {
        if let Some(other) = readable[..place].iter().find(|other| it.window.overlaps(&other.window)) {
            it.node.fault(format!(
                "is open while {} is; write windows of which one is open at a time",
                other.node.path()
            ));
            is_whole = false;
        }
    }
    let all: Option<Vec<Opens<'_>>> = all.into_iter().collect();
    Some((zone?, all.filter(|_| is_whole)?))
}

fn read_zone(schedule: &Object<'_>) -> Option<TimeZone> {
    let node = schedule.field("time_zone", form::TIME_ZONE.like)?;
    let name = node.read(&form::TIME_ZONE)?;
    let unknown = match TimeZone::parse(&name) {
        Ok(zone) => return Some(zone),
        Err(unknown) => unknown,
    };
    let instead = if unknown.near.is_empty() {
        form::TIME_ZONE.like.to_owned()
    } else {
        unknown.near.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(" or ")
    };
    node.fault(format!("cannot be \"{name}\", {unknown}; write {instead}"));
    None
}

fn read_window<'a>(node: &Node<'a>, window: &Object<'a>, around: &Around<'_>) -> Option<Opens<'a>> {
    let days = window.field("days", form::WEEKDAY.like).and_then(|days| days.list(&form::WEEKDAY));
    let (from, to) = (window.read("from", &form::CLOCK), window.read("to", &form::CLOCK));
    let min_nodes = window.given("min_nodes");
    let standby = window.given("standby");
    if min_nodes.is_none() && standby.is_none() {
        node.fault("says nothing of what is kept; write min_nodes, standby or both");
        return None;
    }
    let min_nodes = min_nodes.map(|node| node.read(&form::MIN_NODES).map(|min| (node, min)));
    let standby = standby.map(|node| standby::read(&node, around));
    let (from, to) = (from?, to?);
    // Midnight is both, and that is the way to say a whole day.
    if from == to || from.since_midnight() == to.since_midnight() + 24 * 60 {
        node.fault(format!(
            "is open from {from} to {to}, never; write \"00:00\" and \"24:00\" for the whole day"
        ));
        return None;
    }
    let days: BTreeSet<_> = days?.into_iter().map(|(_, day)| day).collect();
    Some(Opens {
        node: node.clone(),
        window: Window { days, from, to, min_nodes: None, standby: None },
        min_nodes: all(min_nodes)?,
        standby,
    })
}

/// What is there must be right.
fn all<T>(field: Option<Option<T>>) -> Option<Option<T>> {
    match field {
        Some(read) => read.map(Some),
        None => Some(None),
    }
}
