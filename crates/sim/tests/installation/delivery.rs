//! Webhooks as they really come: twice, late, in any order, or not at all.

use std::time::Duration;

use model::id::JobId;
use model::job::JobState;
use model::launch::LaunchState;
use sim::github::{self, Action, HookMatch, HookMishap, JobOrder};
use sim::installation::Installation;
use wire::ledger::Row;

use crate::common::{LABEL, finish, installation, is_quiet, job, jobs, seconds_to};

fn hooks(of: &Installation, action: Action, mishap: HookMishap) {
    of.github().trouble_hooks(HookMatch { job: None, action: Some(action) }, mishap, None);
}

fn tombstone(of: &Installation, id: JobId) -> Option<(bool, Option<String>)> {
    of.ledger.rows().into_iter().find_map(|row| {
        let Row::Tombstone(ended) = row else { return None };
        (ended.id == id).then_some((ended.has_run, ended.conclusion))
    })
}

#[test]
fn every_delivery_twice_changes_nothing() {
    let mut of = installation();
    for action in [Action::Queued, Action::InProgress, Action::Completed] {
        hooks(&of, action, HookMishap::Twice);
    }
    let ids = of.push(jobs(3));
    finish(&mut of, &ids);
    let n_started: u32 = of.told.started.values().sum();
    assert_eq!(n_started, 3);
}

#[test]
fn an_event_that_is_half_a_minute_late_leaves_the_ledger_right() {
    for action in [Action::Queued, Action::InProgress, Action::Completed] {
        let mut of = installation();
        hooks(&of, action, HookMishap::Delay(Duration::from_secs(30)));
        let ids = of.push(jobs(2));
        finish(&mut of, &ids);
        of.run_for(Duration::from_mins(3));
        for id in ids {
            assert_eq!(tombstone(&of, id), Some((true, Some("success".to_owned()))), "{action:?} was late");
        }
    }
}

#[test]
fn whatever_order_the_events_of_a_job_come_in_it_ends() {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        for pause in [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(90)] {
            let mut of = installation();
            for action in [Action::Queued, Action::InProgress, Action::Completed] {
                hooks(&of, action, HookMishap::Hold);
            }
            let ids = of.push(vec![job("a", 5)]);
            take_by_a_stranger(&of, ids[0]);
            let held = of.github().held_deliveries().to_vec();
            assert_eq!(held.len(), 3);
            for place in order {
                let now = github::Timestamp(of.clock.now().0);
                of.github().redeliver(held[place], now).unwrap();
                of.run_for(pause);
            }
            assert!(
                of.run_until(Duration::from_mins(20), is_quiet),
                "{order:?} {pause:?}: {:#?}",
                of.ledger.rows()
            );
            assert_eq!(of.told.faults, Vec::<String>::new(), "{order:?} {pause:?}");
            let dead = tombstone(&of, ids[0]).expect("it has ended");
            assert_eq!(dead.1, Some("success".to_owned()), "{order:?} {pause:?}");
        }
    }
}

/// A machine of somebody's own, with our label, runs the job from beginning to end.
fn take_by_a_stranger(of: &Installation, job: JobId) {
    let now = github::Timestamp(of.clock.now().0);
    let mut github = of.github();
    let scope = github::Scope::Organization("octo-org".to_owned());
    let request = github::JitRequest {
        name: "somebody-elses".to_owned(),
        group: github::GroupId(1),
        labels: vec![LABEL.to_owned()],
        work_folder: None,
    };
    let runner = github.register(scope, request, now).expect("GitHub lets the stranger");
    let (id, session) =
        github.open_session(&runner.client_id, "2.330.0", now).expect("GitHub lets the stranger");
    let job = github::JobId(job.0);
    github.acquire(id, session, job, now).expect("GitHub lets the stranger");
    github.complete(id, session, job, github::TaskResult::Succeeded, now).expect("GitHub lets the stranger");
}

#[test]
fn a_job_whose_first_event_was_lost_is_known_from_its_second() {
    let mut of = installation();
    hooks(&of, Action::Queued, HookMishap::Lose);
    let ids = of.push(jobs(1));
    of.run_for(Duration::from_secs(5));
    take_by_a_stranger(&of, ids[0]);
    assert!(of.run_until(Duration::from_mins(5), is_quiet));
    assert_eq!(tombstone(&of, ids[0]), Some((true, Some("success".to_owned()))));
}

#[test]
fn a_delivery_that_failed_and_is_sent_again_is_as_good_as_the_first() {
    for action in [Action::Queued, Action::InProgress, Action::Completed] {
        let mut of = installation();
        hooks(&of, action, HookMishap::Fail);
        let ids = of.push(jobs(2));
        finish(&mut of, &ids);
    }
}

#[test]
fn a_job_behind_a_gate_is_launched_once_it_is_approved() {
    let mut of = installation();
    let ids = of.push(vec![JobOrder { environment: Some("production".to_owned()), ..job("deploy", 5) }]);
    of.run_for(Duration::from_mins(3));
    let is_of_jobs = |row: &Row| !matches!(row, Row::Deliveries(_) | Row::SpotPrices(_));
    assert!(
        of.told.started.is_empty() && !of.ledger.rows().iter().any(is_of_jobs),
        "{:#?}",
        of.ledger.rows()
    );
    let now = github::Timestamp(of.clock.now().0);
    of.github().approve(github::JobId(ids[0].0), now).unwrap();
    finish(&mut of, &ids);
}

#[test]
fn a_waiting_that_comes_after_the_approval_is_doubted_and_costs_no_job() {
    for late in [1, 25, 70] {
        let mut of = installation();
        hooks(&of, Action::Waiting, HookMishap::Hold);
        let ids = of.push(vec![JobOrder { environment: Some("production".to_owned()), ..job("deploy", 5) }]);
        of.run_for(Duration::from_secs(1));
        let now = github::Timestamp(of.clock.now().0);
        of.github().approve(github::JobId(ids[0].0), now).unwrap();
        of.run_for(Duration::from_secs(late));
        let now = github::Timestamp(of.clock.now().0);
        of.github().release_held(&[], now);
        finish(&mut of, &ids);
    }
}

#[test]
fn a_job_cancelled_before_a_runner_took_it_leaves_nothing_behind() {
    for after in [0, 1, 30, 45, 46, 48] {
        let mut of = installation();
        let ids = of.push(jobs(1));
        of.run_for(Duration::from_secs(after));
        let now = github::Timestamp(of.clock.now().0);
        of.github().cancel_job(github::JobId(ids[0].0), now).unwrap();
        let took = seconds_to(&mut of, is_quiet);
        assert!(took < 7 * 60, "{took} s after a cancellation at {after} s");
        assert_eq!(of.told.faults, Vec::<String>::new());
        assert_eq!(tombstone(&of, ids[0]).map(|dead| dead.1), Some(Some("cancelled".to_owned())));
    }
}

#[test]
fn a_launch_whose_job_is_gone_serves_the_next_of_the_same_labels() {
    let mut of = installation();
    let ids = of.push(vec![job("first", 5)]);
    of.run_for(Duration::from_secs(44));
    let now = github::Timestamp(of.clock.now().0);
    of.github().cancel_job(github::JobId(ids[0].0), now).unwrap();
    let next = of.push(vec![job("second", 5)]);
    finish(&mut of, &next);
}

#[test]
fn a_runner_that_takes_anothers_work_leaves_it_its_own() {
    let mut of = installation();
    // The first claim's answer is lost, so the second runner is there first, and is given the first job.
    of.luck.lost_claims = 1;
    let ids = of.push(vec![job("first", 20), job("second", 20)]);
    finish(&mut of, &ids);
    assert_eq!(of.ledger.rows().iter().filter(|row| is_stolen(row)).count(), 2);
    assert_eq!(of.told.started.len(), 2, "no launch but the two");
}

#[test]
fn a_launch_whose_task_died_leaves_its_job_to_the_runner_that_took_it() {
    let mut of = installation();
    of.luck.failed_starts = 1;
    let ids = of.push(vec![job("first", 20), job("second", 20)]);
    finish(&mut of, &ids);
}

fn is_stolen(row: &Row) -> bool {
    let Row::EndedLaunch(ended) = row else { return false };
    let LaunchState::Busy { took, .. } = &ended.launch.state else { return false };
    *took != Some(ended.launch.id.job)
}

#[test]
fn a_foreign_label_is_nobodys_business() {
    let mut of = installation();
    of.push(vec![JobOrder::new("theirs", &["ubuntu-latest"])]);
    of.run_for(Duration::from_secs(20));
    assert!(of.ledger.rows().is_empty());
    assert_eq!(of.told.n_ticks, 0);
}

#[test]
fn a_release_that_does_not_exist_is_a_reason_that_a_person_can_read() {
    let mut of = installation();
    let ids = of.push(vec![JobOrder::new("new", &["dagger-v0-19-5-arm64"])]);
    of.run_for(Duration::from_secs(5));
    let waiting = of.ledger.rows().into_iter().find_map(|row| {
        let Row::Job(job) = row else { return None };
        (job.id == ids[0] && job.state == JobState::Queued).then_some(job.reason)?
    });
    assert_eq!(waiting.map(|reason| reason.text), Some("there is no engine v0.19.5".to_owned()));
    of.compute.publish(model::label::Release::new(0, 19, 5));
    finish(&mut of, &ids);
}
