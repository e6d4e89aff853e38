//! The model of GitHub as the forge suite wants it, wherever it runs.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use control::contract::forge::{Head, Outside, Owner, Registration};
use model::id::{InstallationId, JobId, RepositoryId, RunId, RunnerName};
use model::job::Repository;
use sim::github::{
    AccountKind, Action, ApiFault, ApiMishap, Charge, GitHub, GroupId, HookMatch, HookMishap, JitRequest,
    JobOrder, Limits, Permissions, PollAnswer, Principal, Resource, Runner, RunnerId, Scope, TaskResult,
    Timestamp, Trigger, Visibility, Weight,
};

/// The App that shares the load of the first.
pub(crate) const REGISTRAR: u64 = 234_567;

/// What is done to the machine, at the present moment.
type Change<'a> = &'a mut (dyn FnMut(&mut GitHub, Timestamp) + Send);

pub(crate) struct Town {
    pub(crate) with: Box<dyn Fn(Change<'_>) + Send + Sync>,
    n_owners: AtomicU64,
}

impl Town {
    pub(crate) fn new(with: impl Fn(Change<'_>) + Send + Sync + 'static) -> Self {
        Self { with: Box::new(with), n_owners: AtomicU64::new(0) }
    }

    fn act<T: Send>(&self, act: impl FnOnce(&mut GitHub, Timestamp) -> T + Send) -> T {
        let (mut act, mut done) = (Some(act), None);
        (self.with)(&mut |github, now| done = act.take().map(|act| act(github, now)));
        done.unwrap()
    }

    fn start(&self, at: &Repository, trigger: Trigger, order: JobOrder) -> (RunId, JobId) {
        let (run, jobs) = self.act(|github, now| github.start_run(there(at), trigger, vec![order], now));
        (RunId(run.0), JobId(jobs[0].0))
    }

    fn trouble(&self, mishap: ApiMishap) {
        self.act(|github, _| github.api_faults.push(ApiFault { operation: None, mishap, times: Some(1) }));
    }

    fn end(&self, job: JobId, result: TaskResult) {
        let job = sim::github::JobId(job.0);
        self.act(|github, now| {
            let id: RunnerId = github.jobs[&job].runner.as_ref().unwrap().id;
            let session = github.runners[&id].session.as_ref().unwrap().id;
            github.complete(id, session, job, result, now).unwrap();
        });
    }
}

impl Outside for Town {
    fn repository(&self, owner: Owner) -> Repository {
        let login = format!("owner-{}", self.n_owners.fetch_add(1, Ordering::Relaxed));
        let (kind, is_organization) = match owner {
            Owner::Organization => (AccountKind::Organization, true),
            Owner::User => (AccountKind::User, false),
        };
        let (id, installation) = self.act(|github, _| {
            github.add_account(&login, kind);
            let id = github.add_repository(&login, "shop", Visibility::Private, false);
            let installation = github.install(&login, Permissions::of_the_app());
            github.install_app(REGISTRAR, &login, Permissions::of_a_registrar());
            (id, installation)
        });
        Repository {
            id: RepositoryId(id.0),
            installation: InstallationId(installation.0),
            owner: login,
            name: "shop".to_owned(),
            is_organization,
            is_private: true,
        }
    }

    fn queue(&self, at: &Repository, head: Head, labels: &[&str]) -> (RunId, JobId) {
        let of_a_fork = Trigger::fork(sim::github::RepositoryId(at.id.0 + 1_000_000), "mallory/shop");
        let trigger = match head {
            Head::Own => Trigger::push(),
            Head::Fork => of_a_fork,
            Head::Gone => Trigger { head: sim::github::Head::Gone, ..of_a_fork },
        };
        self.start(at, trigger, JobOrder::new("build", labels))
    }

    fn queue_for_approval(&self, at: &Repository) -> JobId {
        let environment = Some("production".to_owned());
        self.start(at, Trigger::push(), JobOrder { environment, ..JobOrder::new("deploy", &["bare"]) }).1
    }

    fn register_other(&self, at: &Repository, name: &str, labels: &[&str]) {
        let labels = labels.iter().map(|&label| label.to_owned()).collect();
        let request = JitRequest { name: name.to_owned(), group: GroupId(1), labels, work_folder: None };
        self.act(|github, now| github.register(scope(at), request, now)).unwrap();
    }

    fn take(&self, at: &Repository, runner: &str, job: JobId) {
        let job = sim::github::JobId(job.0);
        self.act(|github, now| {
            let client = github.runners_of(&scope(at), Some(runner))[0].client_id.clone();
            let (id, session) = github.open_session(&client, "2.337.0", now).unwrap();
            github.bind(job, id, now);
            assert_eq!(github.poll(id, session, now), Ok(PollAnswer::Job(job)));
            github.acquire(id, session, job, now).unwrap();
        });
    }

    fn complete(&self, job: JobId) {
        self.end(job, TaskResult::Succeeded);
    }

    fn fail(&self, job: JobId) {
        self.end(job, TaskResult::Failed);
    }

    fn cancel(&self, job: JobId) {
        self.act(|github, now| github.cancel_job(sim::github::JobId(job.0), now)).unwrap();
    }

    fn registrations(&self, at: &Repository, name: RunnerName) -> Vec<Registration> {
        let shown = |runner: &Runner| Registration { id: runner.id.0, labels: runner.labels.clone() };
        self.act(|github, _| {
            github.runners_of(&scope(at), Some(&name.to_string())).into_iter().map(shown).collect()
        })
    }

    fn lose_an_event(&self, at: &Repository) {
        self.act(|github, _| {
            let which = HookMatch { job: None, action: Some(Action::Queued) };
            github.trouble_hooks(which, HookMishap::Fail, Some(1));
        });
        self.queue(at, Head::Own, &["bare"]);
    }

    fn attempts(&self, event: &str) -> usize {
        self.act(|github, _| github.deliveries.values().filter(|it| it.guid == event).count())
    }

    fn told(&self, at: &Repository, commit: &str) -> Vec<String> {
        self.act(|github, _| {
            github
                .check_runs_of(there(at), commit)
                .map(|run| format!("{}: {}", run.name, run.summary))
                .collect()
        })
    }

    fn forbid_telling(&self, at: &Repository) {
        let id = sim::github::InstallationId(at.installation.0);
        self.act(|github, _| {
            let installation = github.installations.get_mut(&id).unwrap();
            installation.permissions.0.remove("checks");
        });
    }

    fn lose_next_answer(&self) {
        self.trouble(ApiMishap::LoseAnswer);
    }

    fn throttle_next(&self, seconds: u64) {
        self.trouble(ApiMishap::Status { status: 429, retry_after: Some(Duration::from_secs(seconds)) });
    }

    fn use_up_the_hour(&self) {
        self.act(|github, _| github.settings.limits.core = 0);
    }

    fn calm(&self) {
        self.act(|github, _| {
            github.settings.limits.core = Limits::default().core;
            github.api_faults.clear();
        });
    }

    fn registered_by_each(&self, at: &Repository) -> Vec<u64> {
        let used = |github: &GitHub, app, now| {
            let by = installed(github, at, app).map(Principal::Installation);
            by.map_or(0, |by| github.window(by, Resource::RunnerRegistration, now).used)
        };
        self.act(|github, now| (0..2).map(|app| used(github, app, now)).collect())
    }

    fn exhaust(&self, at: &Repository, app: usize) {
        self.act(|github, now| {
            let by = Principal::Installation(installed(github, at, app).unwrap());
            let charge =
                Charge { principal: by, resource: Resource::Core, weight: Weight::Write, registers: None };
            while github.charge(&charge, now).1.is_ok() {}
        });
    }

    fn uninstall(&self, at: &Repository, app: usize) {
        self.act(|github, _| {
            let id = installed(github, at, app).unwrap();
            github.installations.remove(&id);
        });
    }
}

impl fmt::Debug for Town {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Town").finish_non_exhaustive()
    }
}

/// Where the App is installed at this owner: the first one, or the one that shares its load.
fn installed(github: &GitHub, at: &Repository, app: usize) -> Option<sim::github::InstallationId> {
    let app_id = if app == 0 { github.settings.app_id } else { REGISTRAR };
    github.installation_at(app_id, &scope(at)).map(|it| it.id)
}

fn there(at: &Repository) -> sim::github::RepositoryId {
    sim::github::RepositoryId(at.id.0)
}

fn scope(at: &Repository) -> Scope {
    if at.is_organization { Scope::Organization(at.owner.clone()) } else { Scope::Repository(there(at)) }
}
