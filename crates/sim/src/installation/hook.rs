//! GitHub's deliveries, on their way through the webhook function.

use control::admit::{Admitted, admit};
use control::event::Event;
use model::id::{InstallationId, JobId, RepositoryId, RunId, RunnerName};
use model::job::{Ended, Job, JobState, Repository};
use model::time::Timestamp;

use super::function::Function;
use super::{Installation, Who};
use crate::github::{self, AccountKind, Action, DeliveryId, Exchange, Outcome};

impl Installation {
    pub(super) fn deliver(&mut self, id: DeliveryId) {
        let Some(told) = self.github().deliveries.get(&id).map(|delivery| delivery.event.clone()) else {
            return;
        };
        let status = match event(&told, self.is_of_organization(&told)) {
            None => 202,
            Some(event) => {
                let (rules, now) = (self.rules.clone(), self.time_of(Function::Webhook));
                let admitted = self.run(Function::Webhook, async |ports| {
                    admit(ports.ledger.as_ref(), &rules, &event, now).await
                });
                let became = match &admitted {
                    Some(Ok(admitted)) => became(*admitted),
                    Some(Err(_)) | None => "it is not taken",
                };
                let (name, job) = (event.name(), event.job());
                self.tell(Who::Webhook, name, || format!("{name} of job {job}{}: {became}", how(&event)));
                if matches!(admitted, Some(Ok(_))) { 202 } else { 502 }
            }
        };
        let outcome = Outcome::Answered(Exchange { status, ..Exchange::default() });
        let now = self.clock.of_github();
        self.github().delivered(id, outcome, now);
    }

    fn is_of_organization(&self, told: &github::Event) -> bool {
        let account = told.repository.owner.to_ascii_lowercase();
        self.github().accounts.get(&account).is_some_and(|it| it.kind == AccountKind::Organization)
    }

    /// Somebody says of a job what GitHub never said: that it waits for approval, that another's runner has it,
    /// or that it is over.
    pub fn forge_event(&mut self, said: Action, job: JobId) {
        let last = self.github().deliveries.values().rev().find_map(|delivery| {
            let told = delivery.event.job.as_ref()?;
            (told.id.0 == job.0).then(|| (delivery.event.clone(), told.clone()))
        });
        let (Some((told, mut job)), now) = (last, self.clock.of_github()) else { return };
        job.state = match said {
            Action::Completed => github::JobState::Completed(github::Conclusion::Success),
            Action::InProgress => github::JobState::Running { locked_until: now, cancel_requested: false },
            Action::Waiting | Action::Queued | Action::Requested => github::JobState::Waiting,
        };
        match said {
            Action::InProgress => job.runner = None,
            Action::Completed => job.completed_at = Some(now),
            Action::Waiting | Action::Queued | Action::Requested => {}
        }
        let forged = github::Event { action: said, job: Some(job), ..told };
        let Some(event) = event(&forged, self.is_of_organization(&forged)) else { return };
        let (rules, now) = (self.rules.clone(), self.clock.now());
        let admitted = self
            .run(Function::Webhook, async |ports| admit(ports.ledger.as_ref(), &rules, &event, now).await);
        let became = admitted.and_then(Result::ok).map_or("it is not taken", became);
        let (name, job) = (event.name(), event.job());
        self.tell(Who::Webhook, "forged", || format!("{name} of job {job}, forged: {became}"));
    }
}

fn became(admitted: Admitted) -> &'static str {
    match admitted {
        Admitted::Foreign => "another runner's, let go",
        Admitted::New => "written down",
        Admitted::Known => "known",
        Admitted::Doubted => "doubted, GitHub will be asked",
    }
}

fn how(event: &Event) -> String {
    match event {
        Event::Completed(ended) => {
            ended.conclusion.as_deref().map_or_else(String::new, |conclusion| format!(" ({conclusion})"))
        }
        Event::Queued(_) | Event::Waiting { .. } | Event::InProgress { .. } => String::new(),
    }
}

/// As a webhook's reader understands it; nothing, if it is not of a job's life.
fn event(told: &github::Event, is_organization: bool) -> Option<Event> {
    let job = told.job.as_ref()?;
    let whole = |state| Box::new(known(told, job, state, is_organization));
    Some(match (told.action, job.status()) {
        (Action::Queued, "queued") => Event::Queued(whole(JobState::Queued)),
        (Action::Queued, "waiting" | "pending") | (Action::Waiting, _) => {
            Event::Waiting { job: JobId(job.id.0), labels: job.labels.clone() }
        }
        (Action::InProgress, _) => {
            let runner = job.runner.as_ref().and_then(|runner| RunnerName::parse(&runner.name));
            let at = seconds(job.started_at.unwrap_or(job.created_at));
            Event::InProgress { job: whole(JobState::Running { runner, at }), runner, at }
        }
        (Action::Completed, _) => Event::Completed(Box::new(ended(told, job))),
        (Action::Queued | Action::Requested, _) => return None,
    })
}

fn known(told: &github::Event, job: &github::Job, state: JobState, is_organization: bool) -> Job {
    Job {
        id: JobId(job.id.0),
        run: RunId(job.run.0),
        attempt: job.attempt,
        repository: Repository {
            id: RepositoryId(told.repository.id.0),
            installation: InstallationId(told.installation.0),
            owner: told.repository.owner.clone(),
            name: told.repository.name.clone(),
            is_organization,
            is_private: told.repository.is_private(),
        },
        labels: job.labels.clone(),
        queued_at: seconds(job.created_at),
        state,
        trust: None,
        launch: None,
        n_launches: 0,
        failed: None,
        commit: Some(told.run.trigger.sha.clone()),
        checked_at: None,
        told_at: None,
        doubted_at: None,
        reason: None,
    }
}

fn ended(told: &github::Event, job: &github::Job) -> Ended {
    let has_run = job.runner.is_some();
    Ended {
        id: JobId(job.id.0),
        run: RunId(job.run.0),
        repository: told.repository.full_name(),
        labels: job.labels.clone(),
        has_run,
        conclusion: job.conclusion().map(|conclusion| conclusion.name().to_owned()),
        runner: job.runner.as_ref().map(|runner| runner.name.clone()),
        queued_at: Some(seconds(job.created_at)),
        started_at: job.started_at.map(seconds).filter(|_| has_run),
        ended_at: seconds(job.completed_at.unwrap_or(told.at)),
    }
}

/// GitHub's payloads tell no more than the second.
fn seconds(at: github::Timestamp) -> Timestamp {
    Timestamp(at.unix_seconds() * 1000)
}
