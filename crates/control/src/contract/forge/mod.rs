//! The suite every [`Forge`] passes. Each case has an organisation or a user of its own, so that all of
//! them may run on one forge.

mod limit;
mod list;
mod notice;
mod post;
mod registration;
mod several;
mod work;

use model::id::{JobId, LaunchId, RunId, RunnerName};
use model::job::Repository;

use crate::port::Forge;

pub use limit::{a_limit_on_how_fast_says_how_long, an_hour_that_is_used_up_says_how_long};
pub use list::{
    a_newer_registration_is_not_removed_for_an_older, all_runners_with_names_like_ours_are_listed,
    nothing_is_listed_with_the_last_of_an_hour, what_was_listed_is_removed_unless_it_is_at_work,
};
pub use notice::{an_author_is_told_once_of_each_job, where_we_may_not_tell_nobody_is_told};
pub use post::{
    an_attempt_that_nobody_keeps_is_not_found, an_event_that_was_lost_is_listed_and_attempted_again,
    attempts_are_listed_the_newest_first_on_as_many_pages_as_it_takes,
};
pub use registration::{
    a_name_registered_again_replaces_the_older, a_registration_whose_answer_was_lost_is_replaced,
    a_runner_at_work_is_neither_removed_nor_replaced, labels_are_taken_as_they_are_written,
    removing_what_is_not_there_is_done,
};
pub use several::{
    a_name_is_replaced_by_whichever_app_has_its_turn, an_app_that_is_not_installed_is_passed_over,
    several_apps_share_the_registrations, what_one_app_may_no_more_another_does,
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

    /// Something happens to a job, and the attempt to tell us of it fails.
    fn lose_an_event(&self, at: &Repository);

    /// How often it was attempted to tell us of this event.
    fn attempts(&self, event: &str) -> usize;

    /// What stands beside this commit for its author to read.
    fn told(&self, at: &Repository, commit: &str) -> Vec<String>;

    /// From now on our App may not write beside the commits of this owner.
    fn forbid_telling(&self, at: &Repository);

    /// The next call is done, and its answer does not arrive.
    fn lose_next_answer(&self);

    /// The next call is refused for a limit on how fast, with this many seconds to wait.
    fn throttle_next(&self, seconds: u64);

    /// Until `calm`, no installation may call any more within this hour.
    fn use_up_the_hour(&self);

    fn calm(&self);

    /// How many runners of this owner each App has registered, the first App's first.
    fn registered_by_each(&self, at: &Repository) -> Vec<u64>;

    /// One App, counted from nought, has no points left in this minute for what is this owner's.
    fn exhaust(&self, at: &Repository, app: usize);

    /// One App is removed by this owner.
    fn uninstall(&self, at: &Repository, app: usize);
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
    all_runners_with_names_like_ours_are_listed(forge, outside).await;
    what_was_listed_is_removed_unless_it_is_at_work(forge, outside).await;
    a_newer_registration_is_not_removed_for_an_older(forge, outside).await;
    an_event_that_was_lost_is_listed_and_attempted_again(forge, outside).await;
    attempts_are_listed_the_newest_first_on_as_many_pages_as_it_takes(forge, outside).await;
    an_attempt_that_nobody_keeps_is_not_found(forge, outside).await;
    an_author_is_told_once_of_each_job(forge, outside).await;
    where_we_may_not_tell_nobody_is_told(forge, outside).await;
    a_job_is_told_as_far_as_it_is(forge, outside).await;
    a_job_that_others_run_has_no_runner_of_ours(forge, outside).await;
    a_run_is_trusted_on_the_repositorys_own_code(forge, outside).await;
    a_repository_knows_its_own_jobs_and_runs_alone(forge, outside).await;
    a_run_is_told_as_far_as_it_is(forge, outside).await;
    the_failed_jobs_of_a_run_run_again_once_at_a_time(forge, outside).await;
    a_limit_on_how_fast_says_how_long(forge, outside).await;
    nothing_is_listed_with_the_last_of_an_hour(forge, outside).await;
    an_hour_that_is_used_up_says_how_long(forge, outside).await;
}

/// The cases of a forge on which two Apps register runners, and both are installed wherever there is a repository.
pub async fn every_case_of_two_apps(forge: &dyn Forge, outside: &dyn Outside) {
    several_apps_share_the_registrations(forge, outside).await;
    what_one_app_may_no_more_another_does(forge, outside).await;
    an_app_that_is_not_installed_is_passed_over(forge, outside).await;
    a_name_is_replaced_by_whichever_app_has_its_turn(forge, outside).await;
}

const OWNERS: [Owner; 2] = [Owner::Organization, Owner::User];

fn name(job: u64) -> RunnerName {
    RunnerName { launch: LaunchId { job: JobId(job), n: 1 }, attempt: 1 }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}
