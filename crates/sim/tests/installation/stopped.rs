//! Functions that are stopped between any two of their calls, or overtaken there by a whole tick.

use std::time::Duration;

use control::tick::Depth;
use model::id::JobId;
use sim::github;
use sim::installation::{Function, Installation, Mishap, Settings, Trouble, pool};
use sim::port::Side;
use wire::ledger::Row;

use crate::common::{finish, installation, job, jobs};
use crate::draining::empty;

/// Plays the story once for every call that the function makes in it, with that call struck.
#[track_caller]
fn at_every_call(function: Function, mishap: Mishap, story: impl Fn(&mut Installation) -> Vec<JobId>) {
    at_every_call_of(installation, function, mishap, story);
}

#[track_caller]
pub(crate) fn at_every_call_of(
    world: impl Fn() -> Installation,
    function: Function,
    mishap: Mishap,
    story: impl Fn(&mut Installation) -> Vec<JobId>,
) {
    let mut n_struck = 0;
    for side in [Side::Before, Side::After] {
        for call in 1.. {
            assert!(call < 500, "the story does not end");
            let mut of = world();
            of.trouble = Some(Trouble::new(function, call, side, mishap));
            let ids = story(&mut of);
            let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| finish(&mut of, &ids)));
            assert!(played.is_ok(), "{function:?} {mishap:?} {side:?} call {call}: as told above");
            assert_eq!(of.told.errors, Vec::<String>::new(), "{side:?} call {call}");
            if !of.trouble.is_some_and(|trouble| trouble.has_struck) {
                break;
            }
            n_struck += 1;
        }
    }
    assert!(n_struck >= 4, "{function:?} was struck {n_struck} times");
}

const MISHAPS: [Mishap; 6] = [
    Mishap::Stop,
    Mishap::Overtaken(Depth::Ring, 1),
    Mishap::Overtaken(Depth::Sweep, 1),
    Mishap::Overtaken(Depth::Ring, 4),
    Mishap::Slow(Duration::from_secs(3)),
    Mishap::Slow(Duration::from_secs(25)),
];

fn two_jobs(of: &mut Installation) -> Vec<JobId> {
    of.push(jobs(2))
}

/// A job whose task dies, one that is cancelled, and one that comes later.
fn much_at_once(of: &mut Installation) -> Vec<JobId> {
    of.luck.failed_starts = 1;
    let mut ids = of.push(vec![job("first", 5), job("cancelled", 5), job("third", 5)]);
    of.run_for(Duration::from_secs(43));
    let now = github::Timestamp(of.clock.now().0);
    let cancelled = ids.remove(1);
    // It may have been taken by now, if nothing was in the way.
    let _ = of.github().cancel_job(github::JobId(cancelled.0), now);
    of.run_for(Duration::from_secs(2));
    ids.extend(of.push(vec![job("later", 5)]));
    ids
}

#[test]
fn a_tick_can_be_stopped_or_overtaken_at_any_call() {
    for mishap in [Mishap::Stop, Mishap::Overtaken(Depth::Ring, 1), Mishap::Slow(Duration::from_secs(3))] {
        at_every_call(Function::Scaler, mishap, two_jobs);
    }
}

#[test]
fn a_tick_can_be_stopped_when_much_happens_at_once() {
    at_every_call(Function::Scaler, Mishap::Stop, much_at_once);
}

#[test]
fn a_tick_can_be_overtaken_when_much_happens_at_once() {
    at_every_call(Function::Scaler, Mishap::Overtaken(Depth::Sweep, 1), much_at_once);
}

#[test]
fn a_tick_can_be_slow_when_much_happens_at_once() {
    at_every_call(Function::Scaler, Mishap::Slow(Duration::from_secs(25)), much_at_once);
}

/// A pool that has ordered before, and has to order once more; the clock's tick overtakes a slow one.
#[test]
fn a_second_order_can_be_stopped_or_overtaken_at_any_call() {
    for mishap in [Mishap::Stop, Mishap::Slow(Duration::from_secs(25))] {
        at_every_call(Function::Scaler, mishap, |of| {
            let mut ids = of.push(jobs(1));
            of.run_for(Duration::from_secs(20));
            ids.extend(of.push((0..6).map(|i| job(&format!("later {i}"), 30)).collect()));
            assert!(of.run_until(Duration::from_mins(10), |of| of.told.taken.len() == 7));
            let n_nodes = of.ledger.rows().iter().filter(|row| matches!(row, Row::Node(_))).count();
            assert!(n_nodes <= 2, "{n_nodes} nodes for seven quarters of a node: {:?}", of.trouble);
            ids
        });
    }
}

/// Registrations that are left, an event that failed, one that was never sent, a runner nobody needs.
fn trouble_at_the_forge(of: &mut Installation) -> Vec<JobId> {
    of.luck.lost_claims = 4;
    of.luck.ghosts = 1;
    let hooks = |action, mishap| {
        let which = github::HookMatch { job: None, action: Some(action) };
        of.github().trouble_hooks(which, mishap, Some(1));
    };
    hooks(github::Action::Queued, github::HookMishap::Fail);
    hooks(github::Action::Completed, github::HookMishap::Lose);
    let ids = of.push(jobs(2));
    of.run_for(Duration::from_mins(4));
    ids
}

#[test]
fn a_tick_can_be_stopped_or_overtaken_while_it_looks_after_the_forge() {
    for mishap in [Mishap::Stop, Mishap::Overtaken(Depth::Sweep, 1), Mishap::Slow(Duration::from_secs(25))] {
        at_every_call(Function::Scaler, mishap, trouble_at_the_forge);
    }
}

/// Two nodes that are given back after a minute, with a job that comes at the same moment.
#[test]
fn giving_nodes_back_can_be_stopped_or_overtaken_at_any_call() {
    let hasty = || {
        let mut pool = pool("arm64-spot");
        pool.idle_after = Duration::from_mins(1);
        Installation::new(Settings { pools: vec![pool], ..Settings::default() })
    };
    for mishap in [Mishap::Stop, Mishap::Overtaken(Depth::Sweep, 1), Mishap::Slow(Duration::from_secs(25))] {
        at_every_call_of(hasty, Function::Scaler, mishap, |of| {
            let mut ids = of.push(jobs(5));
            of.run_for(Duration::from_secs(120));
            ids.extend(of.push(jobs(1)));
            empty(of, &ids);
            ids
        });
    }
}

#[test]
fn the_webhook_can_be_stopped_or_overtaken_at_any_call() {
    for mishap in MISHAPS {
        at_every_call(Function::Webhook, mishap, two_jobs);
    }
}

#[test]
fn a_claim_can_be_stopped_or_overtaken_at_any_call() {
    for mishap in MISHAPS {
        at_every_call(Function::Claim, mishap, two_jobs);
    }
}

#[test]
fn an_announcement_can_be_stopped_or_overtaken_at_any_call() {
    for mishap in MISHAPS {
        at_every_call(Function::Node, mishap, two_jobs);
    }
}
