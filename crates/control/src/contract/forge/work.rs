//! Jobs and runs, as the forge tells of them.

use model::Trust;
use model::id::{JobId, RunId};
use model::observation::Answer;
use model::run::RunState;

use super::{Head, OWNERS, Outside, Owner, name, texts};
use crate::PortError;
use crate::port::{Forge, Reran};

pub async fn a_job_is_told_as_far_as_it_is(forge: &dyn Forge, outside: &dyn Outside) {
    for owner in OWNERS {
        let at = outside.repository(owner);
        let told = async |job| forge.job(&at, job).await.expect("a job is told");
        let (_, job) = outside.queue(&at, Head::Own, &["bare"]);
        assert_eq!(told(job).await, Answer::Queued);
        forge.register(&at, name(100), &texts(&["bare"])).await.expect("the name is free");
        outside.take(&at, &name(100).to_string(), job);
        assert_eq!(told(job).await, Answer::Running { runner: Some(name(100)) });
        outside.complete(job);
        let runner = Some(name(100).to_string());
        let conclusion = Some("success".to_owned());
        assert_eq!(ended(told(job).await), (conclusion, runner, true));

        let (_, unwanted) = outside.queue(&at, Head::Own, &["bare"]);
        outside.cancel(unwanted);
        let conclusion = Some("cancelled".to_owned());
        assert_eq!(ended(told(unwanted).await), (conclusion, None, false));
        assert_eq!(told(outside.queue_for_approval(&at)).await, Answer::Waiting);
        assert_eq!(told(JobId(1)).await, Answer::Gone);
    }
}

pub async fn a_job_that_others_run_has_no_runner_of_ours(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    let (_, job) = outside.queue(&at, Head::Own, &["bare"]);
    outside.register_other(&at, "somebodys", &["bare"]);
    outside.take(&at, "somebodys", job);
    assert_eq!(forge.job(&at, job).await.expect("a job is told"), Answer::Running { runner: None });
    outside.complete(job);
    let (conclusion, runner) = (Some("success".to_owned()), Some("somebodys".to_owned()));
    let told = forge.job(&at, job).await.expect("a job is told");
    assert_eq!(ended(told), (conclusion, runner, true));
}

pub async fn a_run_is_trusted_on_the_repositorys_own_code(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    for (head, trust) in
        [(Head::Own, Trust::Trusted), (Head::Fork, Trust::Untrusted), (Head::Gone, Trust::Untrusted)]
    {
        let (run, _) = outside.queue(&at, head, &["bare"]);
        assert_eq!(forge.trust(&at, run).await.expect("a run is told"), trust, "{head:?}");
    }
    let unknown = forge.trust(&at, RunId(1)).await;
    assert!(matches!(unknown, Err(PortError::NotFound { .. })), "nothing is trusted blindly: {unknown:?}");
}

pub async fn a_repository_knows_its_own_jobs_and_runs_alone(forge: &dyn Forge, outside: &dyn Outside) {
    let (here, there) = (outside.repository(Owner::Organization), outside.repository(Owner::Organization));
    let (run, job) = outside.queue(&there, Head::Own, &["bare"]);
    assert_eq!(forge.job(&here, job).await.expect("a job is told"), Answer::Gone);
    let trust = forge.trust(&here, run).await;
    assert!(matches!(trust, Err(PortError::NotFound { .. })), "{trust:?}");
}

pub async fn a_run_is_told_as_far_as_it_is(forge: &dyn Forge, outside: &dyn Outside) {
    for owner in OWNERS {
        let at = outside.repository(owner);
        let told = async |run| forge.run(&at, run).await.expect("a run is told");
        let (run, job) = outside.queue(&at, Head::Own, &["bare"]);
        assert_eq!(told(run).await, RunState { attempt: 1, conclusion: None });
        forge.register(&at, name(100), &texts(&["bare"])).await.expect("the name is free");
        outside.take(&at, &name(100).to_string(), job);
        assert_eq!(told(run).await, RunState { attempt: 1, conclusion: None });
        outside.complete(job);
        assert_eq!(told(run).await, RunState { attempt: 1, conclusion: Some("success".to_owned()) });
        let unknown = forge.run(&at, RunId(1)).await;
        assert!(matches!(unknown, Err(PortError::NotFound { .. })), "{unknown:?}");
    }
}

pub async fn the_failed_jobs_of_a_run_run_again_once_at_a_time(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    let (run, job) = outside.queue(&at, Head::Own, &["bare"]);
    let rerun = async || forge.rerun(&at, run).await.expect("a re-run is answered");
    assert!(matches!(rerun().await, Reran::Refused(_)), "nothing has ended yet");
    forge.register(&at, name(100), &texts(&["bare"])).await.expect("the name is free");
    outside.take(&at, &name(100).to_string(), job);
    outside.fail(job);
    assert_eq!(rerun().await, Reran::Started);
    let told = forge.run(&at, run).await.expect("a run is told");
    assert_eq!(told, RunState { attempt: 2, conclusion: None });
    assert!(matches!(rerun().await, Reran::Refused(_)), "it runs by now");
    assert_eq!(forge.run(&at, run).await.expect("a run is told"), told);
}

fn ended(answer: Answer) -> (Option<String>, Option<String>, bool) {
    let Answer::Ended { conclusion, runner, has_run, at } = answer else { panic!("{answer:?}") };
    assert!(at.is_some(), "it is told when it ended");
    (conclusion, runner, has_run)
}
