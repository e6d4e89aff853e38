//! What jobs cost: calls of AWS, by all functions, over their whole life, and writes at GitHub.

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{SMALL, Scene, Spent};
use end_to_end::options;

const PER_LONE_JOB: usize = 13;
const PER_JOB_OF_MANY: usize = 9;
/// As many events as a hundred jobs have at once take this machine some seconds. Were the jobs shorter,
/// their ends would overtake their beginnings, and each of these costs a question.
const LONG: Duration = Duration::from_secs(15);
/// Sixteen fit on a node.
const MANY: usize = 100;

#[test]
fn a_lone_warm_job_costs_thirteen_calls_and_one_write_at_github() {
    let scene = Scene::open();
    scene.warm_up(1);
    scene.take_calls();
    let writes_before = writes(&scene).len();

    let told = scene.run(SMALL);

    told.assert_ran_once();
    let spent = scene.settled();
    let written = writes(&scene).split_off(writes_before);
    show("a lone warm job", &spent, 1);
    println!("at GitHub: {written:?}");
    let per_job = spent.total() - fetched(&spent);
    assert!(per_job <= PER_LONE_JOB, "{per_job} calls: {spent:?}");
    assert_eq!(written.len(), 1, "{written:?}");
    assert_nothing_is_fetched_per_event(&spent);
}

#[test]
fn a_hundred_jobs_at_once_cost_nine_calls_each() {
    let mut options = options().unwrap();
    // As long as a container takes to start where the image is cached: by then its task is written down.
    options.compute.timing.task_starts = Duration::from_secs(2);
    let scene = Scene::open_with(options);
    scene.warm_up(MANY.div_ceil(16));
    // As many deliveries at once are as many webhooks, each cold the first time.
    for foreign in scene.queue_many("ubuntu-latest", MANY) {
        scene.delivered(foreign, 200);
    }
    scene.settled();
    let writes_before = writes(&scene).len();

    let jobs = scene.queue_many_for(SMALL, MANY, LONG);
    for job in &jobs {
        scene.told(*job).assert_ran_once();
    }

    let spent = scene.settled();
    let written = writes(&scene).split_off(writes_before);
    show("a hundred jobs at once", &spent, MANY);
    let total = spent.total() - fetched(&spent);
    assert!(total <= PER_JOB_OF_MANY * MANY, "{total} calls: {spent:?}");
    assert_eq!(written.len(), MANY, "one write at GitHub each");
    // Per process and minute, of which there are up to a hundred, and not for each of 400 events and claims.
    assert!(fetched(&spent) <= 2 * MANY + 10, "{spent:?}");
}

#[test]
fn a_foreign_job_costs_nothing() {
    let scene = Scene::open();
    scene.warm_up(1);
    scene.take_calls();
    let asked_before = scene.github().calls().len();

    let job = scene.queue("ubuntu-latest");
    scene.delivered(job, 200);

    let spent = scene.settled();
    assert_eq!(spent.by_name, BTreeMap::new());
    assert_eq!(scene.github().calls().len(), asked_before);
}

/// Configuration and secrets are read by each process when it is cold, and the document's tag is asked for
/// once a minute: not by events, of which this job has five.
fn assert_nothing_is_fetched_per_event(spent: &Spent) {
    assert!(fetched(spent) <= 3, "{spent:?}");
}

fn fetched(spent: &Spent) -> usize {
    let fetched = spent.by_name.iter().filter(|(name, _)| name.contains(" ssm:") || name.contains(" s3:"));
    fetched.map(|(_, n)| n).sum()
}

/// What was changed at GitHub; a token changes nothing there.
fn writes(scene: &Scene) -> Vec<String> {
    let calls = scene.github().calls();
    let written = calls.iter().filter(|call| call.method != "GET" && call.by.is_some());
    let written = written.filter(|call| !call.path.contains("access_tokens") && call.path.starts_with('/'));
    written.map(|call| format!("{} {}", call.method, call.operation)).collect()
}

#[expect(clippy::print_stdout, reason = "the figures are what one runs this for")]
fn show(what: &str, spent: &Spent, n: usize) {
    let each = spent.total() as f64 / n as f64;
    println!("{what}: {} calls, {each:.2} each", spent.total());
    for (name, n) in &spent.by_name {
        println!("{n:>5}  {name}");
    }
}
