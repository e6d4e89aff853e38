//! A whole Quillon in virtual time: its functions, nodes and runners between the models of GitHub and AWS.

mod alone;
mod asked;
mod bill;
mod doorbell;
mod fault;
mod function;
mod hang;
mod hook;
mod luck;
mod minimum;
mod node;
mod provider;
mod runner;
mod scaler;
mod setup;
mod story;
mod stranger;
mod tenancy;
mod vain;
mod watch;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use control::port::Ports;
use control::tick::Call;
use model::id::{InstanceId, JobId, LaunchId};
use model::rules::Rules;
use model::time::Timestamp;

use crate::compute::{self, Machine};
use crate::github::{self, GitHub, JobOrder, RepositoryId, Trigger};
use crate::numbers::aws::SWEEP_EVERY;
use crate::port::{Calls, Clock, SimCompute, SimLedger};

pub use asked::{Asked, Sum, Tally};
pub use fault::{faults, left_over, left_running};
pub use function::{Function, Mishap, Skew, Trouble};
pub use luck::Luck;
pub use setup::{Settings, pool, serverless};
pub use story::{Line, Story, Who};

use bill::Bill;
use doorbell::Doorbell;
use luck::take;
use runner::Task;
use vain::Vain;
use watch::Seen;

/// One installation and the world around it. Nothing happens by itself: whoever holds it lets time pass.
#[derive(Debug)]
pub struct Installation {
    pub clock: Clock,
    pub ledger: Arc<SimLedger>,
    pub compute: Arc<SimCompute>,
    pub ports: Ports,
    pub rules: Arc<Rules>,
    /// Where runs begin.
    pub repository: RepositoryId,
    /// What befalls one of the functions.
    pub trouble: Option<Trouble>,
    /// Whose clocks are wrong.
    pub skews: Vec<Skew>,
    pub luck: Luck,
    /// A node on which no task starts.
    pub bad_node: Option<String>,
    pub told: Told,
    pub story: Story,
    /// Every machine there ever was, in the order of their launches.
    pub nodes: Vec<InstanceId>,
    github: Arc<Mutex<GitHub>>,
    machine: Arc<Mutex<Machine>>,
    doorbell: Doorbell,
    agenda: BTreeMap<(Timestamp, u64), Due>,
    n_due: u64,
    tasks: BTreeMap<String, Task>,
    /// Idle registrations without a launch, and since when each is.
    alone: BTreeMap<github::RunnerId, Timestamp>,
    /// What was started and bought for jobs that never ran.
    vain: Vain,
    /// What pools with a budget have cost.
    bill: Bill,
    /// Whether rules are checked.
    is_checked: bool,
    seen: Arc<Mutex<Seen>>,
    /// Whose code has run where.
    carried: tenancy::Carried,
    /// What the last tick was called for.
    called: Call,
    calls: Calls,
}

/// What happened so far, for whoever counts.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub n_ticks: u32,
    /// Ticks that ended in an error, and what it said.
    pub errors: Vec<String>,
    /// Broken rules: those of the ledger as they were found after each write, the others after each tick or as it happened.
    pub faults: Vec<String>,
    /// How often a runner took each job.
    pub taken: BTreeMap<JobId, u32>,
    /// How many tasks were started for each launch.
    pub started: BTreeMap<LaunchId, u32>,
    /// What was done twice and may be done once.
    pub twice: Vec<String>,
    /// Jobs that need not run here: cancelled, or taken by somebody else.
    pub excused: BTreeSet<JobId>,
    /// What runners were told and had to end on.
    pub ended: Vec<String>,
    /// Messages that were received too often.
    pub n_dead: u32,
    pub asked: Asked,
}

impl Told {
    fn take(&mut self, job: JobId) {
        let n = self.taken.entry(job).or_default();
        *n += 1;
        if *n > 1 {
            self.twice.push(format!("job {job} was taken {n} times"));
        }
    }

    fn start(&mut self, launch: LaunchId) {
        let n = self.started.entry(launch).or_default();
        *n += 1;
        if *n > 1 {
            self.twice.push(format!("launch {launch} has {n} tasks"));
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Due {
    /// The clock rings.
    Sweep,
    Hear(doorbell::Body),
    Scaler,
    Announce(String),
    /// A node's agent has seen that its machine is taken back.
    Drain(String),
    TaskStarts(String),
    Claim(String),
    Listen(String),
    JobEnds(String),
    /// What does not stop when it is told to is killed.
    TaskKilled(String),
    TaskEnds(String),
}

impl Installation {
    /// Starts a run of these jobs, as a push does.
    pub fn push(&mut self, jobs: Vec<JobOrder>) -> Vec<JobId> {
        self.push_to(self.repository, Trigger::push(), jobs)
    }

    /// Starts a run of these jobs in some repository, for whatever made it begin.
    pub fn push_to(&mut self, at: RepositoryId, trigger: Trigger, jobs: Vec<JobOrder>) -> Vec<JobId> {
        let now = self.clock.of_github();
        let (_, jobs) = self.github().start_run(at, trigger, jobs, now);
        jobs.into_iter().map(|job| JobId(job.0)).collect()
    }

    /// Tasks that have not ended.
    pub fn n_tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Lets time pass until `is_over`, for this long at most. Whether it came to that.
    pub fn run_until(&mut self, at_most: Duration, is_over: impl Fn(&Self) -> bool) -> bool {
        let limit = self.clock.now().after(at_most);
        loop {
            self.settle();
            if is_over(self) {
                return true;
            }
            match self.next_due().filter(|due| *due <= limit) {
                Some(due) => self.clock.advance_to(due),
                None => {
                    self.clock.advance_to(limit);
                    self.settle();
                    return is_over(self);
                }
            }
            self.do_what_is_due();
        }
    }

    /// Lets this much time pass.
    pub fn run_for(&mut self, span: Duration) {
        let _ = self.run_until(span, |_| false);
    }

    /// Rules are checked no more, which takes a good part of the time.
    pub fn leave_unchecked(&mut self) {
        self.is_checked = false;
        self.ports.ledger = self.ledger.clone();
    }

    /// What AWS is asked, and what becomes of it.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    pub fn github(&self) -> MutexGuard<'_, GitHub> {
        self.github.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that follows from what has happened up to now.
    fn settle(&mut self) {
        loop {
            let (to_github, to_compute) = (self.clock.of_github(), self.clock.of_compute());
            let mut github = self.github();
            github.advance(to_github);
            let from_github: VecDeque<github::Output> = github.take_outputs().into();
            drop(github);
            let from_compute = self.machine().step(to_compute);
            if from_github.is_empty() && from_compute.is_empty() {
                return;
            }
            for output in from_github {
                self.hear_github(output);
            }
            for output in from_compute {
                self.hear_compute(output);
            }
        }
    }

    fn hear_github(&mut self, output: github::Output) {
        match output {
            github::Output::Deliver(delivery) => self.deliver(delivery),
            github::Output::Wake(runner) => self.wake(runner),
        }
    }

    fn hear_compute(&mut self, output: compute::Output) {
        match output {
            compute::Output::Event(event) => self.hear_event(&event),
            compute::Output::NodeBooted(node) => self.boot(&node),
            compute::Output::NodeGone { instance_id } => self.lose_node(&instance_id),
            compute::Output::TaskPlaced(task) => self.place(*task),
            compute::Output::TaskStopRequested { task_arn, .. } => {
                self.terminate(&task_arn);
            }
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        let of_github = self.github().next_due().map(|due| Timestamp(due.0));
        let of_compute = self.machine().next_due().map(|due| Timestamp(0).after(due));
        let own = self.agenda.first_key_value().map(|((due, _), _)| *due);
        [of_github, of_compute, own].into_iter().flatten().min()
    }

    fn do_what_is_due(&mut self) {
        while let Some(entry) = self.agenda.first_entry() {
            if entry.key().0 > self.clock.now() {
                return;
            }
            let due = entry.remove();
            self.settle();
            self.act(due);
        }
    }

    fn act(&mut self, due: Due) {
        match due {
            Due::Sweep => {
                self.after(SWEEP_EVERY, Due::Sweep);
                self.hear(doorbell::Body::Sweep);
            }
            Due::Hear(body) => self.hear(body),
            Due::Scaler => self.scale(),
            Due::Announce(node) => self.announce(&node),
            Due::Drain(node) => self.drain(&node),
            Due::TaskStarts(task) => self.start(&task),
            Due::Claim(task) => self.claim(&task),
            Due::Listen(task) => self.listen(&task),
            Due::JobEnds(task) => self.end_job(&task),
            Due::TaskKilled(task) => self.kill(&task),
            Due::TaskEnds(task) => self.end_task(&task),
        }
    }

    fn after(&mut self, span: Duration, due: Due) {
        self.n_due += 1;
        self.agenda.insert((self.clock.now().after(span), self.n_due), due);
    }
}
