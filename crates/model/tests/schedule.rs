//! Clocks on walls, and windows by them.
#![expect(clippy::unwrap_used, reason = "a time that cannot be read is a faulty test")]

use std::collections::BTreeSet;

use model::schedule::Window;
use model::time::Timestamp;
use model::time_zone::{Minute, TimeZone, Weekday};

fn zone(name: &str) -> TimeZone {
    TimeZone::parse(name).unwrap()
}

fn at(utc: &str) -> Timestamp {
    Timestamp(utc.parse::<jiff::Timestamp>().unwrap().as_millisecond().try_into().unwrap())
}

fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0.try_into().unwrap()).unwrap().to_string()
}

/// When clocks of the zone come to this time, on the day that they show at `on`: first and last.
fn comes(name: &str, on: &str, clock: &str) -> (String, String) {
    let (zone, minute) = (zone(name), Minute::parse(clock).unwrap());
    let day = zone.wall(at(on)).day;
    (utc(zone.first(day, minute)), utc(zone.last(day, minute)))
}

fn once(time: &str) -> (String, String) {
    (time.to_owned(), time.to_owned())
}

#[test]
fn a_wall_shows_the_zones_day_and_time() {
    let shown = |name: &str, utc: &str| {
        let wall = zone(name).wall(at(utc));
        format!("{} {}", wall.day.weekday().name(), wall.minute)
    };
    assert_eq!(shown("UTC", "1970-01-01T00:00:00Z"), "thu 00:00");
    assert_eq!(shown("Europe/Berlin", "2026-11-21T23:30:00Z"), "sun 00:30");
    assert_eq!(shown("Europe/Berlin", "2026-07-01T12:00:59Z"), "wed 14:00");
    assert_eq!(shown("America/New_York", "2026-11-23T03:00:00Z"), "sun 22:00");
    assert_eq!(shown("Asia/Kathmandu", "2026-11-23T00:00:00Z"), "mon 05:45");
    assert_eq!(shown("Pacific/Kiritimati", "2026-11-22T10:00:00Z"), "mon 00:00");
}

#[test]
fn a_time_that_is_skipped_comes_when_clocks_are_put_forward() {
    let spring = "2026-03-29T12:00:00Z";
    assert_eq!(comes("Europe/Berlin", spring, "01:59"), once("2026-03-29T00:59:00Z"));
    assert_eq!(comes("Europe/Berlin", spring, "02:00"), once("2026-03-29T01:00:00Z"));
    assert_eq!(comes("Europe/Berlin", spring, "02:30"), once("2026-03-29T01:00:00Z"));
    assert_eq!(comes("Europe/Berlin", spring, "03:00"), once("2026-03-29T01:00:00Z"));
    assert_eq!(comes("Europe/Berlin", spring, "24:00"), once("2026-03-29T22:00:00Z"));
}

#[test]
fn a_time_that_is_shown_twice_comes_twice() {
    let autumn = "2026-10-25T12:00:00Z";
    let twice = ("2026-10-25T00:30:00Z".to_owned(), "2026-10-25T01:30:00Z".to_owned());
    assert_eq!(comes("Europe/Berlin", autumn, "02:30"), twice);
    assert_eq!(comes("Europe/Berlin", autumn, "01:59"), once("2026-10-24T23:59:00Z"));
    assert_eq!(comes("Europe/Berlin", autumn, "03:00"), once("2026-10-25T02:00:00Z"));
    let half_an_hour = ("2026-04-04T14:45:00Z".to_owned(), "2026-04-04T15:15:00Z".to_owned());
    assert_eq!(comes("Australia/Lord_Howe", "2026-04-05T02:00:00Z", "01:45"), half_an_hour);
}

#[test]
fn clocks_change_by_rules_that_reach_beyond_the_table() {
    assert_eq!(comes("Europe/Berlin", "2080-07-01T00:00:00Z", "08:00"), once("2080-07-01T06:00:00Z"));
    assert_eq!(comes("America/New_York", "2080-01-01T12:00:00Z", "08:00"), once("2080-01-01T13:00:00Z"));
}

#[test]
fn an_unknown_zone_is_told_with_names_that_come_near() {
    let near = |name: &str| TimeZone::parse(name).unwrap_err().near.join(" ");
    assert_eq!(near("europe/berlin"), "Europe/Berlin");
    assert_eq!(near("Berlin"), "Europe/Berlin");
    assert_eq!(near("Europe/Berln"), "Europe/Berlin");
    assert_eq!(near("America/New York"), "America/New_York");
    assert_eq!(near("Americas/Sao_Paolo"), "America/Sao_Paulo");
    assert_eq!(near("CEST"), "");
    assert_eq!(near("Mars/Olympus_Mons"), "");
    assert_eq!(near(""), "");
    assert!(TimeZone::names().len() > 400);
    for name in TimeZone::names() {
        assert_eq!(zone(&name).name(), name);
    }
}

#[test]
fn times_of_the_day_are_two_digits_each() {
    for (text, minutes) in [("00:00", 0), ("07:30", 450), ("23:59", 1439), ("24:00", 1440)] {
        assert_eq!(Minute::parse(text).map(Minute::since_midnight), Some(minutes));
        assert_eq!(Minute::parse(text).unwrap().to_string(), text);
    }
    for text in ["", "7:30", "07:60", "24:01", "25:00", "0730", "07:30:00", "+7:30", "ab:cd"] {
        assert_eq!(Minute::parse(text), None, "{text}");
    }
}

fn window(days: &str, from: &str, to: &str) -> Window {
    let days: BTreeSet<Weekday> = days.split(' ').map(|day| Weekday::from_name(day).unwrap()).collect();
    let clock = |text| Minute::parse(text).unwrap();
    Window { days, from: clock(from), to: clock(to), min_nodes: None, standby: None }
}

#[test]
fn windows_overlap_where_both_are_open() {
    let overlap = |one: &Window, other: &Window| {
        assert_eq!(one.overlaps(other), other.overlaps(one));
        one.overlaps(other)
    };
    let office = window("mon tue wed thu fri", "08:00", "18:00");
    assert!(overlap(&office, &window("fri", "17:59", "20:00")));
    assert!(overlap(&office, &window("sun", "20:00", "08:01")), "it lasts into Monday");
    assert!(overlap(&office, &office.clone()));
    assert!(!overlap(&office, &window("mon tue wed thu fri", "18:00", "08:00")));
    assert!(!overlap(&office, &window("sat sun", "00:00", "24:00")));
    assert!(overlap(&window("sun", "00:00", "24:00"), &window("sat", "22:00", "06:00")));
    assert!(!overlap(&window("sun", "12:00", "24:00"), &window("mon", "00:00", "12:00")));
}

/// What Terraform refuses before anything is made: one name a line, the last line too.
#[test]
fn terraform_knows_the_same_zones() {
    let listed =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../terraform/time_zones.txt"));
    let names: String = TimeZone::names().iter().map(|name| format!("{name}\n")).collect();
    assert!(listed.unwrap() == names, "write terraform/time_zones.txt anew:\n{names}");
}
