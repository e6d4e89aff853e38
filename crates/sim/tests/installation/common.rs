//! Words that the stories share.

use std::time::Duration;

use model::id::JobId;
use sim::github::{JobOrder, Script};
use sim::installation::{Installation, Settings, faults, left_over};

pub(crate) const LABEL: &str = "dagger-v0-19-4-4c-8g-arm64-spot";
pub(crate) const HOUR: Duration = Duration::from_hours(1);

pub(crate) fn installation() -> Installation {
    Installation::new(Settings::default())
}

/// Jobs of five seconds.
pub(crate) fn jobs(n: usize) -> Vec<JobOrder> {
    (0..n).map(|i| job(&format!("job {i}"), 5)).collect()
}

pub(crate) fn job(name: &str, seconds: u64) -> JobOrder {
    let script = Script { pause: Duration::from_secs(seconds), ..Script::default() };
    JobOrder { script, ..JobOrder::new(name, &[LABEL]) }
}

/// Nothing left over, within an hour.
pub(crate) fn is_quiet(of: &Installation) -> bool {
    let is_known = of.github().jobs.values().all(sim::github::Job::is_completed);
    is_known && left_over(of).is_empty()
}

/// Until all is quiet; then every job has run once and no rule was broken on the way.
#[track_caller]
pub(crate) fn finish(of: &mut Installation, ran: &[JobId]) {
    let is_over = of.run_until(HOUR, is_quiet);
    check(of, ran);
    assert!(is_over, "left over: {:#?}\n{:#?}", left_over(of), of.ledger.rows());
}

#[track_caller]
pub(crate) fn check(of: &Installation, ran: &[JobId]) {
    assert_eq!(of.told.faults, Vec::<String>::new());
    assert_eq!(faults(of), Vec::<String>::new());
    let taken: Vec<Option<u32>> = ran.iter().map(|job| of.told.taken.get(job).copied()).collect();
    assert_eq!(taken, vec![Some(1); ran.len()], "{:#?}", of.ledger.rows());
}

/// From now to the moment when nothing is left, in seconds.
pub(crate) fn seconds_to(of: &mut Installation, is_over: impl Fn(&Installation) -> bool) -> u64 {
    let began = of.clock.now();
    assert!(of.run_until(HOUR, is_over), "{:#?}", of.ledger.rows());
    of.clock.now().since(began).as_secs()
}
