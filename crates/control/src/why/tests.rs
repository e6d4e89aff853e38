use model::Trust;
use model::id::{InstallationId, RepositoryId};
use model::job::{Repository, Waited};
use model::launch::{EndedLaunch, Times};
use model::reason::{Code, Reason};
use model::rules::PoolName;
use model::size::Size;

use super::*;

const ME: JobId = JobId(7);
const OWN: LaunchId = LaunchId { job: ME, n: 1 };

/// The story without who it is about, at milliseconds.
fn check(rows: &[Row]) -> String {
    let clock = |at: Timestamp, told| match told {
        Accuracy::Second => format!("{:>3}    ", at.0 / 1_000),
        Accuracy::Millisecond => format!("{:>3}.{:03}", at.0 / 1_000, at.0 % 1_000),
    };
    let text = why(rows, ME).expect("there are rows").text(clock);
    text.lines().skip(1).map(|line| format!("{}\n", line.trim_end())).collect()
}

fn repository() -> Repository {
    Repository {
        id: RepositoryId(1),
        installation: InstallationId(1),
        owner: "o".into(),
        name: "r".into(),
        is_organization: false,
        is_private: true,
    }
}

fn job(state: JobState) -> Job {
    Job {
        id: ME,
        run: RunId(1),
        attempt: 1,
        repository: repository(),
        labels: vec!["dagger".into()],
        queued_at: Timestamp(10_000),
        state,
        trust: Some(Trust::Trusted),
        launch: Some(OWN),
        n_launches: 1,
        failed: None,
        commit: None,
        checked_at: None,
        told_at: None,
        doubted_at: None,
        reason: None,
    }
}

fn running() -> Job {
    job(JobState::Running { runner: Some(RunnerName { launch: OWN, attempt: 1 }), at: Timestamp(15_000) })
}

fn ended(conclusion: &str, at: u64) -> Ended {
    Ended {
        id: ME,
        run: RunId(1),
        repository: "o/r".into(),
        labels: vec!["dagger".into()],
        has_run: true,
        conclusion: Some(conclusion.into()),
        runner: Some("quillon-7-1-1".into()),
        queued_at: Some(Timestamp(10_000)),
        started_at: Some(Timestamp(15_000)),
        ended_at: Timestamp(at),
    }
}

/// Placed and started by one tick, claimed 1.5 seconds later.
fn launch(claimed: u64) -> Launch {
    Launch {
        id: OWN,
        job: Some(ME),
        pool: PoolName::parse("small").expect("a name"),
        node: Some("i-1".into()),
        trust: Trust::Trusted,
        size: Size::default(),
        revision: "d:1".into(),
        labels: vec!["dagger".into()],
        scope: None,
        state: LaunchState::Busy { task: "t1".into(), took: Some(ME) },
        at: Times {
            planned: Timestamp(14_050),
            asked: Some(Timestamp(14_050)),
            claimed: Some(Timestamp(claimed)),
            busy: Some(Timestamp(15_000)),
            over: None,
        },
    }
}

fn launch_over(at: u64) -> Row {
    Row::EndedLaunch(EndedLaunch { launch: launch(15_550), at: Timestamp(at), why: "it exited".into() })
}

fn waited(at: u64, code: Code) -> Row {
    Row::Waited(Waited { job: ME, at: Timestamp(at), reason: Reason { code, text: "so it is".into() } })
}

fn noted(at: u64, what: Note, text: &str) -> Row {
    Row::Noted(Noted { job: ME, at: Timestamp(at), what, text: text.into() })
}

#[test]
fn a_runner_is_claimed_before_its_job_runs_and_no_span_is_more_exact_than_its_clocks() {
    let rows =
        [Row::Tombstone(ended("success", 45_000)), launch_over(46_500), waited(10_050, Code::Starting)];
    let told = "
 10        ≤ 50 ms  queued at GitHub
 10.050      4.0 s  waits (starting): so it is
 14.050             launch 7-1 is placed in small, on node i-1
 14.050      1.5 s  launch 7-1: task t1 was started
 15.550   ≤ 449 ms  launch 7-1: its task claimed a runner
 15          ~30 s  runs on runner quillon-7-1-1
 45           ~1 s  has ended: success
 46.500             launch 7-1 is over: it exited
";
    assert_eq!(check(&rows), told.trim_start_matches('\n'));
}

#[test]
fn where_a_clock_is_wrong_cause_comes_before_effect_and_no_span_is_made_up() {
    let rows = [Row::Launch(launch(3_000)), Row::Job(running())];
    let told = "
 10           ~4 s  queued at GitHub
 14.050             launch 7-1 is placed in small, on node i-1
 14.050          ?  launch 7-1: task t1 was started
  3.000          ?  launch 7-1: its task claimed a runner
 15                 runs on runner quillon-7-1-1
and now it runs
";
    assert_eq!(check(&rows), told.trim_start_matches('\n'));
}

#[test]
fn what_is_done_for_a_job_in_its_last_second_comes_before_its_end() {
    let cancelled = Ended { has_run: false, runner: None, started_at: None, ..ended("cancelled", 10_000) };
    let rows = [Row::Tombstone(cancelled), waited(10_050, Code::Starting)];
    let told = "
 10        ≤ 50 ms  queued at GitHub
 10.050   ≤ 949 ms  waits (starting): so it is
 10                 has ended: cancelled, and never ran
";
    assert_eq!(check(&rows), told.trim_start_matches('\n'));
}

#[test]
fn a_wait_lasts_until_it_is_over_whatever_is_told_meanwhile() {
    let author = "its author was told beside the commit";
    let rows =
        [waited(10_050, Code::NoPool), noted(30_050, Note::Told, author), waited(90_050, Code::Starting)];
    let told = "
 10.050     80.0 s  waits (no_pool): so it is
 30.050     60.0 s  its author was told beside the commit
 90.050             waits (starting): so it is
";
    assert_eq!(check(&rows), told.trim_start_matches('\n'));
}

#[test]
fn an_end_that_only_an_event_told_is_not_told_as_more_while_the_task_is_there() {
    let rows = [Row::Launch(launch(15_550)), Row::Tombstone(ended("success", 45_000))];
    let story = check(&rows);
    assert!(story.contains(" 45                 an event says that it has ended: success\n"), "{story}");
    assert!(story.ends_with("and now task t1 of launch 7-1 is still there\n"), "{story}");
    let asked =
        [rows.to_vec(), vec![noted(46_050, Note::Answered, &answer(&Settle::Ended(Box::new(ended("", 0)))))]];
    let story = check(&asked.concat());
    assert!(story.contains(" 45           ~1 s  has ended: success\n"), "{story}");
}

#[test]
fn a_doubt_and_what_github_says_of_it_are_told() {
    let rows = [
        Row::Job(running()),
        noted(20_050, Note::Doubted, DOUBT),
        noted(21_050, Note::Answered, &answer(&Settle::Running { runner: None })),
    ];
    let told = "
 10           ~5 s  queued at GitHub
 15           ~5 s  runs on runner quillon-7-1-1
 20.050      1.0 s  an event says otherwise; GitHub is asked
 21.050             GitHub says that it runs on somebody else's runner
and now it runs
";
    assert_eq!(check(&rows), told.trim_start_matches('\n'));
    let doubted = Job { doubted_at: Some(Timestamp(20_050)), ..running() };
    let story = check(&[Row::Job(doubted)]);
    assert!(story.contains(" 20.050             an event says otherwise; GitHub is asked\n"), "{story}");
    assert!(story.ends_with("and now it runs, as far as GitHub has said; it is being asked\n"), "{story}");
}

#[test]
fn a_lost_job_and_its_second_chance_name_each_other() {
    let lost_run = |state| {
        let repository = repository();
        Row::Run(LostRun {
            id: RunId(1),
            repository,
            attempt: 1,
            jobs: vec![ME],
            at: Timestamp(30_050),
            state,
        })
    };
    let over = lost_run(LostState::Over { at: Timestamp(700_050) });
    let again = Job { id: JobId(8), attempt: 2, queued_at: Timestamp(700_000), ..job(JobState::Queued) };
    let rows = [
        Row::Tombstone(ended("failure", 640_000)),
        Row::Job(again),
        over,
        noted(30_050, Note::Lost, LOST),
        noted(700_050, Note::Rerun, "the failed jobs of its run run again"),
    ];
    let told = "
 10           ~5 s  queued at GitHub
 15          ~15 s  runs on runner quillon-7-1-1
 30.050     10 min  its machine is gone, and it is taken for lost
640          ~60 s  has ended: failure
700.050             the failed jobs of its run run again: job 8
";
    assert_eq!(check(&rows), told.trim_start_matches('\n'));
    let other = why(&rows, JobId(8)).expect("it is there").text(|_, _| String::new());
    assert!(
        other.contains("queued at GitHub once more, in place of what was lost with its machine: job 7"),
        "{other}"
    );
    let waits = check(&[Row::Tombstone(ended("failure", 640_000)), lost_run(LostState::Waiting)]);
    assert!(waits.ends_with("and now run 1 has to end: then its failed jobs run again\n"), "{waits}");
}

#[test]
fn a_job_that_waits_for_its_launch_says_how_far_that_is() {
    let asked = Launch { state: LaunchState::Asked { task: "t1".into() }, ..launch(15_550) };
    let story = check(&[Row::Job(job(JobState::Queued)), Row::Launch(asked)]);
    assert!(story.ends_with("and now it waits for launch 7-1, whose task t1 starts\n"), "{story}");
}

#[test]
fn a_job_that_was_forgotten_behind_an_approval_still_has_its_story() {
    let story = check(&[noted(20_050, Note::Gated, &answer(&Settle::Forget))]);
    let told = "
 20.050             GitHub says that it waits for an approval
and now it waits for an approval, and is queued once more after that
";
    assert_eq!(story, told.trim_start_matches('\n'));
}
