//! What the tests of an installation begin with: one that is taken up, and patience with bounds.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test names the row it wants, and every other is a surprise"
)]
#![allow(dead_code, unused_imports, reason = "not every test needs everything")]
#![expect(clippy::unwrap_used, reason = "what a test prepares may panic as the test itself may")]

mod sent;
mod spent;
mod told;
mod trouble;

use std::fmt::Write as _;
use std::time::Duration;

use aws::DynamoLedger;
use control::port::Ledger;
use end_to_end::{Installation, options, taken_up};
use model::id::JobId;
use model::job::{Ended, Job};
use sim::github::{Action, Delivery, JobOrder, Outcome, RepositoryId, Script, Trigger};
use tokio::runtime::Runtime;
use tokio::time::Instant;
use wire::ledger::{Key, Row};
use world::github::http::{self, Response};
use world::{Options, World};

pub(crate) use sent::Sent;
pub(crate) use spent::Spent;
pub(crate) use told::Told;
pub(crate) use trouble::ALWAYS;

/// A job takes a moment: one that ends as it begins has its two events race each other, and costs a
/// question to GitHub.
const MOMENT: Duration = Duration::from_secs(2);

fn steps(pause: Duration) -> Script {
    Script { pause, ..Script::default() }
}

/// Small enough that one node of the pool holds sixteen.
pub(crate) const SMALL: &str = "dagger-v0-19-4-1c-1g-arm64";

/// Ours and understood, and no pool has such machines.
pub(crate) const STUCK: &str = "dagger-v0-19-4-1c-1g-x64";

/// As large as a node of the pool.
pub(crate) const WHOLE_NODE: &str = "dagger-v0-19-4-16c-32g-arm64";

/// Far longer than anything here takes; whoever waits that long waits in vain.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(25);
const TASKS: &str = "
ecs, tasks = boto3.client('ecs'), []
for cluster in ecs.list_clusters()['clusterArns']:
    for status in ('RUNNING', 'STOPPED'):
        for page in ecs.get_paginator('list_tasks').paginate(cluster=cluster, desiredStatus=status):
            if page['taskArns']:
                tasks += ecs.describe_tasks(cluster=cluster, tasks=page['taskArns'])['tasks']
print(json.dumps(tasks, default=str))
";

/// An installation and its ledger, as root reads it.
pub(crate) struct Scene {
    pub(crate) installation: Installation,
    ledger: DynamoLedger,
    runtime: Runtime,
}

impl Scene {
    pub(crate) fn open() -> Self {
        Self::open_with(options().unwrap())
    }

    /// In a world of another kind.
    pub(crate) fn open_with(options: Options) -> Self {
        let installation = taken_up(options).unwrap();
        let ledger = installation.ledger().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { installation, ledger, runtime }
    }

    pub(crate) fn world(&self) -> &World {
        &self.installation.world
    }

    pub(crate) fn github(&self) -> &world::github::GitHubHandle {
        self.world().github().unwrap()
    }

    /// Queues a job as a push does.
    pub(crate) fn queue(&self, label: &str) -> JobId {
        self.queue_for(label, MOMENT)
    }

    /// Queues a job that takes this long.
    pub(crate) fn queue_for(&self, label: &str, pause: Duration) -> JobId {
        self.start(vec![JobOrder { script: steps(pause), ..JobOrder::new("build", &[label]) }]).remove(0)
    }

    /// Queues a job as a pull request from somebody's fork does.
    pub(crate) fn queue_from_fork(&self, label: &str) -> JobId {
        let trigger = Trigger::fork(RepositoryId(424_242), "mona/octo-repo");
        self.start_for(trigger, vec![JobOrder { script: steps(MOMENT), ..JobOrder::new("build", &[label]) }])
            .remove(0)
    }

    /// Queues a job behind an environment that somebody has to approve of.
    pub(crate) fn queue_behind(&self, environment: &str, label: &str) -> JobId {
        let environment = Some(environment.to_owned());
        self.start(vec![JobOrder { environment, script: steps(MOMENT), ..JobOrder::new("deploy", &[label]) }])
            .remove(0)
    }

    fn start(&self, orders: Vec<JobOrder>) -> Vec<JobId> {
        self.start_for(Trigger::push(), orders)
    }

    fn start_for(&self, trigger: Trigger, orders: Vec<JobOrder>) -> Vec<JobId> {
        let (_, jobs) = self.github().start_run(self.installation.place.repository, trigger, orders);
        jobs.into_iter().map(|job| JobId(job.0)).collect()
    }

    /// Queues a job and waits until its launch is history.
    pub(crate) fn run(&self, label: &str) -> Told {
        let job = self.queue(label);
        self.told(job)
    }

    /// Queues as many jobs as one matrix has.
    pub(crate) fn queue_many(&self, label: &str, n: usize) -> Vec<JobId> {
        self.queue_many_for(label, n, MOMENT)
    }

    pub(crate) fn queue_many_for(&self, label: &str, n: usize, pause: Duration) -> Vec<JobId> {
        let order =
            |i: usize| JobOrder { script: steps(pause), ..JobOrder::new(&format!("build ({i})"), &[label]) };
        self.start((0..n).map(order).collect())
    }

    /// Leaves the clock to the test, and this many nodes with nothing on them.
    pub(crate) fn warm_up(&self, n_nodes: usize) {
        self.stop_the_clock();
        for job in self.queue_many(WHOLE_NODE, n_nodes) {
            self.told(job).assert_ran_once();
        }
        self.settled();
    }

    /// Waits until a job's first delivery was answered so.
    pub(crate) fn delivered(&self, job: JobId, status: u16) {
        let answered = self.until(&format!("an answer to the webhook of job {job}"), || {
            let deliveries = self.github().deliveries();
            let of_job =
                |delivery: &&Delivery| delivery.event.job.as_ref().is_some_and(|sent| sent.id.0 == job.0);
            deliveries.iter().find(of_job)?.outcome().map(Outcome::status_code)
        });
        assert_eq!(answered, status, "{}", self.state());
    }

    /// The n-th delivery of a job's event, once it was made.
    pub(crate) fn delivery(&self, job: JobId, action: Action, n: usize) -> Sent {
        let delivery = self.until(&format!("`{}` of job {job}", action.name()), || {
            let made = self.github().deliveries().into_iter().filter(|made| !made.redelivery);
            let mut of_job = made.filter(|made| {
                made.event.action == action && made.event.job.as_ref().is_some_and(|sent| sent.id.0 == job.0)
            });
            of_job.nth(n)
        });
        let (headers, body) = self.github().delivery_request(&delivery);
        Sent { method: "POST", headers, body }
    }

    /// Sends the webhook a request of the test's own making.
    pub(crate) fn post(&self, sent: &Sent) -> Response {
        let url = self.installation.output("webhook_url");
        self.send(sent.method, &url, &sent.headers, sent.body.clone())
    }

    pub(crate) fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> Response {
        self.runtime.block_on(http::send(method, url, headers, body, PATIENCE)).unwrap()
    }

    /// The jobs that the ledger holds as queued.
    pub(crate) fn queued(&self) -> Vec<JobId> {
        let mut queued: Vec<JobId> = Vec::new();
        for row in self.rows() {
            if let Row::Job(job) = row {
                assert!(job.state.is_queued(), "{job:?}");
                queued.push(job.id);
            }
        }
        queued.sort();
        queued
    }

    /// Everything that is open.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let open = self.runtime.block_on(self.ledger.open()).unwrap();
        assert!(open.unreadable.is_empty(), "{:?}", open.unreadable);
        open.rows
    }

    pub(crate) fn job(&self, job: JobId) -> Option<Job> {
        match self.one(Key::Job(job))? {
            Row::Job(job) => Some(job),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn tombstone(&self, job: JobId) -> Option<Ended> {
        match self.one(Key::Tombstone(job))? {
            Row::Tombstone(ended) => Some(ended),
            other => panic!("{other:?}"),
        }
    }

    fn one(&self, key: Key) -> Option<Row> {
        self.runtime.block_on(self.ledger.get(&[key])).unwrap().pop().flatten()
    }

    /// The story of a job that ended.
    pub(crate) fn told(&self, job: JobId) -> Told {
        self.until(&format!("job {job} to be history"), || self.history(job))
    }

    fn history(&self, job: JobId) -> Option<Told> {
        let mut told = Told { ended: None, launches: Vec::new() };
        for row in self.runtime.block_on(self.ledger.history(job)).unwrap() {
            match row {
                Row::Tombstone(ended) => told.ended = Some(ended),
                Row::EndedLaunch(launch) => told.launches.push(launch),
                Row::Waited(_) | Row::Noted(_) => {}
                other => panic!("{other:?}"),
            }
        }
        let is_over = told.ended.is_some() && !told.launches.is_empty();
        (is_over && !self.is_open(job)).then_some(told)
    }

    /// Every task there is or was, as ECS describes it.
    pub(crate) fn tasks(&self) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.boto(TASKS)).unwrap()
    }

    /// Whether anything of the job is still to be done.
    fn is_open(&self, job: JobId) -> bool {
        self.rows().iter().any(|row| match row {
            Row::Job(open) => open.id == job,
            Row::Launch(open) => open.id.job == job || open.job == Some(job),
            _ => false,
        })
    }

    /// Looks again and again, and gives others their turn between.
    pub(crate) fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(
                Instant::now() < until,
                "waited in vain for {what}
{}",
                self.state()
            );
            self.runtime.block_on(async { tokio::time::sleep(LOOK_EVERY).await });
        }
    }

    /// What a person wants to see when a test has failed.
    pub(crate) fn state(&self) -> String {
        let mut text = String::new();
        for row in self.rows() {
            let _ = writeln!(text, "  {row:?}");
        }
        for function in ["webhook", "scaler", "broker"] {
            let log = self.world().function_log(&format!("quillon-{function}")).unwrap_or_default();
            for line in log.iter().rev().take(8).rev() {
                let _ = writeln!(text, "  {function}: {}", line.trim());
            }
        }
        let _ = writeln!(text, "  world: {:?}", self.world().troubles());
        text
    }

    /// Runs Python with boto3, as root.
    pub(crate) fn boto(&self, script: &str) -> String {
        self.installation.python(&format!("import boto3, json\n{script}"), b"").unwrap().trim().to_owned()
    }

    /// From here on the clock is rung by the test alone.
    pub(crate) fn stop_the_clock(&self) {
        self.boto("boto3.client('events').disable_rule(Name='quillon-sweep')");
    }
}
