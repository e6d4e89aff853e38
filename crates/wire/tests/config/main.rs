//! What the configuration document says, and everything that is wrong with one.

mod app;
mod pool;
mod schedule;
mod tier;

use model::{
    Arch, Purchase, Trust,
    budget::AMinute,
    size::{CpuUnits, Mib, Size},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::config::check;

const GOLDEN: &[u8] = include_bytes!("../golden/config.json");

/// The golden document with some places changed (`null` takes a field away), and all that is wrong with it.
fn faults(changes: &[(&str, Value)]) -> String {
    let mut document = golden();
    for (place, value) in changes {
        change(&mut document, place, value);
    }
    match check(document.to_string().as_bytes()) {
        Ok(_) => "ok".to_owned(),
        Err(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

fn golden() -> Value {
    serde_json::from_slice(GOLDEN).expect("the golden document is JSON")
}

fn change(document: &mut Value, place: &str, value: &Value) {
    let (parent, field) = place.rsplit_once('/').expect("a JSON pointer");
    let parent = document
        .pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .expect("an object of the golden document");
    if value.is_null() {
        parent.remove(field).expect("a field of the golden document");
    } else {
        parent.insert(field.to_owned(), value.clone());
    }
}

#[test]
fn the_golden_document_is_read() {
    let configuration = check(GOLDEN).unwrap();
    let pool = configuration.rules.pools.values().next().unwrap();
    assert_eq!(pool.name.as_str(), "arm64-spot");
    assert_eq!((pool.arch, pool.purchase, pool.trust), (Arch::Arm64, Purchase::Spot, Trust::Trusted));
    assert_eq!(pool.node, Size { cpu: CpuUnits(16384), memory: Mib(32 * 960) });
    assert_eq!(pool.default_size, Size { cpu: CpuUnits(4096), memory: Mib(8 * 960) });
    assert_eq!((pool.max_nodes, pool.zones.len(), pool.has_gpu), (10, 2, false));
    assert_eq!(configuration.rules.min_version, Some("v0.19.0".parse().unwrap()));
    assert!(configuration.rules.private_repositories_allow_forks);
    insta::assert_debug_snapshot!(configuration.settings, @r#"
    Settings {
        installation: "quillon",
        region: "eu-central-1",
        account: "123456789012",
        api_url: "https://abc.execute-api.eu-central-1.amazonaws.com",
        table: "quillon",
        doorbell: "https://sqs.eu-central-1.amazonaws.com/123456789012/quillon.fifo",
        app: App {
            api_url: "https://api.github.com",
            id: 123456,
            private_key_parameter: "/quillon/github/private-key",
            webhook_secret_parameter: "/quillon/github/webhook-secret",
            runner_group_id: 1,
            registrars: [
                Registrar {
                    id: 234567,
                    private_key_parameter: "/quillon/github/registrars/234567/private-key",
                },
            ],
        },
        images: Images {
            runner: "ghcr.io/quillon/runner:v0.1.0",
            engine: "registry.dagger.io/engine",
            dockerd: "ghcr.io/quillon/dockerd:v0.1.0",
        },
        tasks: Tasks {
            role_arn: "arn:aws:iam::123456789012:role/quillon-task",
            execution_role_arn: "arn:aws:iam::123456789012:role/quillon-execution",
            log_group: "/quillon/tasks",
        },
        node_roles: {
            Trusted: "arn:aws:iam::123456789012:role/quillon-node-trusted",
        },
        clusters: {
            Trusted: "arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-trusted",
        },
        pools: {
            PoolName(
                "arm64-spot",
            ): PoolSettings {
                group: "quillon-arm64-spot",
                instance_types: [
                    "c7gd.4xlarge",
                ],
            },
        },
        serverless: {},
    }
    "#);
}

#[test]
fn a_document_may_set_no_oldest_version() {
    let mut document = golden();
    document["labels"]["min_version"] = Value::Null;
    assert_eq!(check(document.to_string().as_bytes()).unwrap().rules.min_version, None);
}

#[test]
fn a_world_on_the_loopback_is_as_good_as_any() {
    insta::assert_snapshot!(faults(&[
        ("/api_url", json!("http://127.0.0.1:4566/_apis/abc")),
        ("/doorbell", json!("http://127.0.0.1:4566/123456789012/quillon.fifo")),
        ("/github/api_url", json!("http://127.0.0.1:8080")),
        ("/images/engine", json!("127.0.0.1:5000/engine")),
        ("/images/runner", json!("localhost/runner@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")),
    ]), @"ok");
}

#[test]
fn what_is_no_json_object_is_said_so() {
    let told = |text: &str| check(text.as_bytes()).unwrap_err()[0].to_string();
    insta::assert_snapshot!(told(""), @"the document: is no JSON: EOF while parsing a value at line 1 column 0; write one JSON object");
    insta::assert_snapshot!(told("{\"version\": 1,}"), @"the document: is no JSON: trailing comma at line 1 column 15; write one JSON object");
    insta::assert_snapshot!(told("[]"), @"the document: cannot be empty; write an object");
    insta::assert_snapshot!(told("\"quillon\""), @r#"the document: cannot be "quillon"; write an object"#);
}

#[test]
fn an_empty_object_lacks_everything_at_once() {
    let faults = check(b"{}").unwrap_err();
    insta::assert_snapshot!(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), @r#"
    account: is missing; write the twelve digits of an account, like "123456789012"
    api_url: is missing; write a URL that begins with https:// or http:// and does not end with a slash, like "https://api.example.com"
    clusters: is missing; write an object with a cluster for each trust tier
    doorbell: is missing; write the URL of a FIFO queue, like "https://sqs.eu-central-1.amazonaws.com/123456789012/quillon.fifo"
    github.api_url: is missing; write a URL that begins with https:// or http:// and does not end with a slash, like "https://api.example.com"
    github.app_id: is missing; write a whole number from 1 up
    github.private_key_parameter: is missing; write the full name of a parameter, like "/quillon/github/private-key"
    github.private_repositories_allow_forks: is missing; write true or false
    github.runner_group_id: is missing; write a whole number from 1 up
    github.webhook_secret_parameter: is missing; write the full name of a parameter, like "/quillon/github/private-key"
    images.dockerd: is missing; write an image with its registry and its tag or digest, like "ghcr.io/quillon/runner:v0.1.0"
    images.engine: is missing; write an image with its registry and without a tag, which is each job's to say, like "registry.dagger.io/engine"
    images.runner: is missing; write an image with its registry and its tag or digest, like "ghcr.io/quillon/runner:v0.1.0"
    installation: is missing; write a name of 1 to 32 of a-z, 0-9 and -, starting with a letter
    labels.min_version: is missing; write a release like "v0.19.4", or null for no limit
    pools: is missing; write an object with a pool or more
    region: is missing; write a region, like "eu-central-1"
    table: is missing; write the name of a table, 3 to 255 letters, digits and . _ -
    tasks.execution_role_arn: is missing; write the ARN of a role, like "arn:aws:iam::123456789012:role/quillon-task"
    tasks.log_group: is missing; write the name of a log group, like "/quillon/tasks"
    tasks.role_arn: is missing; write the ARN of a role, like "arn:aws:iam::123456789012:role/quillon-task"
    version: is missing; write 1, the only version of the document that is read here
    "#);
}

#[test]
fn every_field_of_the_document_is_needed() {
    let golden = golden();
    for place in fields(&golden, "").into_iter().filter(|place| !may_be_left_out(place)) {
        let told = faults(&[(&place, Value::Null)]);
        assert_ne!(told, "ok", "{place} can be left out");
    }
}

fn may_be_left_out(place: &str) -> bool {
    ["min_nodes", "idle_after_minutes", "max_age_hours", "/registrars"]
        .iter()
        .any(|field| place.ends_with(field))
}

#[test]
fn a_pool_keeps_nothing_and_gives_idle_nodes_back_if_it_says_nothing_else() {
    let golden = check(GOLDEN).unwrap();
    let mut document = self::golden();
    for field in ["min_nodes", "idle_after_minutes", "max_age_hours"] {
        change(&mut document, &format!("/pools/arm64-spot/{field}"), &Value::Null);
    }
    assert_eq!(check(document.to_string().as_bytes()).unwrap(), golden);
    let pool = golden.rules.pools.values().next().unwrap();
    assert_eq!((pool.min_nodes, pool.idle_after.as_secs(), pool.max_age.as_secs()), (0, 600, 604_800));
    assert_eq!(pool.price.to_string(), "$0.2903");
}

#[test]
fn a_pool_may_cost_what_it_costs_unless_it_says_how_much_in_a_day() {
    let budget = |value: Value| {
        let mut document = golden();
        document["pools"]["arm64-spot"]["daily_budget_usd"] = value;
        let rules = check(document.to_string().as_bytes()).unwrap().rules;
        rules.pools.into_values().next().unwrap().daily_budget.map(|usd| usd.to_string())
    };
    assert_eq!(budget(Value::Null), None);
    assert_eq!(budget(json!(25)), Some("$25.00".to_owned()));
    assert_eq!(budget(json!(0.5)), Some("$0.50".to_owned()));
    insta::assert_snapshot!(faults(&[("/pools/arm64-spot/daily_budget_usd", json!(0))]), @"pools.arm64-spot.daily_budget_usd: cannot be 0; write a number of dollars above 0");
    insta::assert_snapshot!(faults(&[("/pools/arm64-spot/daily_budget_usd", json!("25 $"))]), @r#"pools.arm64-spot.daily_budget_usd: cannot be "25 $"; write a number of dollars above 0"#);
}

#[test]
fn what_a_pool_keeps_is_told_in_numbers_that_can_be() {
    insta::assert_snapshot!(faults(&[
        ("/pools/arm64-spot/min_nodes", json!(11)),
        ("/pools/arm64-spot/idle_after_minutes", json!(0)),
        ("/pools/arm64-spot/max_age_hours", json!("a week")),
    ]), @r#"
    pools.arm64-spot: keeps 11 nodes and may have 10; write a min_nodes of at most 10
    pools.arm64-spot.idle_after_minutes: cannot be 0; write a whole number of minutes from 1 to 1440
    pools.arm64-spot.max_age_hours: cannot be "a week"; write a whole number of hours from 1 to 8760
    "#);
    insta::assert_snapshot!(faults(&[("/pools/arm64-spot/min_nodes", json!(11))]), @"pools.arm64-spot: keeps 11 nodes and may have 10; write a min_nodes of at most 10");
}

/// Every field of every object, however deep.
fn fields(value: &Value, at: &str) -> Vec<String> {
    let of_child = |(key, child): (&String, &Value)| {
        let place = format!("{at}/{key}");
        let mut below = fields(child, &place);
        below.push(place);
        below
    };
    value.as_object().into_iter().flatten().flat_map(of_child).collect()
}

#[test]
fn faults_of_every_sort_come_out_together() {
    insta::assert_snapshot!(faults(&[
        ("/version", json!(2)),
        ("/colour", json!("red")),
        ("/region", json!(7)),
        ("/github/app_id", Value::Null),
        ("/github/runner_group_id", json!(0)),
        ("/labels/min_version", json!("0.19")),
        ("/pools/arm64-spot/max_nodes", json!("10")),
        ("/pools/arm64-spot/maximum", json!(10)),
        ("/pools/arm64-spot/default_size/memory_gib", json!(8.5)),
        ("/pools/Big_One", json!({})),
    ]), @r#"
    colour: is unknown; write only `version`, `installation`, `region`, `account`, `api_url`, `table`, `doorbell`, `github`, `labels`, `limits`, `images`, `tasks`, `clusters`, `nodes`, `pools`
    github.app_id: is missing; write a whole number from 1 up
    github.runner_group_id: cannot be 0; write a whole number from 1 up
    labels.min_version: cannot be "0.19"; write a release like "v0.19.4", or null for no limit
    pools.Big_One: `B` cannot appear in a pool name; use a-z, 0-9 and `-`; write `big-one`
    pools.Big_One.arch: is missing; write "x86_64" or "arm64"
    pools.Big_One.default_size.memory_gib: is missing; write a whole number of GiB from 1 to 3072
    pools.Big_One.default_size.vcpu: is missing; write a whole number of vCPUs from 1 to 384
    pools.Big_One.gpu: is missing; write true or false
    pools.Big_One.group: is missing; write the name of an Auto Scaling group, 1 to 255 characters without colons
    pools.Big_One.instance_types: is missing; write a list of instance types
    pools.Big_One.max_nodes: is missing; write a whole number from 1 to 5000
    pools.Big_One.purchase: is missing; write "spot" or "on-demand"
    pools.Big_One.trust: is missing; write "trusted" or "untrusted"
    pools.Big_One.zones: is missing; write a list of zones
    pools.arm64-spot.default_size.memory_gib: cannot be 8.5; write a whole number of GiB from 1 to 3072
    pools.arm64-spot.max_nodes: cannot be "10"; write a whole number from 1 to 5000
    pools.arm64-spot.maximum: is unknown; write only `carrier`, `arch`, `purchase`, `trust`, `group`, `instance_types`, `zones`, `max_nodes`, `min_nodes`, `idle_after_minutes`, `max_age_hours`, `daily_budget_usd`, `default_size`, `gpu`, `fallback_pool`, `fallback_after_minutes`, `standby`, `schedule`
    region: cannot be 7; write a region, like "eu-central-1"
    version: cannot be 2; write 1, the only version of the document that is read here
    "#);
}

#[test]
fn names_urls_and_arns_are_well_formed() {
    insta::assert_snapshot!(faults(&[
        ("/installation", json!("Quillon")),
        ("/account", json!("12345678901")),
        ("/api_url", json!("https://abc.execute-api.eu-central-1.amazonaws.com/")),
        ("/doorbell", json!("quillon.fifo")),
        ("/table", json!("a table")),
        ("/github/api_url", json!("api.github.com")),
        ("/github/private_key_parameter", json!("quillon/github/private-key")),
        ("/github/webhook_secret_parameter", json!("/")),
        ("/images/runner", json!("ghcr.io/quillon/runner")),
        ("/images/engine", json!("registry.dagger.io/engine:v0.19.4")),
        ("/images/dockerd", json!("ghcr.io/Quillon/dockerd:v0.1.0")),
        ("/tasks/role_arn", json!("quillon-task")),
        ("/tasks/execution_role_arn", json!("arn:aws:iam::999999999999:role/quillon-execution")),
        ("/tasks/log_group", json!("")),
        ("/nodes/role_arns/trusted", json!("arn:aws:ecs:eu-central-1:123456789012:cluster/quillon")),
        ("/clusters/trusted", json!("arn:aws:ecs:eu-west-1:123456789012:cluster/quillon-trusted")),
    ]), @r#"
    account: cannot be "12345678901"; write the twelve digits of an account, like "123456789012"
    api_url: cannot be "https://abc.execute-api.eu-central-1.amazonaws.com/"; write a URL that begins with https:// or http:// and does not end with a slash, like "https://api.example.com"
    clusters.trusted: is in eu-west-1; write one in eu-central-1, the document's region
    doorbell: cannot be "quillon.fifo"; write the URL of a FIFO queue, like "https://sqs.eu-central-1.amazonaws.com/123456789012/quillon.fifo"
    github.api_url: cannot be "api.github.com"; write a URL that begins with https:// or http:// and does not end with a slash, like "https://api.example.com"
    github.private_key_parameter: cannot be "quillon/github/private-key"; write the full name of a parameter, like "/quillon/github/private-key"
    github.webhook_secret_parameter: cannot be "/"; write the full name of a parameter, like "/quillon/github/private-key"
    images.dockerd: cannot be "ghcr.io/Quillon/dockerd:v0.1.0"; write an image with its registry and its tag or digest, like "ghcr.io/quillon/runner:v0.1.0"
    images.engine: cannot be "registry.dagger.io/engine:v0.19.4"; write an image with its registry and without a tag, which is each job's to say, like "registry.dagger.io/engine"
    images.runner: cannot be "ghcr.io/quillon/runner"; write an image with its registry and its tag or digest, like "ghcr.io/quillon/runner:v0.1.0"
    installation: cannot be "Quillon"; write a name of 1 to 32 of a-z, 0-9 and -, starting with a letter
    nodes.role_arns.trusted: cannot be "arn:aws:ecs:eu-central-1:123456789012:cluster/quillon"; write the ARN of a role, like "arn:aws:iam::123456789012:role/quillon-task"
    table: cannot be "a table"; write the name of a table, 3 to 255 letters, digits and . _ -
    tasks.log_group: cannot be ""; write the name of a log group, like "/quillon/tasks"
    tasks.role_arn: cannot be "quillon-task"; write the ARN of a role, like "arn:aws:iam::123456789012:role/quillon-task"
    "#);
}

#[test]
fn roles_are_of_the_document_s_account() {
    insta::assert_snapshot!(faults(&[("/tasks/role_arn", json!("arn:aws:iam::999999999999:role/quillon-task"))]), @"tasks.role_arn: is of account 999999999999; write one of 123456789012, the document's account");
}

#[test]
fn a_region_is_a_region() {
    insta::assert_snapshot!(faults(&[("/region", json!("eu-central"))]), @r#"region: cannot be "eu-central"; write a region, like "eu-central-1""#);
    insta::assert_snapshot!(faults(&[("/region", json!("eu-west-1"))]), @"
    clusters.trusted: is in eu-central-1; write one in eu-west-1, the document's region
    pools.arm64-spot.zones[0]: `eu-central-1a` is no zone of eu-west-1; write one like `eu-west-1a`
    pools.arm64-spot.zones[1]: `eu-central-1b` is no zone of eu-west-1; write one like `eu-west-1a`
    ");
}

#[test]
fn clusters_are_one_for_each_tier() {
    insta::assert_snapshot!(faults(&[
        ("/clusters/untrusted", json!("arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-trusted")),
        ("/clusters/friends", json!("arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-friends")),
    ]), @"
    clusters.friends: is no trust tier; write only `trusted`, `untrusted`
    clusters.untrusted: is the other tier's cluster too; write one of its own
    ");
    insta::assert_snapshot!(faults(&[("/pools/arm64-spot/trust", json!("untrusted"))]), @"pools.arm64-spot.trust: has no cluster; write the ARN of one at clusters.untrusted");
    insta::assert_snapshot!(faults(&[("/clusters", json!({}))]), @"
    clusters: cannot be empty; write an object with at least one entry
    pools.arm64-spot.trust: has no cluster; write the ARN of one at clusters.trusted
    ");
}

#[test]
fn a_pool_has_one_shape_and_zones_of_the_region() {
    let pool = |field: &str| format!("/pools/arm64-spot/{field}");
    insta::assert_snapshot!(faults(&[
        (&pool("instance_types"), json!(["c7gd.4xlarge", "c7gd.5xlarge", "c7gd.4xlarge", 7])),
        (&pool("zones"), json!(["eu-west-1a", "eu-central-1", "eu-central-1b"])),
        (&pool("max_nodes"), json!(0)),
    ]), @r#"
    pools.arm64-spot.instance_types[1]: cannot be "c7gd.5xlarge"; write a known instance type, like "c7gd.4xlarge"
    pools.arm64-spot.instance_types[2]: "c7gd.4xlarge" stands there twice; leave it out
    pools.arm64-spot.instance_types[3]: cannot be 7; write a known instance type, like "c7gd.4xlarge"
    pools.arm64-spot.max_nodes: cannot be 0; write a whole number from 1 to 5000
    pools.arm64-spot.zones[0]: `eu-west-1a` is no zone of eu-central-1; write one like `eu-central-1a`
    pools.arm64-spot.zones[1]: `eu-central-1` is no zone of eu-central-1; write one like `eu-central-1a`
    "#);
    insta::assert_snapshot!(faults(&[
        (&pool("instance_types"), json!(["c7gd.4xlarge", "c6id.4xlarge", "m7gd.4xlarge"])),
        (&pool("zones"), json!([])),
    ]), @r#"
    pools.arm64-spot.instance_types[1]: `c6id.4xlarge` is x86_64; write a type of the pool's architecture, arm64
    pools.arm64-spot.instance_types[2]: `m7gd.4xlarge` is 16c-64g, `c7gd.4xlarge` is 16c-32g; write types of one shape, or another pool
    pools.arm64-spot.zones: cannot be empty; write a list of at least one: a zone, like "eu-central-1a"
    "#);
    insta::assert_snapshot!(faults(&[(&pool("default_size"), json!({"vcpu": 16, "memory_gib": 33}))]), @"pools.arm64-spot.default_size: does not fit on a node, the largest job it holds is 16c-32g; write at most 16 vCPUs and 32 GiB");
    insta::assert_snapshot!(faults(&[(&pool("default_size"), json!({"vcpu": 0, "memory_gib": 4000}))]), @"
    pools.arm64-spot.default_size.memory_gib: cannot be 4000; write a whole number of GiB from 1 to 3072
    pools.arm64-spot.default_size.vcpu: cannot be 0; write a whole number of vCPUs from 1 to 384
    ");
}

#[test]
fn a_gpu_pool_is_x64_and_has_gpus() {
    let pool = |field: &str| format!("/pools/arm64-spot/{field}");
    insta::assert_snapshot!(faults(&[(&pool("gpu"), json!(true))]), @"pools.arm64-spot.gpu: cannot be true on arm64; write false, or the arch x86_64");
    insta::assert_snapshot!(faults(&[
        (&pool("gpu"), json!(true)), (&pool("arch"), json!("x86_64")), (&pool("instance_types"), json!(["c6id.4xlarge"])),
    ]), @"pools.arm64-spot.gpu: cannot be true, `c6id.4xlarge` has no GPU; write false, or types like `g6.4xlarge`");
    insta::assert_snapshot!(faults(&[
        (&pool("gpu"), json!(true)), (&pool("arch"), json!("x86_64")), (&pool("instance_types"), json!(["g6.4xlarge", "g5.4xlarge"])),
    ]), @"ok");
}

#[test]
fn pools_do_not_share_a_group() {
    let golden = golden();
    insta::assert_snapshot!(faults(&[("/pools/second", golden["pools"]["arm64-spot"].clone())]), @"pools.second.group: is also pools.arm64-spot.group; write a group of its own");
    insta::assert_snapshot!(faults(&[("/pools", json!({}))]), @"pools: cannot be empty; write an object with at least one entry");
}

proptest! {
    #[test]
    fn nothing_in_a_document_stops_the_check(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = check(&bytes);
    }

    #[test]
    fn whatever_stands_in_a_field_is_read_or_named(which in any::<prop::sample::Index>(), text in any::<String>(), kind in 0..5_u8) {
        let golden = golden();
        let places = fields(&golden, "");
        let place = which.get(&places);
        let value = match kind {
            0 => json!(text),
            1 => json!([text]),
            2 => json!({ text: 1 }),
            3 => json!(-1.5),
            _ => json!(true),
        };
        let told = faults(&[(place, value.clone())]);
        let field = place.rsplit('/').next().unwrap();
        prop_assert!(told == "ok" || told.contains(field), "{place} = {value}: {told}");
    }
}

#[test]
fn limits_may_be_left_out_or_in_part() {
    let limits = |value: Value| {
        let mut document = golden();
        change(&mut document, "/limits", &value);
        check(document.to_string().as_bytes()).unwrap().rules.limits
    };
    assert_eq!(limits(json!({})), model::rules::Limits { n_apps: 2, ..Default::default() });
    let some = limits(
        json!({ "max_jobs": 100, "registrations_per_minute": 60, "max_cluster_nodes": 9_000, "repositories": { "Acme/Shop": { "max_jobs": 5 } } }),
    );
    assert_eq!((some.max_jobs, some.repositories["acme/shop"]), (Some(100), 5));
    assert_eq!(some.registrations, AMinute(60));
    assert_eq!(some.max_cluster_nodes, 9_000);
}

#[test]
fn limits_are_whole_numbers_and_of_repositories() {
    let wrong = json!({ "max_jobs": 0, "repositories": { "shop": { "max_jobs": -1 }, "acme/shop": {} } });
    insta::assert_snapshot!(faults(&[("/limits", wrong)]), @"
    limits.max_jobs: cannot be 0; write a whole number from 1 up
    limits.repositories.acme/shop.max_jobs: is missing; write a whole number from 1 up
    limits.repositories.shop: is no repository's full name; write one like `acme/shop`
    limits.repositories.shop.max_jobs: cannot be -1; write a whole number from 1 up
    ");
}

#[test]
fn a_pool_may_have_a_budget_for_a_day() {
    let mut document = golden();
    change(&mut document, "/pools/arm64-spot/daily_budget_usd", &json!(12.5));
    let pools = check(document.to_string().as_bytes()).unwrap().rules.pools;
    assert_eq!(pools.values().next().unwrap().daily_budget, Some(model::money::Usd(12_500_000)));
    let none = [("/pools/arm64-spot/daily_budget_usd", json!(0))];
    insta::assert_snapshot!(faults(&none), @"pools.arm64-spot.daily_budget_usd: cannot be 0; write a number of dollars above 0");
}
