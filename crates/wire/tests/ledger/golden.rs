//! The names of fields are a promise: rows outlive the version that wrote them.

use model::launch::LaunchState;
use model::run::LostState;
use wire::ledger::{Row, Value};

use crate::example;

fn told(row: &Row) -> String {
    let told = |value: &Value| match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Texts(texts) => format!("{texts:?}"),
    };
    let fields =
        row.to_item().iter().map(|(name, value)| format!("  {name} = {}", told(value))).collect::<Vec<_>>();
    format!("{}\n{}", row.key(), fields.join("\n"))
}

#[test]
fn a_job() {
    insta::assert_snapshot!(told(&example::rows()[0]), @r#"
    open/j#29679449526
      checked_at = 1760000000000
      commit = "0123456789abcdef0123456789abcdef01234567"
      doubted_at = 1760000000000
      failed_at = 1760000000000
      failed_why = "Task stopped: Essential container in task exited"
      installation = 12345678
      is_organization = true
      is_private = true
      labels = ["dagger-v0-19-4-16c-32g-arm64-spot-run-10123456789"]
      launch = "29679449526-2"
      n_launches = 2
      owner = "acme-industries"
      queued_at = 1760000000000
      reason = "`16c-33g` fits on no node: the largest job that pool `arm64-spot` holds is 16c-32g; write a smaller size, or give the pool larger instance types"
      reason_code = "too_large"
      repository = "storefront-monorepo"
      repository_id = 123456789
      run = 10123456789
      run_attempt = 2
      runner = "quillon-29679449526-2-1"
      started_at = 1760000000000
      state = "running"
      told_at = 1760000000000
      trust = "trusted"
    "#);
}

#[test]
fn a_launch() {
    insta::assert_snapshot!(told(&example::rows()[1]), @r#"
    open/l#29679449526-2
      asked_at = 1760000000000
      attempt = 1
      busy_at = 1760000000000
      claimed_at = 1760000000000
      cpu = 16384
      job = 29679449526
      labels = ["dagger-v0-19-4-16c-32g-arm64-spot-run-10123456789"]
      memory = 30720
      node = "i-0123456789abcdef0"
      nonce_hash = "abababababababababababababababababababababababababababababababab"
      over_at = 1760000000000
      planned_at = 1760000000000
      pool = "arm64-spot"
      revision = "arn:aws:ecs:eu-central-1:123456789012:task-definition/quillon-quillon-0123456789abcdef:1"
      scope = "acme-industries"
      state = "claimed"
      task = "0f0f0f0f0f0f4c4c8a8a1b1b2c2c3d3d"
      trust = "trusted"
    "#);
}

#[test]
fn a_busy_launch_says_which_job_its_runner_took() {
    let mut launch = example::launch();
    launch.state = LaunchState::Busy { task: "t1".into(), took: Some(model::id::JobId(7)) };
    insta::assert_snapshot!(told(&Row::Launch(launch)), @r#"
    open/l#29679449526-2
      asked_at = 1760000000000
      busy_at = 1760000000000
      claimed_at = 1760000000000
      cpu = 16384
      job = 29679449526
      labels = ["dagger-v0-19-4-16c-32g-arm64-spot-run-10123456789"]
      memory = 30720
      node = "i-0123456789abcdef0"
      over_at = 1760000000000
      planned_at = 1760000000000
      pool = "arm64-spot"
      revision = "arn:aws:ecs:eu-central-1:123456789012:task-definition/quillon-quillon-0123456789abcdef:1"
      scope = "acme-industries"
      state = "busy"
      task = "t1"
      took = 7
      trust = "trusted"
    "#);
}

#[test]
fn a_launch_without_a_node_names_none() {
    let launch = model::launch::Launch { node: None, ..example::launch() };
    assert!(!Row::Launch(launch).to_item().contains_key("node"));
}

#[test]
fn a_pool_s_row_that_nobody_counted_in_counts_nothing() {
    let pool = &example::rows()[4];
    let mut item = pool.to_item();
    item.remove("n_launches");
    let Ok(Row::Pool(read)) = Row::from_item(&pool.key(), &item) else { panic!("it is read") };
    assert_eq!(read.n_launches, 0);
}

#[test]
fn a_node() {
    insta::assert_snapshot!(told(&example::rows()[2]), @r#"
    open/n#i-0123456789abcdef0
      cordoned = "reclaimed"
      cordoned_at = 1760000000000
      cpu = 16384
      cpu_used = 16384
      idle_since = 1760000000000
      lost_at = 1760000000000
      memory = 30720
      memory_used = 30720
      n_failed = 2
      n_launches = 1
      ordered_at = 1760000000000
      pool = "arm64-spot"
      ready_at = 1760000000000
      state = "ready"
      version = 12
      zone = "eu-central-1a"
    "#);
}

#[test]
fn an_order() {
    insta::assert_snapshot!(told(&example::rows()[3]), @r#"
    open/o#arm64-spot-7
      at = 1760000000000
      n = 3
      zone = "eu-central-1a"
    "#);
}

#[test]
fn a_pool() {
    insta::assert_snapshot!(told(&example::rows()[4]), @r#"
    open/p#arm64-spot
      breakers = ["2 1760000000000 1 1760000000000 eu-central-1b"]
      n_launches = 2
      refusals = ["1760000000000 eu-central-1a InsufficientInstanceCapacity: no c7gd.4xlarge in eu-central-1a"]
      refused_times = ["2 eu-central-1a"]
      spent = 12345678
      spent_until = 1760000000000
      version = 8
    "#);
}

#[test]
fn how_far_deliveries_were_looked_through() {
    insta::assert_snapshot!(told(&example::rows()[5]), @r#"
    open/d#forge
      rest = "v1_12077215967"
      rest_began = 1760000000000
      stubborn = ["3 0b989ba4-242f-11e5-81e1-c7b6966d2500", "3 0b989ba4-242f-11e5-81e1-c7b6966d2501", "3 0b989ba4-242f-11e5-81e1-c7b6966d2502", "3 0b989ba4-242f-11e5-81e1-c7b6966d2503", "3 0b989ba4-242f-11e5-81e1-c7b6966d2504", "3 0b989ba4-242f-11e5-81e1-c7b6966d2505", "3 0b989ba4-242f-11e5-81e1-c7b6966d2506", "3 0b989ba4-242f-11e5-81e1-c7b6966d2507", "3 0b989ba4-242f-11e5-81e1-c7b6966d2508", "3 0b989ba4-242f-11e5-81e1-c7b6966d2509", "3 0b989ba4-242f-11e5-81e1-c7b6966d2510", "3 0b989ba4-242f-11e5-81e1-c7b6966d2511"]
      until = 1760000000000
    "#);
}

#[test]
fn where_runners_are_registered() {
    insta::assert_snapshot!(told(&example::rows()[6]), @"
    open/s#acme-industries/storefront-monorepo
      at = 1760000000000
      installation = 12345678
    ");
}

#[test]
fn a_tombstone() {
    insta::assert_snapshot!(told(&example::rows()[7]), @r#"
    job#29679449526/end
      conclusion = "success"
      ended_at = 1760000000000
      expires_at = 1762678400
      has_run = true
      labels = ["dagger-v0-19-4-16c-32g-arm64-spot"]
      queued_at = 1760000000000
      repository = "acme-industries/storefront-monorepo"
      run = 10123456789
      runner = "quillon-29679449526-2-1"
      started_at = 1760000000000
    "#);
}

#[test]
fn an_ended_launch() {
    insta::assert_snapshot!(told(&example::rows()[8]), @r#"
    job#29679449526/l#2
      asked_at = 1760000000000
      attempt = 1
      busy_at = 1760000000000
      claimed_at = 1760000000000
      cpu = 16384
      ended_at = 1760000000000
      expires_at = 1762678400
      job = 29679449526
      labels = ["dagger-v0-19-4-16c-32g-arm64-spot-run-10123456789"]
      memory = 30720
      node = "i-0123456789abcdef0"
      nonce_hash = "abababababababababababababababababababababababababababababababab"
      over_at = 1760000000000
      planned_at = 1760000000000
      pool = "arm64-spot"
      revision = "arn:aws:ecs:eu-central-1:123456789012:task-definition/quillon-quillon-0123456789abcdef:1"
      scope = "acme-industries"
      state = "claimed"
      task = "0f0f0f0f0f0f4c4c8a8a1b1b2c2c3d3d"
      trust = "trusted"
      why = "Task stopped: Essential container in task exited"
    "#);
}

#[test]
fn a_run_that_has_lost_jobs() {
    let Row::Run(run) = &example::rows()[9] else { panic!("the tenth is a run") };
    let short = model::run::LostRun { jobs: run.jobs[..2].to_vec(), ..run.clone() };
    insta::assert_snapshot!(told(&Row::Run(short.clone())), @r#"
    open/r#10123456789
      asked_at = 1760000000000
      at = 1760000000000
      installation = 12345678
      is_organization = true
      is_private = true
      jobs = ["29679449526", "29679449527"]
      n = 2
      owner = "acme-industries"
      repository = "storefront-monorepo"
      repository_id = 123456789
      run_attempt = 1
      state = "asked"
    "#);
    for (state, name) in [(LostState::Waiting, "waiting"), (LostState::Over { at: run.at }, "over")] {
        let row = Row::Run(model::run::LostRun { state, ..short.clone() });
        assert_eq!(row.to_item()["state"], Value::from(name));
    }
}

#[test]
fn a_task_definition_that_fails() {
    insta::assert_snapshot!(told(&example::rows()[10]), @r#"
    open/q#arn:aws:ecs:eu-central-1:123456789012:task-definition/quillon-quillon-0123456789abcdef:1
      at = 1760000000000
      n = 4
      n_moves = 1
      n_rounds = 2
      node = "i-0123456789abcdef0"
      why = "TaskFailedToStart: CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ghcr.io/quillon/runner:v0.1.0: not found"
    "#);
}

#[test]
fn why_a_job_waited() {
    insta::assert_snapshot!(told(&example::rows()[11]), @r#"
    job#29679449526/w#1760000000000
      expires_at = 1762678400
      reason = "a node of pool `arm64-spot` is starting in eu-central-1a"
      reason_code = "starting"
    "#);
}

#[test]
fn what_spot_machines_cost() {
    insta::assert_snapshot!(told(&example::rows()[12]), @r#"
    open/c#spot
      at = 1760000000000
      prices = ["arm64-spot 290312 eu-central-1a 271000 eu-central-1b"]
    "#);
}

#[test]
fn what_was_noted_of_a_job() {
    insta::assert_snapshot!(told(&example::rows()[13]), @r#"
    job#29679449526/h#1760000000000#told
      expires_at = 1762678400
      text = "its author was told beside the commit"
    "#);
}
