//! Whose code waits.

use std::time::Duration;

use model::rules::Pool;
use sim::github::{ApiFault, ApiMishap};
use sim::installation::{Installation, Settings, pool};

use crate::common::{finish, job, jobs};

/// Questions about runs, by ticks.
fn n_asked(of: &Installation) -> u64 {
    let asked = &of.told.asked;
    let of_runs = [&asked.by_ring, &asked.by_sweep].map(|tally| tally.calls.get("actions/get-workflow-run"));
    of_runs.into_iter().flatten().map(|sum| sum.n).sum()
}

#[test]
fn the_forge_is_asked_once_whose_code_waits() {
    let one_node = Pool { max_nodes: 1, ..pool("arm64-spot") };
    let mut of = Installation::new(Settings { pools: vec![one_node], ..Settings::default() });
    let mut ids = of.push(jobs(20));
    of.run_for(Duration::from_mins(3));
    assert_eq!(n_asked(&of), 1, "twenty jobs of one run");
    ids.extend(of.push(vec![job("later", 5)]));
    finish(&mut of, &ids);
    assert_eq!(n_asked(&of), 2);
}

#[test]
fn it_is_asked_again_after_it_did_not_answer() {
    let mut of = Installation::new(Settings::default());
    let operation = Some("actions/get-workflow-run".to_owned());
    let mishap = ApiMishap::Status { status: 502, retry_after: None };
    of.github().api_faults.push(ApiFault { operation, mishap, times: Some(2) });
    let ids = of.push(jobs(2));
    finish(&mut of, &ids);
    assert_eq!(n_asked(&of), 1, "what is refused so is not counted");
}
