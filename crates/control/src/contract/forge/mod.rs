//! The suite every [`Forge`] passes. Each case has an organisation or a user of its own, so that all of
//! them may run on one forge.

mod limit;
mod registration;
mod work;

use model::id::{JobId, LaunchId, RunId, RunnerName};
use model::job::Repository;

use crate::port::Forge;

pub use limit::{a_limit_on_how_fast_says_how_long, an_hour_that_is_used_up_says_how_long};
pub use registration::{
    a_name_registered_again_replaces_the_older, a_registration_whose_answer_was_lost_is_replaced,
    a_runner_at_work_is_neither_removed_nor_replaced, labels_are_taken_as_they_are_written,
    removing_what_is_not_there_is_done,
};
pub use work::{
    a_job_is_told_as_far_as_it_is, a_job_that_others_run_has_no_runner_of_ours,
    a_repository_knows_its_own_jobs_and_runs_alone, a_run_is_told_as_far_as_it_is,
    a_run_is_trusted_on_the_repositorys_own_code, the_failed_jobs_of_a_run_run_again_once_at_a_time,
};

/// What the forge's users do.
pub trait Outside: Send + Sync {
    /// A new repository, of a new owner who has installed our App.
    fn repository(&self, owner: Owner) -> Repository;

    /// Queues a job with these labels.
    fn queue(&self, at: &Repository, head: Head, labels: &[&str]) -> (RunId, JobId);

    /// Queues a job that waits for an approval first.
    fn queue_for_approval(&self, at: &Repository) -> JobId;

    /// Somebody registers a runner that is none of ours.
    fn register_other(&self, at: &Repository, name: &str, labels: &[&str]);

    /// The runner of this name, registered at this repository or its owner, takes this job.
    fn take(&self, at: &Repository, runner: &str, job: JobId);

    /// Whoever has taken the job ends it well.
    fn complete(&self, job: JobId);

    /// Whoever has taken the job ends it badly.
    fn fail(&self, job: JobId);

    fn cancel(&self, job: JobId);

    /// All registrations of this name.
    fn registrations(&self, at: &Repository, name: RunnerName) -> Vec<Registration>;

    /// The next call is done, and its answer does not arrive.
    fn lose_next_answer(&self);

    /// The next call is refused for a limit on how fast, with this many seconds to wait.
    fn throttle_next(&self, seconds: u64);

    /// Until `calm`, no installation may call any more within this hour.
    fn use_up_the_hour(&self);

    fn calm(&self);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Organization,
    User,
}

/// Where the code of a run is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    Own,
    Fork,
    /// A fork that was deleted since.
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    pub id: u64,
    pub labels: Vec<String>,
}

/// All cases, one after the other.
pub async fn every_case(forge: &dyn Forge, outside: &dyn Outside) {
    labels_are_taken_as_they_are_written(forge, outside).await;
    a_name_registered_again_replaces_the_older(forge, outside).await;
    a_registration_whose_answer_was_lost_is_replaced(forge, outside).await;
    a_runner_at_work_is_neither_removed_nor_replaced(forge, outside).await;
    removing_what_is_not_there_is_done(forge, outside).await;
    a_job_is_told_as_far_as_it_is(forge, outside).await;
    a_job_that_others_run_has_no_runner_of_ours(forge, outside).await;
    a_run_is_trusted_on_the_repositorys_own_code(forge, outside).await;
    a_repository_knows_its_own_jobs_and_runs_alone(forge, outside).await;
    a_run_is_told_as_far_as_it_is(forge, outside).await;
    the_failed_jobs_of_a_run_run_again_once_at_a_time(forge, outside).await;
    a_limit_on_how_fast_says_how_long(forge, outside).await;
    an_hour_that_is_used_up_says_how_long(forge, outside).await;
}

const OWNERS: [Owner; 2] = [Owner::Organization, Owner::User];

fn name(job: u64) -> RunnerName {
    RunnerName { launch: LaunchId { job: JobId(job), n: 1 }, attempt: 1 }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}
