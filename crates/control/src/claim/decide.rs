//! Whether a claim is granted, from what the ledger holds.

use std::time::Duration;

use model::id::JobId;
use model::job::Job;
use model::launch::{Claim, Launch, LaunchState};
use model::time::Timestamp;

use super::Claimant;

/// An answer can be lost three times; after a minute the forge may have deleted the runner, and the
/// launch is better begun anew.
const REPEATS: u32 = 3;
const REPEATED_WITHIN: Duration = Duration::from_mins(1);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision<'a> {
    Wait,
    /// It was started before there was a job for it, and there is none yet.
    Stand,
    End,
    Refuse(&'static str),
    /// The job that it serves no longer waits.
    Release {
        launch: &'a Launch,
        job: JobId,
    },
    Grant {
        launch: &'a Launch,
        job: &'a Job,
        attempt: u32,
    },
}

pub(super) fn decide<'a>(
    launch: Option<&'a Launch>,
    job: Option<&'a Job>,
    by: &Claimant,
    now: Timestamp,
) -> Decision<'a> {
    let Some(launch) = launch else { return Decision::End };
    // Started, and not yet written down.
    let Some(task) = launch.state.task() else { return Decision::Wait };
    if *task != by.task {
        return Decision::Refuse("this launch has another task");
    }
    let attempt = match &launch.state {
        LaunchState::Planned => return Decision::Wait,
        LaunchState::Asked { .. } => 1,
        LaunchState::Claimed { claim, .. } => match repeat(launch, claim, by, now) {
            Ok(attempt) => attempt,
            Err(why) => return Decision::Refuse(why),
        },
        LaunchState::Busy { .. } => return Decision::Refuse("this launch has its job"),
    };
    let Some(serves) = launch.job else {
        return if launch.id.is_standby() { Decision::Stand } else { Decision::Wait };
    };
    match job {
        Some(job) if job.id == serves && job.state.is_queued() && job.launch == Some(launch.id) => {
            if job.doubted_at.is_some() {
                return Decision::Wait;
            }
            Decision::Grant { launch, job, attempt }
        }
        Some(_) | None => Decision::Release { launch, job: serves },
    }
}

fn repeat(launch: &Launch, claim: &Claim, by: &Claimant, now: Timestamp) -> Result<u32, &'static str> {
    if claim.nonce_hash != by.nonce_hash {
        return Err("another process of this task has claimed");
    }
    if launch.at.claimed.is_none_or(|at| now.since(at) > REPEATED_WITHIN) {
        return Err("the claim is too old to be repeated");
    }
    if claim.attempt > REPEATS {
        return Err("the claim was repeated too often");
    }
    Ok(claim.attempt + 1)
}

#[cfg(test)]
mod tests {
    use model::Trust;
    use model::id::{InstallationId, LaunchId, RepositoryId, RunId};
    use model::job::{JobState, Repository};
    use model::launch::Times;
    use model::rules::PoolName;
    use model::size::Size;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn job(id: u64, launch: Option<LaunchId>) -> Job {
        Job {
            id: JobId(id),
            run: RunId(1),
            attempt: 1,
            repository: Repository {
                id: RepositoryId(1),
                installation: InstallationId(1),
                owner: "o".into(),
                name: "r".into(),
                is_organization: false,
                is_private: true,
            },
            labels: vec!["dagger".into()],
            queued_at: NOW,
            state: JobState::Queued,
            trust: Some(Trust::Trusted),
            launch,
            n_launches: 1,
            failed: None,
            commit: None,
            checked_at: None,
            told_at: None,
            doubted_at: None,
            reason: None,
        }
    }

    fn launch(state: LaunchState) -> Launch {
        Launch {
            id: LaunchId { job: JobId(7), n: 1 },
            job: Some(JobId(7)),
            pool: PoolName::parse("small").unwrap(),
            node: Some("i-1".into()),
            trust: Trust::Trusted,
            size: Size::default(),
            revision: "d:1".into(),
            labels: vec!["dagger".into()],
            scope: None,
            state,
            at: Times { planned: NOW, asked: Some(NOW), claimed: Some(NOW), busy: None, over: None },
        }
    }

    fn check(state: LaunchState, job: Option<&Job>, nonce: &str, now: Timestamp) -> String {
        let by = Claimant {
            task: "t1".into(),
            launch: LaunchId { job: JobId(7), n: 1 },
            nonce_hash: nonce.into(),
        };
        match decide(Some(&launch(state)), job, &by, now) {
            Decision::Wait => "wait".into(),
            Decision::Stand => "stand".into(),
            Decision::End => "end".into(),
            Decision::Refuse(why) => format!("refuse: {why}"),
            Decision::Release { job, .. } => format!("release {job}"),
            Decision::Grant { job, attempt, .. } => format!("grant {} attempt {attempt}", job.id),
        }
    }

    fn asked() -> LaunchState {
        LaunchState::Asked { task: "t1".into() }
    }

    fn claimed(attempt: u32) -> LaunchState {
        LaunchState::Claimed { task: "t1".into(), claim: Claim { nonce_hash: "mine".into(), attempt } }
    }

    #[test]
    fn a_task_gets_the_job_that_waits_for_its_launch() {
        let own = LaunchId { job: JobId(7), n: 1 };
        assert_eq!(check(asked(), Some(&job(7, Some(own))), "mine", NOW), "grant 7 attempt 1");
    }

    #[test]
    fn a_job_that_no_longer_waits_for_it_is_cleared_from_the_launch() {
        let other = LaunchId { job: JobId(7), n: 2 };
        let running = Job { state: JobState::Running { runner: None, at: NOW }, ..job(7, None) };
        for job in [None, Some(&running), Some(&job(7, Some(other))), Some(&job(7, None))] {
            assert_eq!(check(asked(), job, "mine", NOW), "release 7");
        }
    }

    #[test]
    fn a_doubted_job_waits_until_the_forge_has_answered() {
        let own = LaunchId { job: JobId(7), n: 1 };
        let doubted = Job { doubted_at: Some(NOW), ..job(7, Some(own)) };
        assert_eq!(check(asked(), Some(&doubted), "mine", NOW), "wait");
    }

    #[test]
    fn a_lost_answer_is_repeated_three_times_within_a_minute_by_the_same_process() {
        let own = LaunchId { job: JobId(7), n: 1 };
        let waits = job(7, Some(own));
        assert_eq!(check(claimed(1), Some(&waits), "mine", NOW), "grant 7 attempt 2");
        assert_eq!(check(claimed(3), Some(&waits), "mine", NOW), "grant 7 attempt 4");
        assert_eq!(check(claimed(4), Some(&waits), "mine", NOW), "refuse: the claim was repeated too often");
        let late = NOW.after(Duration::from_millis(60_001));
        assert_eq!(
            check(claimed(1), Some(&waits), "mine", late),
            "refuse: the claim is too old to be repeated"
        );
        assert_eq!(
            check(claimed(1), Some(&waits), "theirs", NOW),
            "refuse: another process of this task has claimed"
        );
    }

    #[test]
    fn what_was_started_before_there_was_a_job_stands_by_until_it_has_one() {
        let launch =
            |id: LaunchId, job| Launch { id, job, ..launch(LaunchState::Asked { task: "t1".into() }) };
        let (stood, other) = (LaunchId { job: JobId::NONE, n: 9 }, LaunchId { job: JobId(7), n: 1 });
        let by = Claimant { task: "t1".into(), launch: stood, nonce_hash: "mine".into() };
        assert_eq!(decide(Some(&launch(stood, None)), None, &by, NOW), Decision::Stand);
        assert_eq!(decide(Some(&launch(other, None)), None, &by, NOW), Decision::Wait);
        let (given, waits) = (launch(stood, Some(JobId(8))), job(8, Some(stood)));
        assert!(matches!(decide(Some(&given), Some(&waits), &by, NOW), Decision::Grant { attempt: 1, .. }));
    }

    #[test]
    fn a_task_of_another_launch_and_a_launch_that_is_over_get_nothing() {
        let other = LaunchState::Asked { task: "t2".into() };
        assert_eq!(check(other, None, "mine", NOW), "refuse: this launch has another task");
        assert_eq!(check(LaunchState::Planned, None, "mine", NOW), "wait");
        let busy = LaunchState::Busy { task: "t1".into(), took: Some(JobId(9)) };
        assert_eq!(check(busy, None, "mine", NOW), "refuse: this launch has its job");
        let by = Claimant {
            task: "t1".into(),
            launch: LaunchId { job: JobId(7), n: 1 },
            nonce_hash: "mine".into(),
        };
        assert_eq!(decide(None, None, &by, NOW), Decision::End);
    }
}
