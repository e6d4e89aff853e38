//! What the tests of an installation begin with: one that is taken up, and patience with bounds.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test names the row it wants, and every other is a surprise"
)]
#![allow(dead_code, reason = "not every test needs everything")]
#![expect(clippy::unwrap_used, reason = "what a test prepares may panic as the test itself may")]

mod sent;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use aws::DynamoLedger;
use control::port::Ledger;
use end_to_end::{Installation, options, taken_up};
use model::id::JobId;
use model::job::{Ended, Job};
use sim::github::{Action, Delivery, JobOrder, Outcome, Script, Trigger};
use tokio::runtime::Runtime;
use tokio::time::Instant;
use wire::ledger::{Key, Row};
use world::github::http::{self, Response};
use world::{Call, Fault, Options, Trouble, World};

pub(crate) use sent::Sent;
pub(crate) use told::{Spent, Told};

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
/// A failed delivery and a stopped tick are taken up by the clock; here it rings once a second or so.
const SWEEP_EVERY: u32 = 40;
/// A tick follows its bell within a fraction of a second: after this many looks none is to come.
const QUIET_LOOKS: u32 = 60;

/// More calls than anybody makes.
pub(crate) const ALWAYS: u32 = 1_000;

const TASKS: &str = "
ecs, tasks = boto3.client('ecs'), []
for cluster in ecs.list_clusters()['clusterArns']:
    for status in ('RUNNING', 'STOPPED'):
        for page in ecs.get_paginator('list_tasks').paginate(cluster=cluster, desiredStatus=status):
            if page['taskArns']:
                tasks += ecs.describe_tasks(cluster=cluster, tasks=page['taskArns'])['tasks']
print(json.dumps(tasks, default=str))
";

const MESSAGES: &str = "
sqs, count = boto3.client('sqs'), 0
names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible']
for url in ('DOORBELL', 'DOORBELL'.replace('.fifo', '-dead-letters.fifo')):
    count += sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)['Attributes'].values()))
print(count)
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

    /// Queues a job behind an environment that somebody has to approve of.
    pub(crate) fn queue_behind(&self, environment: &str, label: &str) -> JobId {
        let environment = Some(environment.to_owned());
        self.start(vec![JobOrder { environment, script: steps(MOMENT), ..JobOrder::new("deploy", &[label]) }])
            .remove(0)
    }

    fn start(&self, orders: Vec<JobOrder>) -> Vec<JobId> {
        let (_, jobs) = self.github().start_run(self.installation.place.repository, Trigger::push(), orders);
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
                other => panic!("{other:?}"),
            }
        }
        let is_over = told.ended.is_some() && !told.launches.is_empty();
        (is_over && !self.is_open(job)).then_some(told)
    }

    /// The story of a job that met trouble: once that is over failed deliveries are sent again, and the
    /// clock rings.
    pub(crate) fn recovered(&self, job: JobId) -> Told {
        let (mut looks, mut again) = (0_u32, BTreeSet::new());
        self.until(&format!("job {job} to be history after all"), || {
            for failed in self.github().deliveries() {
                let has_failed = failed.outcome().is_some_and(|outcome| !outcome.is_ok());
                if has_failed && again.insert(failed.id) {
                    self.github().act(|github, now| github.redeliver(failed.id, now)).unwrap();
                }
            }
            looks += u32::from(self.world().faults().pending().is_empty());
            if looks.is_multiple_of(SWEEP_EVERY) && looks > 0 {
                self.installation.sweep().unwrap();
            }
            self.history(job)
        })
    }

    /// Rings the clock once a second until it is found.
    pub(crate) fn swept<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let mut looks = 0_u32;
        self.until(what, || {
            if looks.is_multiple_of(SWEEP_EVERY) {
                self.installation.sweep().unwrap();
            }
            looks += 1;
            look()
        })
    }

    /// Every task there is or was, as ECS describes it.
    pub(crate) fn tasks(&self) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.boto(TASKS)).unwrap()
    }

    /// How many messages wait, are being worked on, or are dead.
    pub(crate) fn messages(&self) -> u32 {
        self.boto(&MESSAGES.replace("DOORBELL", &self.installation.output("doorbell"))).parse().unwrap()
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

    /// Lets this many of a function's calls fail, of one action or of all.
    pub(crate) fn fail(&self, function: &str, action: Option<&str>, times: u32) {
        let (caller, action) = (format!("quillon-{function}"), action.map(str::to_owned));
        self.world().faults().order(Fault { caller, action, nth: 1, times, trouble: Trouble::Fail });
    }

    /// Runs Python with boto3, as root.
    pub(crate) fn boto(&self, script: &str) -> String {
        self.installation.python(&format!("import boto3, json\n{script}"), b"").unwrap().trim().to_owned()
    }

    /// From here on the clock is rung by the test alone.
    pub(crate) fn stop_the_clock(&self) {
        self.boto("boto3.client('events').disable_rule(Name='quillon-sweep')");
    }

    /// Waits until our functions have nothing left to do, and takes what they have asked of AWS.
    pub(crate) fn settled(&self) -> Spent {
        let mut last = (usize::MAX, 0);
        self.until("the functions to rest", || {
            let n_calls = self.n_calls();
            last = if n_calls == last.0 { (n_calls, last.1 + 1) } else { (n_calls, 0) };
            (last.1 >= QUIET_LOOKS).then_some(())
        });
        self.take_calls()
    }

    fn n_calls(&self) -> usize {
        self.world().calls().all().iter().filter(|call| call.caller.starts_with("quillon-")).count()
    }

    /// The calls of our functions since they were last taken, by function and name.
    pub(crate) fn take_calls(&self) -> Spent {
        let mut by_name = BTreeMap::new();
        for Call { caller, service, action } in self.world().calls().take() {
            if let Some(function) = caller.strip_prefix("quillon-") {
                *by_name.entry(format!("{function} {service}:{action}")).or_default() += 1;
            }
        }
        Spent { by_name }
    }
}
