//! What a pool keeps by its schedule.

use std::fmt::Write;
use std::time::Duration;

use model::rules::Pool;
use model::time::Timestamp;
use planner::minimum;

use crate::check;
use crate::line::Line;
use crate::pools::pool;

/// How many nodes the pool keeps, whenever that changes, from one time to another.
fn changes(words: &str, from: &str, to: &str) -> String {
    let of: Pool = pool(&Line::new(&format!("x64 16c-32g max=20 {words}")));
    let zone = jiff::tz::TimeZone::get(of.schedule.as_ref().unwrap().zone.name()).unwrap();
    let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let (mut at, end) = (time(from), time(to));
    let (mut known, mut told) = (None, String::new());
    while at < end {
        let n = minimum(&of, Timestamp(at.as_millisecond().try_into().unwrap()));
        if known.replace(n) != Some(n) {
            writeln!(told, "{} {n}", at.to_zoned(zone.clone()).strftime("%a %d %H:%M %Z")).unwrap();
        }
        at += jiff::SignedDuration::from_mins(1);
    }
    told
}

#[test]
fn a_window_is_ready_when_it_opens_and_lasts_until_it_closes() {
    insta::assert_snapshot!(changes(
        "min=1 schedule=Europe/Berlin;mon..fri@08:00-18:00:min:5",
        "2026-11-19T22:00:00Z",
        "2026-11-23T22:00:00Z",
    ), @"
    Thu 19 23:00 CET 1
    Fri 20 07:55 CET 5
    Fri 20 18:00 CET 1
    Mon 23 07:55 CET 5
    Mon 23 18:00 CET 1
    ");
}

#[test]
fn a_window_may_keep_less_and_may_last_over_midnight() {
    insta::assert_snapshot!(changes(
        "min=4 schedule=America/New_York;fri@20:00-24:00:min:1;sat..sun@00:00-24:00:min:0;mon@22:00-06:00:min:9",
        "2026-11-20T12:00:00Z",
        "2026-11-25T00:00:00Z",
    ), @"
    Fri 20 07:00 EST 4
    Fri 20 20:00 EST 1
    Sat 21 00:00 EST 0
    Sun 22 23:55 EST 4
    Mon 23 21:55 EST 9
    Tue 24 06:00 EST 4
    ");
}

#[test]
fn clocks_that_are_put_forward_over_a_window_open_it_then() {
    let spring = ["2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"];
    let over = |window: &str| changes(&format!("schedule=Europe/Berlin;{window}"), spring[0], spring[1]);
    insta::assert_snapshot!(over("sun@02:30-04:00:min:3"), @"
    Sun 29 00:00 CET 0
    Sun 29 01:55 CET 3
    Sun 29 04:00 CEST 0
    ");
    insta::assert_snapshot!(over("sun@01:30-02:30:min:3"), @"
    Sun 29 00:00 CET 0
    Sun 29 01:25 CET 3
    Sun 29 03:00 CEST 0
    ");
    insta::assert_snapshot!(over("sun@01:30-04:30:min:3"), @"
    Sun 29 00:00 CET 0
    Sun 29 01:25 CET 3
    Sun 29 04:30 CEST 0
    ");
    // Nobody's clock shows any of it.
    insta::assert_snapshot!(over("sun@02:15-02:45:min:3"), @"Sun 29 00:00 CET 0");
}

#[test]
fn clocks_that_are_put_back_over_a_window_neither_close_it_early_nor_open_it_twice() {
    let autumn = ["2026-10-24T22:00:00Z", "2026-10-25T04:00:00Z"];
    let over = |window: &str| changes(&format!("schedule=Europe/Berlin;{window}"), autumn[0], autumn[1]);
    insta::assert_snapshot!(over("sun@02:30-04:00:min:3"), @"
    Sun 25 00:00 CEST 0
    Sun 25 02:25 CEST 3
    Sun 25 04:00 CET 0
    ");
    insta::assert_snapshot!(over("sun@01:30-02:30:min:3"), @"
    Sun 25 00:00 CEST 0
    Sun 25 01:25 CEST 3
    Sun 25 02:30 CET 0
    ");
    insta::assert_snapshot!(over("sun@02:15-02:45:min:3"), @"
    Sun 25 00:00 CEST 0
    Sun 25 02:10 CEST 3
    Sun 25 02:45 CET 0
    ");
    insta::assert_snapshot!(over("sun@01:00-02:30:min:3;sun@02:30-04:00:min:5"), @"
    Sun 25 00:00 CEST 0
    Sun 25 00:55 CEST 3
    Sun 25 02:25 CEST 5
    Sun 25 04:00 CET 0
    ");
}

/// It is Monday, 13:46 UTC.
#[test]
fn the_minimum_of_a_window_is_ordered_before_it_opens_and_not_earlier() {
    let ordered = |schedule: &str| check(&format!("pool x64 16c-32g zones=a,b schedule={schedule}\nsurvey"));
    insta::assert_snapshot!(ordered("UTC;mon@13:51-18:00:min:3"), @"
    order 2 of x64 in a, for the minimum
    order 1 of x64 in b, for the minimum
    ");
    insta::assert_snapshot!(ordered("UTC;mon@13:52-18:00:min:3"), @"nothing to do");
    insta::assert_snapshot!(ordered("Europe/Berlin;mon@08:00-14:46:min:3"), @"nothing to do");
    insta::assert_snapshot!(ordered("Europe/Berlin;mon@08:00-14:47:min:3"), @"
    order 2 of x64 in a, for the minimum
    order 1 of x64 in b, for the minimum
    ");
}

#[test]
fn no_node_goes_that_a_window_keeps_and_all_go_after_it() {
    let given_back = |schedule: &str| {
        check(&format!(
            "pool x64 16c-32g schedule={schedule}
             node n1 x64 a idle=60m
             node n2 x64 a idle=50m
             member n1 x64 a registered=16c-32g
             member n2 x64 a registered=16c-32g"
        ))
    };
    insta::assert_snapshot!(given_back("UTC;mon@08:00-18:00:min:2"), @"nothing to do");
    insta::assert_snapshot!(given_back("UTC;mon@08:00-18:00:min:1"), @"
    drain n1: nothing has been on it for long
    terminate n1 of x64, after handle-n1 drains
    ");
    insta::assert_snapshot!(given_back("UTC;mon@08:00-13:46:min:2"), @"
    drain n1: nothing has been on it for long
    drain n2: nothing has been on it for long
    terminate n1 of x64, after handle-n1 drains
    terminate n2 of x64, after handle-n2 drains
    ");
}

#[test]
fn a_window_never_orders_beyond_the_maximum() {
    insta::assert_snapshot!(check(
        "pool x64 16c-32g max=2 schedule=UTC;mon@08:00-18:00:min:2
         node n1 x64 a
         node n2 x64 a lost=5m
         member n1 x64 a registered=16c-32g
         member n2 x64 a registered=16c-32g away",
    ), @"nothing to do");
}

/// Whoever looks at the clock on the wall agrees, at every quarter of an hour of a year.
#[test]
fn what_is_kept_is_what_the_wall_says() {
    let of: Pool = pool(&Line::new(
        "x64 16c-32g min=2 schedule=Europe/Berlin;mon..fri@01:30-02:30:min:1;sun@02:00-03:00:min:7;sat@22:00-01:15:min:3",
    ));
    let schedule = of.schedule.as_ref().unwrap();
    for n in 0..365 * 96 {
        let now = Timestamp(1_767_225_600_000 + n * 15 * 60_000);
        let Some(shown) = schedule.on_the_wall(now) else { continue };
        let by_wall = shown.and_then(|window| window.min_nodes).unwrap_or(of.min_nodes);
        let soon = schedule.on_the_wall(now.after(Duration::from_mins(4))).flatten();
        let soon = soon.and_then(|window| window.min_nodes).unwrap_or(of.min_nodes);
        assert!(minimum(&of, now) >= by_wall.max(soon), "at {now}");
    }
}
