//! Runners that hang, and what stops them.

use std::time::Duration;

use control::tick::Depth;
use model::id::JobId;
use serde_json::json;
use sim::compute::{Refusal, Service};
use sim::installation::{Function, Installation, Mishap};
use wire::ledger::Row;

use crate::common::{HOUR, finish, installation, jobs};
use crate::stopped::at_every_call_of;

/// Two jobs, of which one ends with a task that goes on.
fn one_hangs(of: &mut Installation) -> Vec<JobId> {
    of.luck.hung_ends = 1;
    of.push(jobs(2))
}

#[test]
fn a_tick_that_stops_what_hangs_can_be_stopped_or_overtaken_at_any_call() {
    for mishap in [Mishap::Stop, Mishap::Overtaken(Depth::Sweep, 1)] {
        at_every_call_of(installation, Function::Scaler, mishap, one_hangs);
    }
}

#[test]
fn a_stop_that_is_refused_is_asked_for_again() {
    let mut of = installation();
    let ids = one_hangs(&mut of);
    for _ in 0..3 {
        of.machine().refuse_next("StopTask", Refusal::throttled(Service::Ecs));
    }
    finish(&mut of, &ids);
}

#[test]
fn whoever_is_told_to_stop_in_the_middle_of_its_job_is_noticed() {
    let mut of = installation();
    of.push(jobs(1));
    assert!(of.run_until(HOUR, |of| !of.told.taken.is_empty()));
    let of_launch = |row| if let Row::Launch(launch) = row { launch.state.task().cloned() } else { None };
    let task = of.ledger.rows().into_iter().find_map(of_launch).expect("its launch has a task");
    let asked = json!({ "cluster": "quillon-trusted", "task": task.0 });
    let now = Duration::from_millis(of.clock.now().0);
    of.machine().call(Service::Ecs, "StopTask", &asked, now).expect("the task runs");
    of.run_for(Duration::from_secs(1));
    let [fault] = &of.told.faults[..] else { panic!("{:?}", of.told.faults) };
    assert!(fault.contains("is told to stop in the middle of job"), "{fault}");
}
