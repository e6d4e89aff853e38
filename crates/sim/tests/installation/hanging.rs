//! Runners that hang, and what stops them.

use control::tick::Depth;
use model::id::JobId;
use sim::compute::{Refusal, Service};
use sim::installation::{Function, Installation, Mishap};

use crate::common::{finish, installation, jobs};
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
