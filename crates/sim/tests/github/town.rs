//! One organization with one private repository, and a clock to turn.

use std::time::Duration;

use sim::github::{
    AccountKind, GitHub, GroupId, JitRequest, Job, JobId, JobOrder, Output, Permissions, PollAnswer, Refusal,
    RepositoryId, Runner, RunnerId, Scope, SessionId, Settings, TaskResult, Timestamp, Trigger, Visibility,
};

pub(crate) struct Town {
    pub(crate) github: GitHub,
    pub(crate) repository: RepositoryId,
    pub(crate) now: Timestamp,
}

/// A runner that is there and listens.
#[derive(Clone, Copy)]
pub(crate) struct Online {
    pub(crate) id: RunnerId,
    pub(crate) session: SessionId,
}

impl Town {
    pub(crate) fn new() -> Self {
        Self::seeded(1)
    }

    pub(crate) fn seeded(seed: u64) -> Self {
        let mut github = GitHub::new(seed, Settings::default());
        github.add_account("acme", AccountKind::Organization);
        let repository = github.add_repository("acme", "shop", Visibility::Private, false);
        github.install("acme", Permissions::of_the_app());
        Self { github, repository, now: Timestamp(1_795_000_000_000) }
    }

    pub(crate) fn later(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.github.advance(self.now);
    }

    pub(crate) fn queue(&mut self, labels: &[&str]) -> JobId {
        self.start(vec![JobOrder::new("build", labels)])[0]
    }

    pub(crate) fn start(&mut self, orders: Vec<JobOrder>) -> Vec<JobId> {
        self.github.start_run(self.repository, Trigger::push(), orders, self.now).1
    }

    pub(crate) fn register(&mut self, name: &str, labels: &[&str]) -> Result<Runner, Refusal> {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        let request = JitRequest { name: name.to_owned(), group: GroupId(1), labels, work_folder: None };
        self.github.register(Scope::Organization("acme".to_owned()), request, self.now)
    }

    pub(crate) fn online(&mut self, name: &str, labels: &[&str]) -> Online {
        let runner = self.register(name, labels).unwrap();
        let (id, session) = self.github.open_session(&runner.client_id, "2.337.0", self.now).unwrap();
        Online { id, session }
    }

    pub(crate) fn poll(&mut self, runner: Online) -> PollAnswer {
        self.github.poll(runner.id, runner.session, self.now).unwrap()
    }

    pub(crate) fn take(&mut self, runner: Online, job: JobId) {
        self.github.acquire(runner.id, runner.session, job, self.now).unwrap();
    }

    pub(crate) fn complete(&mut self, runner: Online, job: JobId, result: TaskResult) {
        self.github.complete(runner.id, runner.session, job, result, self.now).unwrap();
    }

    pub(crate) fn job(&self, id: JobId) -> &Job {
        &self.github.jobs[&id]
    }

    /// What was sent since the last time, as `action/status` of each.
    pub(crate) fn told(&mut self) -> Vec<String> {
        let outputs = self.github.take_outputs();
        let sent = outputs.into_iter().filter_map(|output| match output {
            Output::Deliver(id) => Some(&self.github.deliveries[&id].event),
            Output::Wake(_) => None,
        });
        let named = sent.map(|event| {
            let status = event.job.as_ref().map_or("", Job::status);
            format!("{}/{status}", event.action.name())
        });
        named.collect()
    }
}
