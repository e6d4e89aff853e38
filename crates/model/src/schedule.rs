//! When a pool keeps more than otherwise, or less.

use std::collections::{BTreeMap, BTreeSet};

use crate::time::Timestamp;
use crate::time_zone::{Minute, TimeZone, Wall, Weekday};

/// How many tasks are to be started and without a job, by the one label that such a job has, in lower case.
pub type Standby = BTreeMap<String, u32>;

/// Windows of one zone's clocks, of which no two are open at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub zone: TimeZone,
    pub windows: Vec<Window>,
}

/// Open from the first moment at which the zone's clocks come to its beginning until the last at which
/// they come to its end: over a change of the clocks it neither closes too early nor twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// On which it begins.
    pub days: BTreeSet<Weekday>,
    pub from: Minute,
    /// On the next day, unless it is later than the beginning.
    pub to: Minute,
    /// What holds instead of the pool's own while it is open; nothing, where that stays.
    pub min_nodes: Option<u32>,
    pub standby: Option<Standby>,
}

impl Schedule {
    /// Which window is open by what clocks show alone, if one is; unknown while they show each time twice.
    pub fn on_the_wall(&self, at: Timestamp) -> Option<Option<&Window>> {
        let wall = self.zone.wall(at);
        let is_once = self.zone.first(wall.day, wall.minute) == self.zone.last(wall.day, wall.minute);
        is_once.then(|| self.windows.iter().find(|window| window.shows(wall)))
    }
}

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

impl Window {
    pub fn is_overnight(&self) -> bool {
        self.to <= self.from
    }

    /// Whether a clock on the wall shows a time in it.
    pub fn shows(&self, wall: Wall) -> bool {
        let begins = |day: Weekday| self.days.contains(&day);
        let (today, yesterday) = (wall.day.weekday(), wall.day.before().weekday());
        if self.is_overnight() {
            return (begins(today) && self.from <= wall.minute)
                || (begins(yesterday) && wall.minute < self.to);
        }
        begins(today) && self.from <= wall.minute && wall.minute < self.to
    }

    /// Whether there is a time of the week in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (own, others) = (self.of_the_week(), other.of_the_week());
        let meet = |(start, length): &(u32, u32), (other, others): &(u32, u32)| {
            (other + WEEK - start) % WEEK < *length || (start + WEEK - other) % WEEK < *others
        };
        own.iter().any(|own| others.iter().any(|other| meet(own, other)))
    }

    /// Beginnings and lengths, in minutes since Monday's midnight.
    fn of_the_week(&self) -> Vec<(u32, u32)> {
        let (from, to) = (u32::from(self.from.since_midnight()), u32::from(self.to.since_midnight()));
        let length = if self.is_overnight() { to + DAY - from } else { to - from };
        let days = (0_u32..).zip(Weekday::ALL).filter(|(_, day)| self.days.contains(day));
        days.map(|(n, _)| (n * DAY + from, length)).collect()
    }
}
