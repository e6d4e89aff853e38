//! What a pool keeps though no job asks for it: nodes, and tasks on standby, by its schedule.

use std::collections::BTreeSet;
use std::time::Duration;

use model::rules::Pool;
use model::schedule::{Schedule, Standby, Window};
use model::time::Timestamp;

/// What a window keeps is there when it opens: a sweep a minute, the order, a minute until a node has
/// registered, an order that is refused in one zone and given in another, and the start of a task.
pub const READY_WITHIN: Duration = Duration::from_mins(5);

/// How many nodes a pool is to have though nothing is on them. Whoever gives nodes back, replaces them or
/// buys ahead asks here and nowhere else.
#[must_use]
pub fn minimum(pool: &Pool, now: Timestamp) -> u32 {
    let of = |window: Option<&Window>| window.and_then(|it| it.min_nodes).unwrap_or(pool.min_nodes);
    in_force(pool, now).into_iter().map(of).max().unwrap_or(0)
}

/// How many tasks without a job a pool is to have, by label.
#[must_use]
pub fn standby(pool: &Pool, now: Timestamp) -> Standby {
    let of = |window: Option<&'_ Window>| {
        window.and_then(|it| it.standby.clone()).unwrap_or_else(|| pool.standby.clone())
    };
    let mut most = Standby::new();
    for (label, n) in in_force(pool, now).into_iter().flat_map(of) {
        let known = most.entry(label).or_default();
        *known = n.max(*known);
    }
    most.retain(|_, n| *n > 0);
    most
}

/// Every window that is open now or opens soon; nothing stands for the time outside of all.
fn in_force(pool: &Pool, now: Timestamp) -> Vec<Option<&Window>> {
    let Some(schedule) = &pool.schedule else { return vec![None] };
    let soon = now.after(READY_WITHIN);
    let spans = spans(schedule, now);
    // Between these nothing changes.
    let edges = spans.iter().flat_map(|(from, to, _)| [*from, *to]);
    let moments: BTreeSet<Timestamp> = edges.filter(|at| now < *at && *at <= soon).chain([now]).collect();
    let open = |at: &Timestamp| -> Vec<Option<&Window>> {
        // Of two that touch where clocks are put back both are open for that hour.
        let open = spans.iter().filter(|(from, to, _)| from <= at && at < to);
        let open: Vec<_> = open.map(|(_, _, window)| Some(*window)).collect();
        if open.is_empty() { vec![None] } else { open }
    };
    moments.iter().flat_map(open).collect()
}

/// When the windows are open, of yesterday to tomorrow.
fn spans(schedule: &Schedule, now: Timestamp) -> Vec<(Timestamp, Timestamp, &Window)> {
    let Schedule { zone, windows } = schedule;
    let today = zone.wall(now).day;
    let days = [today.before(), today, today.next()];
    let begin = windows.iter().flat_map(|window| days.map(|day| (window, day)));
    begin
        .filter(|(window, day)| window.days.contains(&day.weekday()))
        .map(|(window, day)| {
            let end = if window.is_overnight() { day.next() } else { day };
            (zone.first(day, window.from), zone.last(end, window.to), window)
        })
        .collect()
}
