//! What a runner says to GitHub: one session, one job, renewals, and the result.

use super::id::{JobId, RunnerId, SessionId};
use super::job::{Conclusion, Job, JobState, RunnerRef, TaskResult};
use super::runner::{Removal, Runner, Session};
use super::time::Timestamp;
use super::{Action, Ending, GitHub, Timer};

/// Why a runner is not listened to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// The registration was deleted, used up or never there.
    #[error("the runner no longer exists on the server")]
    Gone,
    #[error("a session for this runner already exists")]
    Conflict,
    #[error("runner version v{0} is deprecated and cannot receive messages")]
    Deprecated(String),
    /// The job is somebody else's by now, or ended.
    #[error("the job is not there to be acquired")]
    JobGone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollAnswer {
    Nothing,
    /// A job to acquire before its offer ends.
    Job(JobId),
    Cancel(JobId),
}

/// A job that is now this runner's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub job: Job,
    pub locked_until: Timestamp,
}

impl GitHub {
    pub fn open_session(
        &mut self,
        client_id: &str,
        version: &str,
        now: Timestamp,
    ) -> Result<(RunnerId, SessionId), SessionRefusal> {
        self.advance(now);
        let found = self.runners.values_mut().find(|runner| runner.client_id == client_id);
        let runner = found.ok_or(SessionRefusal::Gone)?;
        if runner.was_connected {
            return Err(SessionRefusal::Conflict);
        }
        let session = SessionId(self.ids.session.next());
        runner.session = Some(Session { id: session, opened_at: now, last_seen: now });
        runner.was_connected = true;
        runner.version = Some(version.to_owned());
        let id = runner.id;
        self.after(now + self.settings.timing.idle_removal, Timer::IdleEnds(id));
        self.match_jobs(now);
        Ok((id, session))
    }

    pub fn poll(
        &mut self,
        runner: RunnerId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<PollAnswer, SessionRefusal> {
        self.advance(now);
        let version = self.touch(runner, session, now)?.version.clone().unwrap_or_default();
        if self.settings.deprecated_versions.contains(&version) {
            return Err(SessionRefusal::Deprecated(version));
        }
        self.match_jobs(now);
        let held = self.runners.get(&runner).and_then(|runner| runner.job);
        let cancelled = held.filter(|id| {
            let told = |job: &Job| match job.state {
                JobState::Running { cancel_requested, .. } => cancel_requested,
                JobState::Completed(_) => true,
                JobState::Blocked | JobState::Waiting | JobState::Queued { .. } => false,
            };
            self.jobs.get(id).is_some_and(told)
        });
        Ok(match (cancelled, self.offered.get(&runner)) {
            (Some(job), _) => PollAnswer::Cancel(job),
            (None, Some(job)) => PollAnswer::Job(*job),
            (None, None) => PollAnswer::Nothing,
        })
    }

    pub fn acquire(
        &mut self,
        runner: RunnerId,
        session: SessionId,
        job: JobId,
        now: Timestamp,
    ) -> Result<Assignment, SessionRefusal> {
        self.advance(now);
        let version = self.touch(runner, session, now)?.version.clone().unwrap_or_default();
        let locked_until = now + self.settings.timing.lock;
        let taker = self.reference(runner)?;
        let found = self.jobs.get_mut(&job).ok_or(SessionRefusal::JobGone)?;
        let is_offered = matches!(found.state, JobState::Queued { offer: Some(o), .. } if o.runner == runner);
        if !is_offered {
            return Err(SessionRefusal::JobGone);
        }
        let run = found.run;
        found.runner = Some(taker);
        found.started_at = Some(now);
        found.state = JobState::Running { locked_until, cancel_requested: false };
        let is_refused = found.script.ending == Ending::Deprecated;
        let assignment = Assignment { job: found.clone(), locked_until };
        self.offered.remove(&runner);
        self.bound.remove(&job);
        self.tell_job(job, Action::InProgress, now);
        if is_refused {
            self.annotate(job, "The runner's version is deprecated and cannot run this job.");
            self.end_job(job, Conclusion::Failure, now);
            return Err(SessionRefusal::Deprecated(version));
        }
        self.runners.entry(runner).and_modify(|runner| runner.job = Some(job));
        self.after(locked_until, Timer::LockEnds(job));
        self.update_run(run, now);
        Ok(assignment)
    }

    /// Locks the job further ahead; the answer is until when.
    pub fn renew(
        &mut self,
        runner: RunnerId,
        session: SessionId,
        job: JobId,
        now: Timestamp,
    ) -> Result<Timestamp, SessionRefusal> {
        self.advance(now);
        self.touch(runner, session, now)?;
        let until = now + self.settings.timing.lock;
        let job = self.held(runner, job)?;
        let JobState::Running { locked_until, .. } = &mut job.state else {
            return Err(SessionRefusal::JobGone);
        };
        *locked_until = until;
        let id = job.id;
        self.after(until, Timer::LockEnds(id));
        Ok(until)
    }

    pub fn complete(
        &mut self,
        runner: RunnerId,
        session: SessionId,
        job: JobId,
        result: TaskResult,
        now: Timestamp,
    ) -> Result<(), SessionRefusal> {
        self.advance(now);
        self.touch(runner, session, now)?;
        self.held(runner, job)?;
        self.end_job(job, result.conclusion(), now);
        self.remove_runner(runner, Removal::Finished, now);
        self.match_jobs(now);
        Ok(())
    }

    /// A runner that shuts down in order. Without a job it stays registered, offline.
    pub fn close_session(&mut self, runner: RunnerId, session: SessionId, now: Timestamp) {
        self.advance(now);
        if self.touch(runner, session, now).is_err() {
            return;
        }
        if let Some(found) = self.runners.get_mut(&runner) {
            found.session = None;
        }
        if let Some(job) = self.offered.remove(&runner) {
            self.withdraw(job, runner);
        }
        self.match_jobs(now);
    }

    pub(super) fn lock_ends(&mut self, id: JobId, now: Timestamp) {
        let Some(job) = self.jobs.get(&id) else { return };
        let JobState::Running { locked_until, .. } = job.state else { return };
        if locked_until > now {
            return;
        }
        let runner = job.runner.as_ref().map(|runner| (runner.id, runner.name.clone()));
        let Some((runner, name)) = runner else { return };
        let sentence = format!("The self-hosted runner: {name} lost communication with the server.");
        self.annotate(id, &sentence);
        self.end_job(id, Conclusion::Failure, now);
        self.after(now + self.settings.timing.ghost_busy, Timer::GhostEnds(runner));
    }

    /// Takes an offer back, so that the job can be shown to another.
    pub(super) fn withdraw(&mut self, id: JobId, runner: RunnerId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let JobState::Queued { offer, .. } = &mut job.state else { return };
        if offer.is_some_and(|offer| offer.runner == runner) {
            *offer = None;
            self.offerable.insert(id);
        }
    }

    fn touch(
        &mut self,
        runner: RunnerId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<&Runner, SessionRefusal> {
        let runner = self.runners.get_mut(&runner).ok_or(SessionRefusal::Gone)?;
        let held = runner.session.as_mut().filter(|held| held.id == session);
        held.ok_or(SessionRefusal::Gone)?.last_seen = now;
        Ok(runner)
    }

    fn held(&mut self, runner: RunnerId, job: JobId) -> Result<&mut Job, SessionRefusal> {
        let holds = self.runners.get(&runner).is_some_and(|runner| runner.job == Some(job));
        let job = self.jobs.get_mut(&job).filter(|_| holds);
        job.ok_or(SessionRefusal::JobGone)
    }

    fn reference(&self, id: RunnerId) -> Result<RunnerRef, SessionRefusal> {
        let runner = self.runners.get(&id).ok_or(SessionRefusal::Gone)?;
        let group = match &runner.scope {
            super::Scope::Organization(login) => self.groups.get(&(login.to_ascii_lowercase(), runner.group)),
            super::Scope::Repository(_) => None,
        };
        let group_name = group.map_or_else(|| "Default".to_owned(), |group| group.name.clone());
        Ok(RunnerRef { id, name: runner.name.clone(), group: runner.group, group_name })
    }
}
