//! The life of a job up to its end: queued, gated, cancelled, and the run around it.

use std::collections::BTreeMap;

use super::id::{JobId, RepositoryId, RunId};
use super::job::{Conclusion, Job, JobState, Script};
use super::run::{Run, RunState, Trigger};
use super::time::Timestamp;
use super::{Action, GitHub, Output, Refusal, Timer};

/// One job of a workflow to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobOrder {
    pub name: String,
    pub labels: Vec<String>,
    pub needs: Vec<String>,
    pub environment: Option<String>,
    /// Its `if:` is false: it ends before it begins.
    pub skipped: bool,
    pub script: Script,
}

impl JobOrder {
    pub fn new(name: &str, labels: &[&str]) -> Self {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Self { name: name.to_owned(), labels, ..Self::default() }
    }
}

impl GitHub {
    /// Starts a run with all its jobs, as a push does.
    pub fn start_run(
        &mut self,
        repository: RepositoryId,
        trigger: Trigger,
        orders: Vec<JobOrder>,
        now: Timestamp,
    ) -> (RunId, Vec<JobId>) {
        self.advance(now);
        let id = RunId(self.ids.run.next());
        self.n_runs += 1;
        let number = self.n_runs;
        let run = Run {
            id,
            repository,
            attempt: 1,
            number,
            trigger,
            created_at: now,
            updated_at: now,
            state: RunState::Queued,
        };
        self.runs.insert(id, run);
        self.tell_run(id, Action::Requested, now);
        let jobs = orders.into_iter().map(|order| self.add_job(id, order, now)).collect();
        self.unblock(id, now);
        self.match_jobs(now);
        (id, jobs)
    }

    /// Adds a job to a run that is there already, as a matrix that grows does.
    pub fn add_job_to_run(&mut self, run: RunId, order: JobOrder, now: Timestamp) -> JobId {
        self.advance(now);
        let id = self.add_job(run, order, now);
        self.unblock(run, now);
        self.match_jobs(now);
        id
    }

    /// Somebody approves what the environment held back.
    pub fn approve(&mut self, id: JobId, now: Timestamp) -> Result<(), Refusal> {
        self.advance(now);
        match self.jobs.get(&id).map(|job| &job.state) {
            Some(JobState::Waiting) => {
                self.after(now + self.settings.timing.gate_step, Timer::GateOpens(id));
                Ok(())
            }
            Some(_) => Err(Refusal::Unprocessable("No pending deployment requests".to_owned())),
            None => Err(Refusal::NotFound),
        }
    }

    pub fn cancel_job(&mut self, id: JobId, now: Timestamp) -> Result<(), Refusal> {
        self.advance(now);
        let job = self.jobs.get_mut(&id).ok_or(Refusal::NotFound)?;
        match &mut job.state {
            JobState::Blocked | JobState::Waiting | JobState::Queued { .. } => {
                self.end_job(id, Conclusion::Cancelled, now);
            }
            JobState::Running { cancel_requested, .. } => {
                *cancel_requested = true;
                let runner = job.runner.as_ref().map(|runner| runner.id);
                self.after(now + self.settings.timing.cancel_grace, Timer::CancelEnds(id));
                self.outputs.extend(runner.map(Output::Wake));
            }
            JobState::Completed(_) => {
                return Err(Refusal::Conflict("Cannot cancel a workflow run that is completed.".to_owned()));
            }
        }
        self.advance(now);
        Ok(())
    }

    /// The jobs of a run as its last attempt has them, or of all attempts.
    pub fn jobs_of_run(&self, run: RunId, all: bool) -> Vec<&Job> {
        let ids = self.by_run.get(&run).into_iter().flatten();
        let jobs = ids.filter_map(|id| self.jobs.get(id));
        if all {
            return jobs.collect();
        }
        // Ids rise, so the last of a name is of the newest attempt.
        let newest: BTreeMap<&str, &Job> = jobs.map(|job| (job.name.as_str(), job)).collect();
        let mut jobs: Vec<&Job> = newest.into_values().collect();
        jobs.sort_by_key(|job| job.id);
        jobs
    }

    pub(super) fn add_job(&mut self, run: RunId, order: JobOrder, now: Timestamp) -> JobId {
        let id = JobId(self.ids.job.next());
        let attempt = self.runs.get(&run).map_or(1, |run| run.attempt);
        let job = Job {
            id,
            run,
            attempt,
            name: order.name,
            labels: order.labels,
            needs: order.needs,
            environment: order.environment,
            state: JobState::Blocked,
            created_at: now,
            started_at: None,
            completed_at: None,
            runner: None,
            annotation: None,
            script: order.script,
        };
        self.jobs.insert(id, job);
        self.by_run.entry(run).or_default().push(id);
        if order.skipped {
            self.end_job(id, Conclusion::Skipped, now);
        }
        id
    }

    /// Lets the jobs go whose needs are met, and skips those whose needs failed.
    pub(super) fn unblock(&mut self, run: RunId, now: Timestamp) {
        loop {
            let jobs = self.jobs_of_run(run, false);
            let verdict = |job: &Job| {
                let needed = || job.needs.iter().filter_map(|n| jobs.iter().find(|j| &j.name == n));
                if needed().any(|j| j.conclusion().is_some_and(|c| c != Conclusion::Success)) {
                    Some(false)
                } else if needed().all(|j| j.is_completed()) {
                    Some(true)
                } else {
                    None
                }
            };
            let next = jobs
                .iter()
                .filter(|job| job.state == JobState::Blocked)
                .find_map(|job| verdict(job).map(|go| (job.id, go)));
            match next {
                Some((id, true)) => self.release(id, now),
                Some((id, false)) => self.finish(id, Conclusion::Skipped, now),
                None => break,
            }
        }
        self.update_run(run, now);
    }

    pub(super) fn queue_now(&mut self, id: JobId, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&id).filter(|job| !job.is_completed()) else { return };
        job.state = JobState::Queued { offers: 0, offer: None };
        self.tell_job(id, Action::Queued, now);
        self.after(now + self.settings.timing.dispatch, Timer::Dispatch(id));
        self.after(now + self.settings.timing.queue, Timer::QueueEnds(id));
    }

    pub(super) fn queue_ends(&mut self, id: JobId, now: Timestamp) {
        let queued = |job: &Job| matches!(job.state, JobState::Queued { .. });
        if self.jobs.get(&id).is_some_and(queued) {
            self.annotate(id, "The job was not started within 24 hours and was cancelled.");
            self.end_job(id, Conclusion::Cancelled, now);
        }
    }

    pub(super) fn cancel_ends(&mut self, id: JobId, now: Timestamp) {
        let told = |job: &Job| matches!(job.state, JobState::Running { cancel_requested: true, .. });
        let Some(job) = self.jobs.get(&id).filter(|job| told(job)) else { return };
        let runner = job.runner.as_ref().map(|runner| runner.id);
        self.end_job(id, Conclusion::Cancelled, now);
        if let Some(runner) = runner {
            self.after(now + self.settings.timing.ghost_busy, Timer::GhostEnds(runner));
        }
    }

    /// The oldest first, up to one that is still kept.
    pub(super) fn forget_old_runs(&mut self, now: Timestamp) {
        let kept = self.settings.timing.run_retention;
        let is_old = |at: Timestamp| now.since(at) > kept;
        while let Some((&id, run)) = self.runs.first_key_value() {
            if !is_old(run.updated_at) || !matches!(run.state, RunState::Completed(_)) {
                break;
            }
            self.runs.remove(&id);
            for job in self.by_run.remove(&id).unwrap_or_default() {
                self.jobs.remove(&job);
            }
        }
        while let Some((&id, runner)) = self.gone.first_key_value() {
            if !is_old(runner.at) {
                break;
            }
            self.gone.remove(&id);
        }
    }

    pub(super) fn annotate(&mut self, id: JobId, sentence: &str) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.annotation = Some(sentence.to_owned());
        }
    }

    /// As the API shows it, which may lag behind what its events said.
    pub fn shown(&self, id: JobId, now: Timestamp) -> Option<Job> {
        let lag = u64::try_from(self.settings.timing.api_lag.as_millis()).unwrap_or(u64::MAX);
        Some(self.jobs.get(&id)?.as_of(Timestamp(now.0.saturating_sub(lag))))
    }

    /// Ends a job and lets go what waited for it.
    pub(super) fn end_job(&mut self, id: JobId, conclusion: Conclusion, now: Timestamp) {
        let Some(run) = self.jobs.get(&id).map(|job| job.run) else { return };
        self.finish(id, conclusion, now);
        self.unblock(run, now);
    }

    fn finish(&mut self, id: JobId, conclusion: Conclusion, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&id).filter(|job| !job.is_completed()) else { return };
        job.state = JobState::Completed(conclusion);
        job.completed_at = Some(now);
        job.started_at.get_or_insert(now);
        self.offerable.remove(&id);
        self.bound.remove(&id);
        self.offered.retain(|_, job| *job != id);
        self.tell_job(id, Action::Completed, now);
    }

    fn release(&mut self, id: JobId, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        if job.environment.is_none() {
            self.queue_now(id, now);
            return;
        }
        // An environment's gate says "queued" first, with a status that takes it back.
        job.state = JobState::Waiting;
        self.tell_job(id, Action::Queued, now);
        self.after(now + self.settings.timing.gate_step, Timer::GateWaits(id));
    }

    pub(super) fn update_run(&mut self, id: RunId, now: Timestamp) {
        let jobs = self.jobs_of_run(id, false);
        let ended: Vec<Conclusion> = jobs.iter().filter_map(|job| job.conclusion()).collect();
        let all_ended = !jobs.is_empty() && ended.len() == jobs.len();
        let any_running = jobs.iter().any(|job| matches!(job.state, JobState::Running { .. }));
        let worst = if ended.contains(&Conclusion::Failure) {
            Conclusion::Failure
        } else if ended.contains(&Conclusion::Cancelled) {
            Conclusion::Cancelled
        } else {
            Conclusion::Success
        };
        let Some(run) = self.runs.get_mut(&id) else { return };
        let (state, action) = match run.state {
            RunState::Completed(_) => return,
            RunState::Queued | RunState::InProgress if all_ended => {
                (RunState::Completed(worst), Action::Completed)
            }
            RunState::Queued if any_running => (RunState::InProgress, Action::InProgress),
            RunState::Queued | RunState::InProgress => return,
        };
        run.state = state;
        run.updated_at = now;
        self.tell_run(id, action, now);
    }
}
