//! The words of a line of a scenario.

use std::time::Duration;

use model::time::Timestamp;

use crate::scenario::NOW;

/// The words after the first one of a line.
pub(crate) struct Line<'a>(Vec<&'a str>);

impl<'a> Line<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self(text.split_whitespace().collect())
    }

    pub(crate) fn at(&self, place: usize) -> &'a str {
        self.0.get(place).unwrap_or_else(|| panic!("{:?} has no word {place}", self.0))
    }

    pub(crate) fn from(&self, place: usize) -> String {
        self.0[place..].join(" ")
    }

    pub(crate) fn says(&self, word: &str) -> bool {
        self.0.contains(&word)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(|word| word.split_once('='))
    }

    pub(crate) fn ago(&self, otherwise: Duration) -> Timestamp {
        self.get("ago").map_or_else(|| Timestamp(NOW.0 - millis(otherwise)), before)
    }
}

pub(crate) fn before(text: &str) -> Timestamp {
    Timestamp(NOW.0 - millis(duration(text)))
}

pub(crate) fn duration(text: &str) -> Duration {
    match (text.strip_suffix('h'), text.strip_suffix('m')) {
        (Some(hours), _) => Duration::from_hours(number(hours)),
        (None, Some(minutes)) => Duration::from_mins(number(minutes)),
        (None, None) => Duration::from_secs(number(text.trim_end_matches('s'))),
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

pub(crate) fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("`{text}` is no number: {error:?}"))
}
