//! Other runners than those of a job's own launch.

use model::id::{JobId, LaunchId, RunnerName};

use super::runner::VERSION;
use super::{Installation, Who};
use crate::github::{GroupId, JitRequest, JobId as GitHubJob, JobState, Scope, TaskResult};

impl Installation {
    /// Whether the job waits, and no runner has been asked to take it.
    pub fn is_free(&self, job: GitHubJob) -> bool {
        let github = self.github();
        github.jobs.get(&job).is_some_and(|job| matches!(job.state, JobState::Queued { offer: None, .. }))
    }

    /// A machine of somebody's own, with the job's labels, runs it from beginning to end.
    pub fn take_by_stranger(&mut self, job: GitHubJob) -> Result<(), String> {
        let now = self.clock.of_github();
        let mut github = self.github();
        let order = github.jobs.get(&job).map(|it| (it.run, it.labels.clone()));
        let (run, labels) = order.ok_or("there is no such job")?;
        let repository = github.runs.get(&run).and_then(|run| github.repositories.get(&run.repository));
        let owner = repository.ok_or("its repository is gone")?.owner.clone();
        let request = JitRequest {
            name: format!("somebody-elses-{job}"),
            group: GroupId(1),
            labels,
            work_folder: None,
        };
        let runner =
            github.register(Scope::Organization(owner), request, now).map_err(|error| error.to_string())?;
        // Of several of its labels it is to have this one.
        github.bind(job, runner.id, now);
        let taken = github.open_session(&runner.client_id, VERSION, now).and_then(|(id, session)| {
            github.acquire(id, session, job, now)?;
            github.complete(id, session, job, TaskResult::Succeeded, now)
        });
        taken.map_err(|refusal| refusal.to_string())?;
        drop(github);
        self.told.excused.insert(JobId(job.0));
        self.tell(Who::GitHub, "stranger", || format!("somebody else's runner took job {job} and ended it"));
        Ok(())
    }

    /// Of another installation perhaps, which counts its launches like this one, or of a claim whose answer
    /// nobody heard: the name of the job's first runner is taken when it is asked for.
    pub fn register_namesake(&mut self, job: JobId) -> Result<(), String> {
        let now = self.clock.of_github();
        let name = RunnerName { launch: LaunchId { job, n: 1 }, attempt: 1 }.to_string();
        let mut github = self.github();
        let of = github.jobs.get(&GitHubJob(job.0)).map(|job| (job.run, job.labels.clone()));
        let (run, labels) = of.ok_or("there is no such job")?;
        let repository = github.runs.get(&run).and_then(|run| github.repositories.get(&run.repository));
        let owner = repository.ok_or("its repository is gone")?.owner.clone();
        let request = JitRequest { name, group: GroupId(1), labels, work_folder: None };
        github.register(Scope::Organization(owner), request, now).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// The version of the runner that the images hold is one that GitHub takes no more, or takes again.
    pub fn refuse_runners(&mut self, is_refused: bool) {
        let refused = &mut self.github().settings.deprecated_versions;
        if is_refused {
            refused.insert(VERSION.to_owned());
        } else {
            refused.remove(VERSION);
        }
    }

    /// From now on `job` goes to the runner that was registered for `other`.
    pub fn bind(&mut self, job: JobId, other: JobId) -> Result<(), String> {
        let now = self.clock.of_github();
        let prefix = format!("quillon-{other}-");
        let mut github = self.github();
        let runner = github.runners.values().find(|runner| runner.name.starts_with(&prefix));
        let runner = runner.map(|runner| runner.id).ok_or("that job has no runner now")?;
        github.bind(GitHubJob(job.0), runner, now);
        Ok(())
    }
}
