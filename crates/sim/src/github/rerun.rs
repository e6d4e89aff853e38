//! Running again: the failed jobs of a run, one job with what depends on it, or all of it.

use std::collections::BTreeSet;

use super::id::{JobId, RunId};
use super::job::{Conclusion, Job};
use super::jobs::JobOrder;
use super::run::RunState;
use super::time::Timestamp;
use super::{Action, GitHub, Refusal};

impl GitHub {
    pub fn rerun_job(&mut self, id: JobId, now: Timestamp) -> Result<(), Refusal> {
        self.advance(now);
        let job = self.jobs.get(&id).ok_or(Refusal::NotFound)?;
        let (run, name) = (job.run, job.name.clone());
        self.check_rerun(run, "The workflow run containing this job is already running", now)?;
        self.rerun(run, BTreeSet::from([name]), now);
        Ok(())
    }

    pub fn rerun_failed_jobs(&mut self, run: RunId, now: Timestamp) -> Result<(), Refusal> {
        self.advance(now);
        self.check_rerun(run, "This workflow is already running", now)?;
        let bad = |job: &&Job| matches!(job.conclusion(), Some(Conclusion::Failure | Conclusion::Cancelled));
        let names: BTreeSet<String> =
            self.jobs_of_run(run, false).into_iter().filter(bad).map(|job| job.name.clone()).collect();
        if names.is_empty() {
            return Err(Refusal::Forbidden("This workflow run has no failed jobs to re-run".to_owned()));
        }
        self.rerun(run, names, now);
        Ok(())
    }

    pub fn rerun_all(&mut self, run: RunId, now: Timestamp) -> Result<(), Refusal> {
        self.advance(now);
        self.check_rerun(run, "This workflow is already running", now)?;
        let names = self.jobs_of_run(run, false).into_iter().map(|job| job.name.clone()).collect();
        self.rerun(run, names, now);
        Ok(())
    }

    fn check_rerun(&self, run: RunId, running: &str, now: Timestamp) -> Result<(), Refusal> {
        let run = self.runs.get(&run).ok_or(Refusal::NotFound)?;
        let timing = &self.settings.timing;
        let message = match run.state {
            RunState::Queued | RunState::InProgress => running,
            RunState::Completed(_) if now.since(run.created_at) > timing.rerun_window => {
                "Unable to re-run this workflow run because it was created over a month ago"
            }
            RunState::Completed(_) if run.attempt > timing.reruns => {
                "This workflow run cannot be re-run: it has reached its limit of re-runs"
            }
            RunState::Completed(_) => return Ok(()),
        };
        Err(Refusal::Forbidden(message.to_owned()))
    }

    fn rerun(&mut self, run: RunId, mut names: BTreeSet<String>, now: Timestamp) {
        let jobs: Vec<Job> = self.jobs_of_run(run, false).into_iter().cloned().collect();
        // What depends on a job that runs again runs again.
        while let Some(more) =
            jobs.iter().find(|job| !names.contains(&job.name) && job.needs.iter().any(|n| names.contains(n)))
        {
            names.insert(more.name.clone());
        }
        if let Some(run) = self.runs.get_mut(&run) {
            run.attempt += 1;
            run.state = RunState::Queued;
            run.updated_at = now;
        }
        self.tell_run(run, Action::Requested, now);
        for job in jobs.into_iter().filter(|job| names.contains(&job.name)) {
            let order = JobOrder {
                name: job.name,
                labels: job.labels,
                needs: job.needs,
                environment: job.environment,
                skipped: false,
                script: job.script,
            };
            self.add_job(run, order, now);
        }
        self.unblock(run, now);
        self.match_jobs(now);
    }
}
