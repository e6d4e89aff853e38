//! Which runner gets which job: any idle one whose labels contain the job's. Nothing binds the two.

use super::id::{JobId, RunnerId};
use super::job::{Conclusion, Job, JobState, Offer};
use super::runner::{GroupVisibility, Runner, Scope};
use super::time::Timestamp;
use super::{GitHub, Output, Repository, Timer};

impl GitHub {
    /// From now on this job goes to this runner and nobody else, and the runner takes no other before:
    /// what GitHub does by chance, a test may order.
    pub fn bind(&mut self, job: JobId, runner: RunnerId, now: Timestamp) {
        self.advance(now);
        self.bound.insert(job, runner);
        self.match_jobs(now);
    }

    pub(super) fn dispatch(&mut self, id: JobId) {
        if self.jobs.get(&id).is_some_and(|job| matches!(job.state, JobState::Queued { .. })) {
            self.offerable.insert(id);
        }
    }

    /// Offers every job that can be offered, oldest first.
    pub(super) fn match_jobs(&mut self, now: Timestamp) {
        if self.offerable.is_empty() {
            return;
        }
        let mut idle: Vec<RunnerId> =
            self.runners.values().filter(|r| self.is_idle(r, now)).map(|r| r.id).collect();
        for id in self.offerable.clone() {
            if idle.is_empty() {
                return;
            }
            let fitting: Vec<usize> = (0..idle.len()).filter(|at| self.fits(id, idle[*at])).collect();
            if fitting.is_empty() {
                continue;
            }
            let runner = idle.swap_remove(fitting[self.dice.pick(fitting.len())]);
            self.offer(id, runner, now);
        }
    }

    pub(super) fn offer_ends(&mut self, id: JobId, runner: RunnerId, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let JobState::Queued { offers, offer } = &mut job.state else { return };
        if offer.is_none_or(|offer| offer.runner != runner || offer.until > now) {
            return;
        }
        *offer = None;
        let offers = *offers;
        self.offered.remove(&runner);
        if offers < self.settings.timing.offers {
            self.offerable.insert(id);
            return;
        }
        self.annotate(
            id,
            "The job was not acquired by Runner of type self-hosted even after multiple attempts",
        );
        self.end_job(id, Conclusion::Failure, now);
    }

    pub fn is_online(&self, runner: &Runner, now: Timestamp) -> bool {
        runner
            .session
            .as_ref()
            .is_some_and(|session| now.since(session.last_seen) <= self.settings.timing.presence)
    }

    fn is_idle(&self, runner: &Runner, now: Timestamp) -> bool {
        self.is_online(runner, now) && !runner.is_busy() && !self.offered.contains_key(&runner.id)
    }

    fn offer(&mut self, id: JobId, runner: RunnerId, now: Timestamp) {
        let until = now + self.settings.timing.offer;
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let JobState::Queued { offers, offer } = &mut job.state else { return };
        *offers += 1;
        *offer = Some(Offer { runner, until });
        self.offerable.remove(&id);
        self.offered.insert(runner, id);
        self.after(until, Timer::OfferEnds(id, runner));
        self.outputs.push(Output::Wake(runner));
    }

    fn fits(&self, job: JobId, runner: RunnerId) -> bool {
        let reserved = self.bound.iter().find(|(_, r)| **r == runner).map(|(j, _)| *j);
        let bound = self.bound.get(&job).copied();
        if bound.is_some_and(|r| r != runner) || reserved.is_some_and(|j| j != job) {
            return false;
        }
        let (Some(job), Some(runner)) = (self.jobs.get(&job), self.runners.get(&runner)) else {
            return false;
        };
        let repository = self.runs.get(&job.run).and_then(|run| self.repositories.get(&run.repository));
        has_labels(runner, job) && repository.is_some_and(|repository| self.serves(runner, repository))
    }

    fn serves(&self, runner: &Runner, repository: &Repository) -> bool {
        match &runner.scope {
            Scope::Repository(id) => *id == repository.id,
            Scope::Organization(login) if login.eq_ignore_ascii_case(&repository.owner) => {
                let group = self.groups.get(&(login.to_ascii_lowercase(), runner.group));
                group.is_some_and(|group| {
                    let is_seen = match &group.visibility {
                        GroupVisibility::All => true,
                        GroupVisibility::Selected(chosen) => chosen.contains(&repository.id),
                        GroupVisibility::Private => repository.is_private(),
                    };
                    is_seen && (repository.is_private() || group.allows_public_repositories)
                })
            }
            Scope::Organization(_) => false,
        }
    }
}

fn has_labels(runner: &Runner, job: &Job) -> bool {
    job.labels.iter().all(|wanted| runner.labels.iter().any(|held| held.eq_ignore_ascii_case(wanted)))
}
