//! Whose turn it is: repositories share what there is, and none waits behind another's matrix.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::id::{JobId, RepositoryId};
use model::job::{Job, JobState};
use model::observation::Observation;
use model::reason::{Code, Reason};
use model::rules::Limits;
use model::time::Timestamp;

use crate::view::needs_launch;

/// Jobs that wait: always one of the repository that has the fewest, and of these the oldest.
#[derive(Debug)]
pub(crate) struct Turns<'a> {
    shares: BTreeMap<RepositoryId, Share<'a>>,
    next: BTreeSet<(u32, Timestamp, JobId, RepositoryId)>,
    /// Whose job was handed out last.
    last: Option<RepositoryId>,
}

#[derive(Debug, Default)]
struct Share<'a> {
    /// Jobs that run, and those that were served.
    n: u32,
    max: Option<u32>,
    /// The oldest first.
    waiting: VecDeque<&'a Job>,
}

impl<'a> Turns<'a> {
    pub(crate) fn new(seen: &'a Observation, limits: &Limits) -> Self {
        let mut turns = Self { shares: BTreeMap::new(), next: BTreeSet::new(), last: None };
        let mut waiting: Vec<&Job> = Vec::new();
        for job in seen.jobs.values() {
            if needs_launch(seen, job) {
                waiting.push(job);
            } else if is_ours(job) {
                turns.shares.entry(job.repository.id).or_default().n += 1;
            }
        }
        waiting.sort_by_key(|job| (job.queued_at, job.id));
        for job in waiting {
            let share = turns.shares.entry(job.repository.id).or_default();
            if share.waiting.is_empty() {
                share.max = limits.max_jobs_of(&job.repository);
            }
            share.waiting.push_back(job);
        }
        let all: Vec<RepositoryId> = turns.shares.keys().copied().collect();
        for repository in all {
            turns.queue_up(repository);
        }
        turns
    }

    /// The job takes its part. One that is handed out and cannot be served takes none.
    pub(crate) fn serve(&mut self, job: &Job) {
        if let Some(share) = self.shares.get_mut(&job.repository.id) {
            share.n += 1;
        }
    }

    /// Why the job has to wait although there may be room.
    pub(crate) fn refusal(&self, job: &Job) -> Option<Reason> {
        let share = self.shares.get(&job.repository.id)?;
        let max = share.max.filter(|max| share.n >= *max)?;
        let text = format!(
            "{} may run {max} jobs at once, and {} run or are about to; the job runs when one of them ends, or raise `max_jobs` in `limits`",
            job.repository.full_name(),
            share.n
        );
        Some(Reason { code: Code::RepositoryLimit, text })
    }

    fn queue_up(&mut self, repository: RepositoryId) {
        let share = &self.shares[&repository];
        if let Some(job) = share.waiting.front() {
            self.next.insert((share.n, job.queued_at, job.id, repository));
        }
    }
}

impl<'a> Iterator for Turns<'a> {
    type Item = &'a Job;

    fn next(&mut self) -> Option<&'a Job> {
        if let Some(last) = self.last.take() {
            self.queue_up(last);
        }
        let (_, _, _, repository) = self.next.pop_first()?;
        self.last = Some(repository);
        self.shares.get_mut(&repository)?.waiting.pop_front()
    }
}

/// Another's runner may have taken it.
fn is_ours(job: &Job) -> bool {
    match job.state {
        JobState::Queued => true,
        JobState::Running { runner, .. } => runner.is_some(),
    }
}
