//! A tick that is held between two of its calls while the world, and other ticks, go on.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use control::tick::{Call, Depth, TickError, Ticked, tick};
use model::id::JobId;
use model::job::Job;
use model::label::Release;
use model::launch::{Launch, LaunchState};
use sim::compute::Refusal;
use sim::github::JobOrder;
use sim::installation::{Installation, Settings, pool};
use sim::port::{Scissors, Side, cut};
use wire::ledger::Row;

use crate::common::{check, finish, job, jobs};

type Held = Pin<Box<dyn Future<Output = Result<Ticked, TickError>>>>;

/// A ring's tick of the test's own, which comes as far as its `n`-th call.
fn held(of: &Installation, n: u64, side: Side) -> (Held, Arc<Scissors>) {
    let (ports, scissors) = cut(&of.ports, n, side);
    let (rules, now) = (of.rules.clone(), of.clock.now());
    let call = Call { depth: Depth::Ring, stopped: vec![], warned: vec![] };
    let mut future: Held = Box::pin(async move { tick(&ports, &rules, call, now).await });
    assert!(poll(&mut future).is_none(), "it was to be held");
    (future, scissors)
}

fn go_on((mut future, scissors): (Held, Arc<Scissors>)) {
    scissors.open();
    let ended = poll(&mut future).expect("all ports answer at once");
    let _ = ended.expect("nothing of it is an error");
}

fn poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    // Whoever is woken while it is polled is polled once more.
    for _ in 0..100 {
        if let Poll::Ready(output) = pin!(&mut *future).poll(&mut Context::from_waker(Waker::noop())) {
            return Some(output);
        }
    }
    None
}

fn find<T>(of: &Installation, what: impl Fn(Row) -> Option<T>) -> Option<T> {
    of.ledger.rows().into_iter().find_map(what)
}

fn the_job(of: &Installation, id: JobId) -> Option<Job> {
    find(of, |row| if let Row::Job(job) = row { (job.id == id).then_some(job) } else { None })
}

fn the_launch(of: &Installation, id: JobId) -> Option<Launch> {
    find(of, |row| if let Row::Launch(launch) = row { (launch.id.job == id).then_some(launch) } else { None })
}

/// One warm node, and no other to be had.
fn warm() -> (Installation, Vec<JobId>) {
    let mut pool = pool("arm64-spot");
    pool.max_nodes = 1;
    let mut of = Installation::new(Settings { pools: vec![pool], ..Settings::default() });
    let ids = of.push(jobs(1));
    finish(&mut of, &ids);
    (of, ids)
}

/// Queues a job, and stops time when the ledger knows it and no tick has.
fn push(of: &mut Installation, order: JobOrder) -> JobId {
    let id = of.push(vec![order])[0];
    assert!(of.run_until(Duration::from_mins(1), |of| the_job(of, id).is_some()));
    id
}

#[test]
fn a_placement_on_a_node_that_has_changed_since_it_was_seen_is_not_written() {
    let (mut of, mut ids) = warm();
    of.compute.publish(Release::new(0, 19, 5));
    let whole = |version: &str| JobOrder {
        labels: vec![format!("dagger-{version}-16c-32g-arm64-spot")],
        ..job("whole", 5)
    };
    let first = push(&mut of, whole("v0-19-4"));
    // After the ledger, the run's trust and the task definition the placement is the fourth call.
    let tick = held(&of, 4, Side::Before);
    of.compute.forget();
    // Others pass over the job, and give its room to the next one.
    let denied = Refusal::new("ServerException", 500, "Service Unavailable. Please try again later.");
    of.machine().refuse_next("DescribeTaskDefinition", denied);
    let second = of.push(vec![whole("v0-19-5")])[0];
    assert!(of.run_until(Duration::from_secs(20), |of| the_launch(of, second).is_some()));
    assert!(the_job(&of, first).is_some_and(|job| job.launch.is_none()));

    go_on(tick);

    let passed_over = the_job(&of, first).expect("it waits on");
    assert_eq!((passed_over.launch, passed_over.n_launches), (None, 0), "no launch was tried");
    ids.extend([first, second]);
    finish(&mut of, &ids);
}

#[test]
fn a_task_whose_launch_ended_before_it_was_written_down_brings_nothing_back() {
    let (mut of, mut ids) = warm();
    of.luck.failed_starts = 1;
    let id = push(&mut of, job("again", 5));
    // The fifth call asks for the task.
    let tick = held(&of, 5, Side::After);
    let planned = the_launch(&of, id).expect("it was placed");
    assert_eq!(planned.state, LaunchState::Planned);
    // Nobody else gets an answer, until ECS says by the launch's mark that its task has stopped.
    for _ in 0..2 {
        let broken = Refusal::new("ServerException", 500, "Service Unavailable. Please try again later.");
        of.machine().refuse_next("RunTask", broken);
    }
    let is_over = |of: &Installation| the_launch(of, id).is_none_or(|launch| launch.id != planned.id);
    assert!(of.run_until(Duration::from_secs(20), is_over), "{:#?}", of.ledger.rows());

    go_on(tick);

    let open = {
        let mut asked = of.ports.ledger.open();
        poll(&mut asked).expect("the ledger answers at once").expect("the ledger answers")
    };
    assert_eq!(open.unreadable, []);
    assert!(the_launch(&of, id).is_none_or(|launch| launch.id != planned.id));
    ids.push(id);
    finish(&mut of, &ids);
    check(&of, &ids);
}
