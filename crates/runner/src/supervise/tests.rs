use std::collections::VecDeque;
use std::fmt::Write;

use super::*;

/// Plays events (`<second> <what> <more>`) and tells the actions with their seconds. Ticks come when they
/// are asked for, after the last event too. Output ends with the listener unless an orphan holds it.
#[track_caller]
fn check(events: &str, expected: &str) {
    let mut told = String::new();
    let mut supervisor = Supervisor::new(Duration::from_secs(100));
    let mut events: VecDeque<&str> = events.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut is_updated = false;
    let mut tell = |actions: Vec<Action>, now: Duration| {
        for action in actions {
            let action = match action {
                Action::Report(kind, detail) => format!("report {kind:?}: {detail}"),
                Action::Finish(ending) => format!("finish: {ending}"),
                Action::Restart | Action::Interrupt | Action::Kill => format!("{action:?}").to_lowercase(),
            };
            writeln!(told, "{} {action}", now.as_secs()).unwrap();
        }
    };
    loop {
        let next = events.front().map(|event| event.split_once(' ').unwrap());
        let event_at = next.map(|(second, _)| Duration::from_secs(second.parse().unwrap()));
        match supervisor.wake_at() {
            Some(now) if event_at.is_none_or(|at| now <= at) => {
                let is_updated = supervisor.is_updating() && is_updated;
                tell(supervisor.on(Event::Tick { is_updated }, now), now);
                continue;
            }
            Some(_) | None => {}
        }
        let (Some((_, event)), Some(now)) = (next, event_at) else { break };
        events.pop_front();
        let (what, more) = event.split_once(' ').unwrap_or((event, ""));
        let events = match what {
            "say" => vec![Event::Line(more)],
            "exit" => vec![Event::OutputEnded, Event::Exited(Exit::Code(more.parse().unwrap()))],
            "exit-with-orphan" => vec![Event::Exited(Exit::Code(more.parse().unwrap()))],
            "die" => vec![Event::Exited(Exit::Signal(more.parse().unwrap())), Event::OutputEnded],
            "term" => vec![Event::Stop(Stop::Terminate)],
            "int" => vec![Event::Stop(Stop::Interrupt)],
            "updated" => {
                is_updated = true;
                vec![]
            }
            _ => panic!("no event is called `{what}`"),
        };
        for event in events {
            tell(supervisor.on(event, now), now);
        }
    }
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(told.lines().collect::<Vec<_>>(), expected);
}

const RUNNING: &str = "2026-11-20 10:00:00Z: Running job: build";

#[test]
fn a_job_that_ran_to_its_end_is_a_duty_done_whatever_its_result() {
    for code in [100, 101, 102, 103, 104] {
        check(&format!("1 say {RUNNING}\n9 exit {code}"), "9 finish: a job ran to its end");
    }
}

#[test]
fn an_abandoned_job_is_lost() {
    check(&format!("1 say {RUNNING}\n9 exit 105"), "9 finish: the listener ended before its job did");
}

#[test]
fn an_exit_code_of_0_means_what_the_markers_say() {
    check("1 exit 0", "1 finish: the listener ended and had taken no job");
    check(&format!("1 say {RUNNING}\n9 exit 0"), "9 finish: the listener ended before its job did");
    check(
        &format!(
            "1 say {RUNNING}\n8 say 2026-11-20 10:00:08Z: Job build completed with result: Failed\n9 exit 0"
        ),
        "9 finish: a job ran to its end",
    );
}

#[test]
fn a_runner_that_github_removed_had_no_job() {
    let gone = "300 say The runner no longer exists on the server. Please reconfigure the runner.";
    for code in [0, 1] {
        check(&format!("{gone}\n301 exit {code}"), "301 finish: the listener ended and had taken no job");
    }
}

#[test]
fn a_listener_that_fails_is_told_from_a_job_that_is_lost() {
    for code in [1, 2, 6, 99, 106, 134] {
        check(&format!("1 exit {code}"), "1 finish: the listener failed before it took a job");
        check(&format!("1 say {RUNNING}\n9 exit {code}"), "9 finish: the listener ended before its job did");
    }
    check("1 die 9", "1 finish: the listener failed before it took a job");
}

#[test]
fn a_session_conflict_and_a_refused_version_are_told() {
    check("240 exit 5", "240 finish: another session of this runner exists");
    check(
        &format!("1 say {RUNNING}\n2 exit 7"),
        "2 report RunnerFailed: GitHub refuses this version of the runner
         2 finish: GitHub refuses this version of the runner",
    );
}

#[test]
fn a_listener_that_updated_itself_starts_again() {
    for code in [3, 4] {
        check(
            &format!("10 exit {code}\n15 updated\n20 say {RUNNING}\n30 exit 100"),
            "16 restart
             30 finish: a job ran to its end",
        );
    }
}

#[test]
fn an_update_that_never_ends_is_waited_for_half_a_minute() {
    check(
        "10 exit 3\n50 exit 0",
        "40 restart
         50 finish: the listener ended and had taken no job",
    );
}

#[test]
fn a_listener_that_only_updates_is_given_up() {
    check(
        "0 updated\n1 exit 3\n2 exit 3\n3 exit 3\n4 exit 3",
        "1 restart
         2 restart
         3 restart
         4 finish: the listener failed before it took a job",
    );
}

#[test]
fn a_signal_cancels_the_job_and_the_listener_may_take_its_time() {
    check(
        &format!("1 say {RUNNING}\n50 term\n51 term\n140 exit 103"),
        "50 interrupt
         140 finish: terminated before the job's end",
    );
    check(
        "50 int\n60 exit 0",
        "50 interrupt
         60 finish: interrupted before the job's end",
    );
}

#[test]
fn a_job_that_ends_before_its_cancellation_is_served() {
    check(
        &format!("1 say {RUNNING}\n50 term\n51 exit 100"),
        "50 interrupt
         51 finish: a job ran to its end",
    );
}

#[test]
fn a_listener_that_does_not_stop_in_time_is_killed() {
    check(
        &format!("1 say {RUNNING}\n50 term\n151 die 9"),
        "50 interrupt
         150 kill
         151 finish: terminated before the job's end",
    );
}

#[test]
fn a_signal_ends_the_wait_for_an_update() {
    check("10 exit 3\n12 term", "12 finish: terminated before the job's end");
}

#[test]
fn orphans_that_hold_the_output_hold_nothing_up() {
    check(&format!("1 say {RUNNING}\n9 exit-with-orphan 100"), "10 finish: a job ran to its end");
}

#[test]
fn last_words_are_heard() {
    check(
        &format!(
            "1 say {RUNNING}
             9 exit-with-orphan 0
             9 say 2026-11-20 10:00:09Z: Job build completed with result: Succeeded"
        ),
        "10 finish: a job ran to its end",
    );
}
