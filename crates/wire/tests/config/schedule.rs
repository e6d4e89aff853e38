//! What pools keep, and when.

use model::{schedule::Schedule, time_zone::Weekday};

use super::*;

fn pool(changes: &[(&str, Value)]) -> String {
    let changes: Vec<(String, Value)> =
        changes.iter().map(|(field, value)| (format!("/pools/arm64-spot/{field}"), value.clone())).collect();
    let changes: Vec<(&str, Value)> =
        changes.iter().map(|(place, value)| (place.as_str(), value.clone())).collect();
    faults(&changes)
}

/// Windows of a pool that may have ten nodes.
fn windows(windows: &Value) -> String {
    pool(&[("schedule", json!({ "time_zone": "Europe/Berlin", "windows": windows }))])
}

fn zone(name: &str) -> String {
    let window = json!({ "days": ["mon"], "from": "08:00", "to": "18:00", "min_nodes": 1 });
    pool(&[("schedule", json!({ "time_zone": name, "windows": [window] }))])
}

/// What Terraform's own tests write.
#[test]
fn a_schedule_is_read_with_what_each_window_sets() {
    let mut document = golden();
    let keeps: Value = serde_json::from_slice(include_bytes!("../golden/schedule.json")).unwrap();
    for field in ["standby", "schedule"] {
        change(&mut document, &format!("/pools/arm64-spot/{field}"), &keeps[field]);
    }
    let read = check(document.to_string().as_bytes()).unwrap();
    let pool = read.rules.pools.values().next().unwrap();
    assert_eq!(pool.standby, [("dagger-v0-19-4-4c-8g".to_owned(), 1)].into());
    let Some(Schedule { zone, windows }) = &pool.schedule else { panic!("no schedule: {pool:?}") };
    assert_eq!(zone.name(), "Europe/Berlin");
    let [day, night] = &windows[..] else { panic!("not two windows: {windows:?}") };
    assert_eq!(day.days.len(), 5);
    assert_eq!(night.days, [Weekday::Friday, Weekday::Saturday].into());
    assert_eq!((day.from.to_string(), day.to.to_string()), ("07:30".to_owned(), "19:00".to_owned()));
    assert_eq!((day.min_nodes, &day.standby, day.is_overnight()), (Some(3), &None, false));
    assert_eq!((night.min_nodes, night.is_overnight()), (Some(0), true));
    assert_eq!(night.standby, Some([("docker-2c-4g".to_owned(), 2)].into()));
}

#[test]
fn a_pool_that_says_nothing_of_them_has_neither() {
    let read = check(GOLDEN).unwrap();
    let pool = read.rules.pools.values().next().unwrap();
    assert!(pool.standby.is_empty() && pool.schedule.is_none());
    let mut document = golden();
    document["pools"]["arm64-spot"]["standby"] = Value::Null;
    document["pools"]["arm64-spot"]["schedule"] = Value::Null;
    assert_eq!(check(document.to_string().as_bytes()).unwrap().rules, read.rules);
}

#[test]
fn a_zone_is_one_of_the_database_and_others_are_told_what_is_near() {
    assert_eq!(zone("Asia/Kolkata"), "ok");
    insta::assert_snapshot!(zone("europe/berlin"), @r#"pools.arm64-spot.schedule.time_zone: cannot be "europe/berlin", there is no such time zone; write "Europe/Berlin""#);
    insta::assert_snapshot!(zone("Berlin"), @r#"pools.arm64-spot.schedule.time_zone: cannot be "Berlin", there is no such time zone; write "Europe/Berlin""#);
    insta::assert_snapshot!(zone("Europe/Amsterdm"), @r#"pools.arm64-spot.schedule.time_zone: cannot be "Europe/Amsterdm", there is no such time zone; write "Europe/Amsterdam""#);
    insta::assert_snapshot!(zone("CEST"), @r#"pools.arm64-spot.schedule.time_zone: cannot be "CEST", there is no such time zone; write the name of an IANA time zone, like "Europe/Berlin""#);
    insta::assert_snapshot!(pool(&[("schedule", json!({ "windows": [] }))]), @r#"
    pools.arm64-spot.schedule.time_zone: is missing; write the name of an IANA time zone, like "Europe/Berlin"
    pools.arm64-spot.schedule.windows: cannot be empty; write a list of at least one: { "days": ["mon"], "from": "08:00", "to": "18:00", "min_nodes": 2 }
    "#);
}

#[test]
fn windows_are_days_and_times_and_something_that_is_kept() {
    insta::assert_snapshot!(windows(&json!([
        { "days": ["mon"], "from": "08:00", "to": "08:00", "min_nodes": 1 },
        { "days": [], "from": "8:00", "to": "18:60", "min_nodes": -1 },
        { "days": ["monday", "tue", "tue"], "from": "08:00", "to": "18:00", "min_nodes": 11, "max_nodes": 3 },
        { "days": ["wed"], "from": "08:00", "to": "18:00" },
        { "from": "24:00", "min_nodes": 1 },
        7,
    ])), @r#"
    pools.arm64-spot.schedule.windows[0]: is open from 08:00 to 08:00, never; write "00:00" and "24:00" for the whole day
    pools.arm64-spot.schedule.windows[1].days: cannot be empty; write a list of at least one: "mon", "tue", "wed", "thu", "fri", "sat" or "sun"
    pools.arm64-spot.schedule.windows[1].from: cannot be "8:00"; write a time of the day from "00:00" to "24:00"
    pools.arm64-spot.schedule.windows[1].min_nodes: cannot be -1; write a whole number from 0 to 5000
    pools.arm64-spot.schedule.windows[1].to: cannot be "18:60"; write a time of the day from "00:00" to "24:00"
    pools.arm64-spot.schedule.windows[2].days[0]: cannot be "monday"; write "mon", "tue", "wed", "thu", "fri", "sat" or "sun"
    pools.arm64-spot.schedule.windows[2].days[2]: "tue" stands there twice; leave it out
    pools.arm64-spot.schedule.windows[2].max_nodes: is unknown; write only `days`, `from`, `to`, `min_nodes`, `standby`
    pools.arm64-spot.schedule.windows[3]: says nothing of what is kept; write min_nodes, standby or both
    pools.arm64-spot.schedule.windows[4].days: is missing; write "mon", "tue", "wed", "thu", "fri", "sat" or "sun"
    pools.arm64-spot.schedule.windows[4].to: is missing; write a time of the day from "00:00" to "24:00"
    pools.arm64-spot.schedule.windows[5]: cannot be 7; write an object
    "#);
    insta::assert_snapshot!(windows(&json!([{ "days": ["mon"], "from": "08:00", "to": "18:00", "min_nodes": 11 }])), @"pools.arm64-spot.schedule.windows[0].min_nodes: is more than the pool may have; write at most 10, its max_nodes");
    assert_eq!(windows(&json!([{ "days": ["mon"], "from": "00:00", "to": "24:00", "min_nodes": 10 }])), "ok");
}

#[test]
fn one_window_is_open_at_a_time() {
    let open =
        |days: &[&str], from: &str, to: &str| json!({ "days": days, "from": from, "to": to, "min_nodes": 1 });
    insta::assert_snapshot!(windows(&json!([
        open(&["mon", "tue"], "08:00", "18:00"),
        open(&["tue"], "18:00", "20:00"),
        open(&["sun"], "22:00", "08:30"),
        open(&["tue"], "17:59", "18:01"),
    ])), @"
    pools.arm64-spot.schedule.windows[2]: is open while pools.arm64-spot.schedule.windows[0] is; write windows of which one is open at a time
    pools.arm64-spot.schedule.windows[3]: is open while pools.arm64-spot.schedule.windows[0] is; write windows of which one is open at a time
    ");
}

#[test]
fn standby_is_of_labels_that_run_in_the_pool() {
    insta::assert_snapshot!(pool(&[("standby", json!({
        "dagger-v0-19-4-4c-8g-arm64-spot": 2,
        "Dagger-v0-19-4-4c-8g-arm64-spot": 2,
        "dagger-v0-19-4-4c-8g-x64": 1,
        "dagger-v0-19-4-od": 1,
        "dagger-v0-18-0": 1,
        "dagger-gpu": 1,
        "dagger-32c": 1,
        "dagger-run-7": 1,
        "ubuntu-latest": 1,
        "docker-2c-4g": 1001,
    }))]), @"
    pools.arm64-spot.standby.dagger-32c: is larger than the pool holds; write a smaller size
    pools.arm64-spot.standby.dagger-gpu: differs from the pool in having a GPU; keep it in a pool like itself
    pools.arm64-spot.standby.dagger-run-7: is for one run, which nobody knows ahead; write the label without `-run-…`
    pools.arm64-spot.standby.dagger-v0-18-0: v0.18.0 is below v0.19.0, the oldest version this installation runs; write `dagger-v0-19-0`
    pools.arm64-spot.standby.dagger-v0-19-4-4c-8g-arm64-spot: stands there twice; leave one out
    pools.arm64-spot.standby.dagger-v0-19-4-4c-8g-x64: asks for x86_64, the pool is arm64; keep `dagger-v0-19-4-4c-8g-x64` in a pool of x86_64
    pools.arm64-spot.standby.dagger-v0-19-4-od: asks for on-demand, the pool is spot; keep `dagger-v0-19-4-od` in a pool of on-demand
    pools.arm64-spot.standby.docker-2c-4g: cannot be 1001; write a whole number of tasks from 0 to 1000
    pools.arm64-spot.standby.ubuntu-latest: is no label of ours; write one that jobs have, like `dagger-v0-19-4-4c-8g`
    ");
    insta::assert_snapshot!(pool(&[("standby", json!(["dagger"]))]), @r#"pools.arm64-spot.standby: is no object; write a number for each label, like { "dagger-v0-19-4-4c-8g": 2 }"#);
    insta::assert_snapshot!(faults(&[
        ("/pools/arm64-spot/trust", json!("untrusted")),
        ("/pools/arm64-spot/standby", json!({ "dagger-4c": 1 })),
        ("/clusters/untrusted", json!("arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-untrusted")),
        ("/nodes/role_arns/untrusted", json!("arn:aws:iam::123456789012:role/quillon-node-untrusted")),
    ]), @"pools.arm64-spot.standby.dagger-4c: cannot be kept: nothing is warm where the code is a stranger's; leave it out");
}

#[test]
fn a_pool_without_nodes_keeps_tasks_and_no_nodes() {
    let told = |more: Value| {
        let mut pool = json!({
            "carrier": "serverless", "arch": "arm64", "purchase": "spot", "trust": "trusted", "max_tasks": 20,
            "default_size": { "vcpu": 1, "memory_gib": 2 },
            "network": { "subnets": ["subnet-0a"], "security_groups": ["sg-0c"], "public_ip": true },
        });
        pool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        faults(&[("/pools/bare-spot", pool)])
    };
    assert_eq!(told(json!({ "standby": { "bare-1c-2g": 3 } })), "ok");
    insta::assert_snapshot!(told(json!({ "standby": { "dagger-1c-2g": 3 } })), @"pools.bare-spot.standby.dagger-1c-2g: needs a node, and the pool has none; write a label of the kind `bare`");
    insta::assert_snapshot!(told(json!({ "schedule": { "time_zone": "UTC", "windows": [
        { "days": ["mon"], "from": "08:00", "to": "18:00", "min_nodes": 1 },
    ] } })), @"pools.bare-spot.schedule.windows[0].min_nodes: cannot be kept: the pool has no nodes; leave it out");
}
