//! What clocks on a wall show, somewhere and at some time, and when they show something.

use std::fmt;

use jiff::Span;
use jiff::civil::{Date, date, time};
use jiff::tz::{AmbiguousOffset, TimeZoneDatabase};

use crate::time::Timestamp;

/// A zone of the IANA database, as it stands in this program: what a machine has on its disk says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(jiff::tz::TimeZone);

/// Why a name is no zone's, with the names that come near.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such time zone")]
pub struct UnknownZone {
    pub near: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A date of the calendar, counted from 1 January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i32);

/// Minutes since midnight, as clocks show them; 24:00 is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute(u16);

/// What a clock on the wall shows, and the calendar beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wall {
    pub day: Day,
    pub minute: Minute,
}

impl TimeZone {
    /// The name as the database writes it, `Europe/Berlin`.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        let zones = TimeZoneDatabase::bundled();
        let found = zones.get(name).ok().filter(|zone| zone.iana_name() == Some(name));
        found.map(Self).ok_or_else(|| UnknownZone { near: near(name) })
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or_default()
    }

    /// Every name that there is.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> =
            TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        names
    }

    pub fn wall(&self, at: Timestamp) -> Wall {
        let shown = self.0.to_datetime(instant(at));
        let minute = u16::try_from(i32::from(shown.hour()) * 60 + i32::from(shown.minute()));
        Wall { day: Day::of(shown.date()), minute: Minute(minute.unwrap_or(0)) }
    }

    /// The first moment at which clocks there have come to this time of this day: where they are put
    /// forward over it, the moment at which they are.
    pub fn first(&self, day: Day, minute: Minute) -> Timestamp {
        self.when(day, minute, true)
    }

    /// The last moment at which they come to it: where they are put back over it, they do so twice.
    pub fn last(&self, day: Day, minute: Minute) -> Timestamp {
        self.when(day, minute, false)
    }

    fn when(&self, day: Day, minute: Minute, is_first: bool) -> Timestamp {
        let day = if minute == Minute::MIDNIGHT { day.next() } else { day };
        let (hours, minutes) = (minute.0 % Minute::MIDNIGHT.0 / 60, minute.0 % 60);
        let clock = time(hours.try_into().unwrap_or(0), minutes.try_into().unwrap_or(0), 0, 0);
        let shown = self.0.to_ambiguous_timestamp(day.date().to_datetime(clock));
        let is_skipped = matches!(shown.offset(), AmbiguousOffset::Gap { .. });
        // Of a time that is skipped the earlier reading lies before the clocks are put forward.
        let found = if is_first || is_skipped { shown.earlier() } else { shown.later() };
        let found = found.unwrap_or(jiff::Timestamp::MAX);
        let put_forward = || self.0.following(found).next().map(|it| it.timestamp());
        timestamp(if is_skipped { put_forward().unwrap_or(found) } else { found })
    }
}

impl Day {
    pub fn weekday(self) -> Weekday {
        // 1 January 1970 was a Thursday.
        Weekday::ALL[usize::try_from((self.0 + 3).rem_euclid(7)).unwrap_or(0)]
    }

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    fn of(shown: Date) -> Self {
        Self(EPOCH.until(shown).map_or(0, |span| span.get_days()))
    }

    fn date(self) -> Date {
        EPOCH.saturating_add(Span::new().try_days(self.0).unwrap_or_default())
    }
}

const EPOCH: Date = date(1970, 1, 1);

impl Minute {
    /// The one at the end of a day.
    pub const MIDNIGHT: Self = Self(24 * 60);

    /// `00:00` to `24:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let digits = |text: &str| {
            let is_whole = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            is_whole.then(|| text.parse::<u16>().ok()).flatten()
        };
        let (hours, minutes) = (digits(hours)?, digits(minutes)?);
        let minute = Self(hours * 60 + minutes);
        (minutes < 60 && minute <= Self::MIDNIGHT).then_some(minute)
    }

    pub const fn since_midnight(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Weekday {
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "mon",
            Self::Tuesday => "tue",
            Self::Wednesday => "wed",
            Self::Thursday => "thu",
            Self::Friday => "fri",
            Self::Saturday => "sat",
            Self::Sunday => "sun",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.name() == name)
    }
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    let ms = i64::try_from(at.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    ms.unwrap_or(jiff::Timestamp::MAX)
}

fn timestamp(at: jiff::Timestamp) -> Timestamp {
    Timestamp(u64::try_from(at.as_millisecond()).unwrap_or(0))
}

/// Names that are the same but for case, of the same city, or off by a letter or two.
fn near(name: &str) -> Vec<String> {
    const NAMED: usize = 3;
    let plain = |text: &str| text.to_lowercase().replace([' ', '-'], "_");
    let city = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let asked = plain(name);
    let mut ranked: Vec<(usize, String)> = TimeZone::names()
        .into_iter()
        .filter_map(|zone| {
            let known = plain(&zone);
            let of_city = city(&known);
            let cities = distance(&city(&asked), &of_city);
            let rank = match () {
                () if known == asked => 0,
                () if cities == 0 => 1,
                () if cities <= of_city.len() / 5 => 1 + cities,
                () => return None,
            };
            Some((rank, zone))
        })
        .collect();
    ranked.sort();
    let best = ranked.first().map_or(0, |(rank, _)| *rank);
    ranked.into_iter().filter(|(rank, _)| *rank == best).take(NAMED).map(|(_, zone)| zone).collect()
}

/// How many letters have to be changed, added or taken away.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut before = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.iter().enumerate() {
            let changed = before + usize::from(a != *b);
            before = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(before + 1);
        }
    }
    row[to.len()]
}
