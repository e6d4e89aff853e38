//! A listener is started clean, heard, signalled, and outlived by nothing.

use std::fs;

use nix::sys::signal::Signal;

use crate::task::{JIT_CONFIG, JOB, RUN, Task, run};

#[test]
fn the_listener_gets_its_configuration_and_nothing_of_our_identity() {
    let ended = run(&format!("echo \"$0 $*\" >started; env >environment\n{JOB}exit 100")).end();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let read = |name| fs::read_to_string(ended.directory.path().join(name)).unwrap();
    assert_eq!(read("started"), "bin/Runner.Listener run\n");
    let mut environment: Vec<String> = read("environment").lines().map(str::to_owned).collect();
    environment.retain(|line| !["PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|own| line.starts_with(own)));
    environment.sort();
    assert_eq!(
        environment,
        [
            format!("ACTIONS_RUNNER_INPUT_JITCONFIG={JIT_CONFIG}"),
            "ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED=1".to_owned(),
            "ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE=1".to_owned(),
            "HOME=/home/runner".to_owned(),
            "PATH=/usr/bin:/bin".to_owned(),
        ]
    );
}

#[test]
fn a_job_cannot_look_into_the_runner() {
    let ended = run(&format!("cat /proc/$PPID/environ >seen 2>&1 && exit 1\n{JOB}exit 100")).end();
    let seen = fs::read_to_string(ended.directory.path().join("seen")).unwrap();
    assert_eq!(ended.code, 0, "{seen}");
    assert!(seen.contains("Permission denied"), "{seen}");
}

#[test]
fn output_is_passed_on_as_it_is() {
    let ended = run(&format!("echo '√ Connected'; echo oops >&2\n{JOB}printf tail; exit 100")).end();
    assert_eq!(ended.stdout, "√ Connected\n2026-11-20 10:00:00Z: Running job: build\ntail");
    assert!(ended.stderr.contains("oops\n"));
}

#[test]
fn a_signal_reaches_the_whole_process_group_as_an_interrupt() {
    // A shell acts on its traps between two commands, so the worker's have to be short.
    let worker = "trap \"echo worker cancelled; exit\" INT
        echo \"2026-11-20 10:00:00Z: Running job: build\"
        while :; do sleep 0.01; done";
    let mut task = run(&format!("trap 'echo cancelled; exit 103' INT\nsh -c '{worker}'\nexit 1"));
    task.until("Running job");
    task.signal(Signal::SIGTERM);
    let ended = task.end();
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (143, "worker cancelled\ncancelled\n"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_listener_that_will_not_stop_is_killed() {
    let deaf = format!("trap '' INT\n{JOB}while :; do sleep 1000; done");
    let at_once = [("QUILLON_STOP_SECONDS", "0")];
    let mut task = Task::start(Some(&deaf), &at_once, |_| (200, RUN.to_owned()));
    task.until("Running job");
    task.signal(Signal::SIGTERM);
    assert_eq!(task.end().code, 143);
}

#[test]
fn orphans_are_reaped() {
    // A zombie keeps its folder in /proc until somebody reaps it. The loop ends in any case.
    let ended = run(&format!(
        "(sh -c 'echo $$ >pid' &)
         for i in $(seq 500); do
             [ -s pid ] && [ ! -d /proc/$(cat pid) ] && echo reaped && break
             sleep 0.01
         done
         {JOB}exit 100"
    ))
    .end();
    assert!(ended.stdout.starts_with("reaped\n"), "{}", ended.stdout);
}

#[test]
fn what_a_job_leaves_running_holds_nothing_up_and_ends_too() {
    let mut task = run(&format!("mkfifo alive; echo made; exec 3>alive; sleep 1000 &\n{JOB}exit 100"));
    task.until("made");
    // Ends when the last process that has the pipe open for writing ends.
    assert_eq!(fs::read(task.directory.path().join("alive")).unwrap(), b"");
    assert_eq!(task.end().code, 0);
}

#[test]
fn a_version_that_github_refuses_is_reported() {
    let ended = Task::start(Some("exit 7"), &[], |request| match request.target.as_str() {
        "/claim" => (200, RUN.to_owned()),
        _ => (204, String::new()),
    })
    .end();
    assert_eq!(ended.code, 22);
    assert_eq!(ended.asked[1].target, "/report");
    assert_eq!(
        ended.asked[1].body,
        r#"{"launch":"7-1","kind":"runner_failed","detail":"GitHub refuses this version of the runner"}"#
    );
}

#[test]
fn a_listener_that_updated_itself_is_started_again() {
    let ended = run(&format!(
        "if [ ! -e first ]; then touch first update.finished; exit 4; fi
         [ -e update.finished ] && exit 1
         [ \"$ACTIONS_RUNNER_INPUT_JITCONFIG\" = {JIT_CONFIG} ] || exit 1
         {JOB}exit 100"
    ))
    .end();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn a_listener_without_a_job_or_without_an_end_to_it_is_told_by_the_exit_code() {
    assert_eq!(run("exit 0").end().code, 20);
    assert_eq!(run(&format!("{JOB}exit 0")).end().code, 21);
    assert_eq!(run("exit 5").end().code, 23);
    assert_eq!(run("exit 1").end().code, 24);
    assert_eq!(run("kill -9 $$").end().code, 24);
    assert_eq!(Task::start(None, &[], |_| (200, RUN.to_owned())).end().code, 24);
}
