//! GitHub as a state machine: jobs, runners, who gets which, and the webhooks that tell of it.

mod account;
mod assign;
mod check_run;
mod delivery;
mod fault;
mod hooks;
mod id;
mod job;
mod jobs;
mod limits;
mod refusal;
mod registration;
mod rerun;
mod run;
mod runner;
mod sessions;
mod settings;
mod time;

use std::collections::{BTreeMap, BTreeSet};

pub use account::{Access, Account, AccountKind, Installation, Permissions, Repository, Visibility};
pub use check_run::CheckRun;
pub use delivery::{Action, Delivery, DeliveryState, Event, Exchange, Outcome};
pub use fault::{ApiFault, ApiMishap, HookFault, HookMatch, HookMishap};
pub use id::{
    CheckRunId, DeliveryId, GroupId, InstallationId, JobId, RepositoryId, RunId, RunnerId, SessionId,
};
pub use job::{Conclusion, Ending, Job, JobState, Offer, RunnerRef, Script, TaskResult};
pub use jobs::JobOrder;
pub use limits::{Charge, Principal, Weight, Window};
pub use refusal::Refusal;
pub use run::{Head, Run, RunState, Trigger};
pub use runner::{GoneRunner, Group, GroupVisibility, JitRequest, Removal, Runner, Scope, Session};
pub use sessions::{Assignment, PollAnswer, SessionRefusal};
pub use settings::{Limits, Resource, Settings, Timing};
pub use time::Timestamp;

use id::{Dice, Ids};

/// What the machine wants done outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this delivery now and say what came of it with [`GitHub::delivered`].
    Deliver(DeliveryId),
    /// There is something for this runner, or it is no more: let it poll.
    Wake(RunnerId),
}

/// The whole of GitHub that matters to us. Every call takes the time and sees all that was due before it.
#[derive(Clone, Debug)]
pub struct GitHub {
    pub settings: Settings,
    pub accounts: BTreeMap<String, Account>,
    pub installations: BTreeMap<InstallationId, Installation>,
    pub repositories: BTreeMap<RepositoryId, Repository>,
    pub groups: BTreeMap<(String, GroupId), Group>,
    pub runs: BTreeMap<RunId, Run>,
    pub jobs: BTreeMap<JobId, Job>,
    pub runners: BTreeMap<RunnerId, Runner>,
    /// Registrations that ended, so that a test can ask why.
    pub gone: BTreeMap<RunnerId, GoneRunner>,
    pub check_runs: Vec<CheckRun>,
    pub deliveries: BTreeMap<DeliveryId, Delivery>,
    pub hook_faults: Vec<HookFault>,
    pub api_faults: Vec<ApiFault>,
    n_runs: u64,
    /// The jobs of each run, oldest first.
    by_run: BTreeMap<RunId, Vec<JobId>>,
    held: Vec<DeliveryId>,
    /// Queued jobs that may be offered, oldest first.
    offerable: BTreeSet<JobId>,
    offered: BTreeMap<RunnerId, JobId>,
    bound: BTreeMap<JobId, RunnerId>,
    buckets: limits::Buckets,
    timers: BTreeMap<(Timestamp, u64), Timer>,
    timer_seq: u64,
    outputs: Vec<Output>,
    ids: IdSources,
    dice: Dice,
}

#[derive(Clone, Debug)]
struct IdSources {
    account: Ids,
    installation: Ids,
    repository: Ids,
    run: Ids,
    job: Ids,
    runner: Ids,
    session: Ids,
    delivery: Ids,
}

#[derive(Clone, Copy, Debug)]
enum Timer {
    Send(DeliveryId),
    DeliveryDeadline(DeliveryId),
    GateOpens(JobId),
    GateWaits(JobId),
    Dispatch(JobId),
    OfferEnds(JobId, RunnerId),
    QueueEnds(JobId),
    LockEnds(JobId),
    CancelEnds(JobId),
    IdleEnds(RunnerId),
    Reap(RunnerId),
    GhostEnds(RunnerId),
}

impl GitHub {
    pub fn new(seed: u64, settings: Settings) -> Self {
        let ids = IdSources {
            account: Ids::new(seed, 33_000_000),
            installation: Ids::new(seed, 61_000_000),
            repository: Ids::new(seed, 376_000_000),
            run: Ids::new(seed, 17_940_000_000),
            job: Ids::new(seed, 48_283_000_000),
            runner: Ids::new(seed, 1_000),
            session: Ids::new(seed, 7_000_000),
            delivery: Ids::new(seed, 152_000_000_000),
        };
        Self {
            settings,
            accounts: BTreeMap::new(),
            installations: BTreeMap::new(),
            repositories: BTreeMap::new(),
            groups: BTreeMap::new(),
            runs: BTreeMap::new(),
            jobs: BTreeMap::new(),
            runners: BTreeMap::new(),
            gone: BTreeMap::new(),
            check_runs: Vec::new(),
            deliveries: BTreeMap::new(),
            hook_faults: Vec::new(),
            api_faults: Vec::new(),
            n_runs: 0,
            by_run: BTreeMap::new(),
            held: Vec::new(),
            offerable: BTreeSet::new(),
            offered: BTreeMap::new(),
            bound: BTreeMap::new(),
            buckets: limits::Buckets::default(),
            timers: BTreeMap::new(),
            timer_seq: 0,
            outputs: Vec::new(),
            ids,
            dice: Dice::new(seed),
        }
    }

    /// Does everything that was due by `now`, in the order it was due.
    pub fn advance(&mut self, now: Timestamp) {
        while let Some((&(due, seq), _)) = self.timers.first_key_value() {
            if due > now {
                break;
            }
            if let Some(timer) = self.timers.remove(&(due, seq)) {
                self.fire(timer, due);
                self.match_jobs(due);
            }
        }
        self.match_jobs(now);
        self.forget_old_deliveries(now);
        self.forget_old_runs(now);
    }

    /// When something happens by itself next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.timers.first_key_value().map(|(&(due, _), _)| due)
    }

    /// What is to be done outside since the last time this was asked.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    pub fn add_account(&mut self, login: &str, kind: AccountKind) -> Account {
        let account = Account { login: login.to_owned(), id: self.ids.account.next(), kind };
        self.accounts.insert(login.to_ascii_lowercase(), account.clone());
        if kind == AccountKind::Organization {
            self.add_group(Group {
                id: GroupId(1),
                organization: login.to_owned(),
                name: "Default".to_owned(),
                visibility: GroupVisibility::All,
                allows_public_repositories: false,
            });
        }
        account
    }

    pub fn add_group(&mut self, group: Group) {
        self.groups.insert((group.organization.to_ascii_lowercase(), group.id), group);
    }

    pub fn add_repository(
        &mut self,
        owner: &str,
        name: &str,
        visibility: Visibility,
        fork: bool,
    ) -> RepositoryId {
        let id = RepositoryId(self.ids.repository.next());
        self.repositories.insert(
            id,
            Repository {
                id,
                owner: owner.to_owned(),
                name: name.to_owned(),
                visibility,
                fork,
                allow_forking: true,
            },
        );
        id
    }

    /// Installs the App that hears of events.
    pub fn install(&mut self, account: &str, permissions: Permissions) -> InstallationId {
        self.install_app(self.settings.app_id, account, permissions)
    }

    /// The same of any App.
    pub fn install_app(&mut self, app_id: u64, account: &str, permissions: Permissions) -> InstallationId {
        let id = InstallationId(self.ids.installation.next());
        let account = account.to_owned();
        self.installations.insert(
            id,
            Installation { id, app_id, account, permissions, repositories: None, suspended: false },
        );
        id
    }

    /// The repository of this name, whatever its case.
    pub fn repository(&self, owner: &str, name: &str) -> Option<&Repository> {
        self.repositories
            .values()
            .find(|r| r.owner.eq_ignore_ascii_case(owner) && r.name.eq_ignore_ascii_case(name))
    }

    /// The installation that covers a repository, of the App that hears of events.
    pub fn installation_of(&self, repository: &Repository) -> Option<&Installation> {
        let mut all = self.installations_of(self.settings.app_id);
        all.find(|i| !i.suspended && i.covers(repository))
    }

    pub fn installations_of(&self, app_id: u64) -> impl Iterator<Item = &Installation> {
        self.installations.values().filter(move |i| i.app_id == app_id)
    }

    /// Where an App is installed for the runners of an organization or a repository.
    pub fn installation_at(&self, app_id: u64, scope: &Scope) -> Option<&Installation> {
        let covers = |i: &&Installation| match scope {
            Scope::Organization(login) => i.account.eq_ignore_ascii_case(login),
            Scope::Repository(id) => self.repositories.get(id).is_some_and(|it| i.covers(it)),
        };
        self.installations_of(app_id).find(covers)
    }

    /// A fresh number for something the machine itself keeps no track of, as a check run.
    pub fn fresh_id(&mut self) -> u64 {
        self.ids.job.next()
    }

    fn fire(&mut self, timer: Timer, now: Timestamp) {
        match timer {
            Timer::Send(id) => self.send(id, now),
            Timer::DeliveryDeadline(id) => self.delivery_deadline(id, now),
            Timer::GateWaits(id) => self.tell_job(id, Action::Waiting, now),
            Timer::GateOpens(id) => self.queue_now(id, now),
            Timer::Dispatch(id) => self.dispatch(id),
            Timer::OfferEnds(job, runner) => self.offer_ends(job, runner, now),
            Timer::QueueEnds(id) => self.queue_ends(id, now),
            Timer::LockEnds(id) => self.lock_ends(id, now),
            Timer::CancelEnds(id) => self.cancel_ends(id, now),
            Timer::IdleEnds(id) => self.idle_ends(id, now),
            Timer::Reap(id) => self.reap(id, now),
            Timer::GhostEnds(id) => self.remove_runner(id, Removal::Lost, now),
        }
    }

    fn after(&mut self, due: Timestamp, timer: Timer) {
        self.timer_seq += 1;
        self.timers.insert((due, self.timer_seq), timer);
    }
}
