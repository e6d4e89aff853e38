//! Moments, as the services spell them.

use serde_json::{Value, json};
use std::time::Duration;

/// A moment: what has passed since the Unix epoch.
pub type Time = Duration;

/// How one wire form spells a moment.
pub(crate) type Stamp = fn(Time) -> Value;

/// Epoch seconds with milliseconds: the JSON protocol.
pub(crate) fn epoch(at: Time) -> Value {
    json!(at.as_millis() as f64 / 1000.0)
}

/// ISO 8601 with milliseconds: XML and EventBridge.
pub(crate) fn iso(at: Time) -> Value {
    Value::String(text(at))
}

pub(crate) fn text(at: Time) -> String {
    format!("{}.{:03}Z", seconds(at), at.subsec_millis())
}

/// To the second, as in the causes of scaling activities and in an event's `time`.
pub(crate) fn text_to_the_second(at: Time) -> String {
    format!("{}Z", seconds(at))
}

fn seconds(at: Time) -> String {
    let (days, second) = (at.as_secs() / 86_400, at.as_secs() % 86_400);
    let (year, month, day) = date_of(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Reads `2018-06-18`, `2018-06-18T22:28:28`, with a fraction, with `Z` or an offset.
pub(crate) fn parse(text: &str) -> Option<Time> {
    let (date, clock) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
    let mut date = date.splitn(3, '-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let clock = clock.trim_end_matches('Z');
    let (clock, offset_s) = split_offset(clock)?;
    let mut clock = clock.splitn(3, ':');
    let hour: f64 = clock.next()?.parse().ok()?;
    let minute: f64 = clock.next()?.parse().ok()?;
    let second: f64 = clock.next().map_or(Some(0.0), |part| part.parse().ok())?;
    let in_day = hour * 3600.0 + minute * 60.0 + second - offset_s;
    let whole = days_to(year, month, day) as f64 * 86_400.0 + in_day;
    // To the millisecond: nothing here is finer, and seconds as a fraction are not exact.
    let rounded = Duration::try_from_secs_f64(whole).ok()? + Duration::from_micros(500);
    u64::try_from(rounded.as_millis()).ok().map(Duration::from_millis)
}

fn split_offset(clock: &str) -> Option<(&str, f64)> {
    let Some(at) = clock.rfind(['+', '-']) else { return Some((clock, 0.0)) };
    let (clock, offset) = clock.split_at(at);
    let sign = if offset.starts_with('-') { -1.0 } else { 1.0 };
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let number: f64 = digits.parse().ok()?;
    Some((clock, sign * ((number / 100.0).trunc() * 3600.0 + number % 100.0 * 60.0)))
}

/// Days since the epoch of a date of the Gregorian calendar (years counted from March).
fn days_to(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + day - 1 - 719_468
}

fn date_of(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read_back() {
        let at = Duration::from_millis(1_795_257_723_450);
        assert_eq!(text(at), "2026-11-21T10:42:03.450Z");
        assert_eq!(parse(&text(at)), Some(at));
        assert_eq!(text(Duration::from_secs(951_782_400)), "2000-02-29T00:00:00.000Z");
    }

    #[test]
    fn every_spelling_of_the_query_language_is_read() {
        let at = Some(Duration::from_secs(1_529_360_908));
        for spelling in ["2018-06-18T22:28:28+00:00", "2018-06-18T22:28:28Z", "2018-06-18T22:28:28"] {
            assert_eq!(parse(spelling), at, "{spelling}");
        }
        assert_eq!(parse("2018-06-18"), Some(Duration::from_secs(1_529_280_000)));
        assert_eq!(parse("yesterday"), None);
    }
}
