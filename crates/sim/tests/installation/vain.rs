//! What is bought and started for jobs that never run is little, whatever is wrong.

use std::time::Duration;

use sim::github::JobOrder;
use sim::installation::{Installation, Settings, pool};

use crate::common::{HOUR, check, finish, installation, jobs};

#[test]
fn machines_that_never_register_are_a_part_of_what_the_pool_may_have() {
    let mut of = installation();
    of.luck.dead_boots = u32::MAX;
    let ids = of.push(jobs(30));
    of.run_for(8 * HOUR);
    assert_eq!(of.told.faults, Vec::<String>::new());
    of.luck.dead_boots = 0;
    finish(&mut of, &ids);
}

#[test]
fn an_image_that_stays_bad_holds_no_more_than_the_machine_it_is_tried_on() {
    let mut of = installation();
    of.luck.failed_starts = u32::MAX;
    let ids = of.push(jobs(40));
    of.run_for(8 * HOUR);
    assert_eq!(of.told.faults, Vec::<String>::new());
    assert!(of.members(&pool("arm64-spot").name).len() <= 1);
    of.luck.failed_starts = 0;
    finish(&mut of, &ids);
}

#[test]
fn labels_that_are_wrong_cost_nothing() {
    let mut of = installation();
    let wrong = ["dagger-v0-19-4-4c-8g-arm65-spot", "dagger-v0-19-4-0c-8g-arm64", "dagger-v9999-1-1-4c"];
    of.push(wrong.map(|label| JobOrder::new(label, &[label])).to_vec());
    of.run_for(HOUR);
    check(&of, &[]);
    assert!(of.nodes.is_empty() && of.told.started.is_empty());
}

#[test]
fn a_pool_with_a_budget_costs_no_more_in_a_bad_day() {
    let dear = model::rules::Pool { daily_budget: Some(model::money::Usd(2_000_000)), ..pool("arm64-spot") };
    let mut of = Installation::new(Settings { pools: vec![dear], ..Settings::default() });
    // GitHub gives up a job that has waited for a day.
    of.run_for(Duration::from_hours(12));
    of.luck.dead_boots = u32::MAX;
    let ids = of.push(jobs(60));
    of.run_for(Duration::from_hours(10));
    assert_eq!(of.told.faults, Vec::<String>::new());
    of.luck.dead_boots = 0;
    of.run_for(Duration::from_hours(2));
    finish(&mut of, &ids);
}
