//! The stand-in listener against GitHub: the whole life of a just-in-time runner.

use std::process::Stdio;
use std::time::Duration;

use sim::github::{
    Conclusion, Ending, GitHub, Job, JobId, JobOrder, JobState, Removal, RunnerId, Script, Settings, Trigger,
};
use tokio::process::{Child, Command};

use crate::desk::{Desk, SOON};

struct Listener {
    child: Child,
    _root: tempfile::TempDir,
}

impl Listener {
    fn start(config: &str, environment: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_runner_listener"))
            .arg("run")
            .env("ACTIONS_RUNNER_INPUT_JITCONFIG", config)
            .env("ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED", "1")
            .envs(environment.iter().copied())
            .current_dir(root.path())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, _root: root }
    }

    fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal).unwrap();
    }

    /// Its exit code (none for a signal), and what it printed without the times.
    async fn end(self) -> (Option<i32>, Vec<String>) {
        let output = tokio::time::timeout(SOON, self.child.wait_with_output()).await.unwrap().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let timeless = |line: &str| line.split_once("Z: ").map_or(line, |(_, rest)| rest).to_owned();
        let lines = text.lines().filter(|line| !line.is_empty()).map(timeless).collect();
        (output.status.code(), lines)
    }
}

impl Desk {
    fn queue(&self, ending: Ending) -> JobId {
        let script = Script { ending, ..Script::default() };
        let order = JobOrder { script, ..JobOrder::new("build", &["Dagger"]) };
        self.github.start_run(self.repository, Trigger::push(), vec![order]).1[0]
    }

    async fn listener(&self, name: &str, environment: &[(&str, &str)]) -> (RunnerId, Listener) {
        let token = self.token().await;
        let made = self.register(&token, name, &["dagger"]).await;
        let id = RunnerId(made["runner"]["id"].as_u64().unwrap());
        (id, Listener::start(made["encoded_jit_config"].as_str().unwrap(), environment))
    }

    async fn until(&self, job: JobId, what: &str, f: impl Fn(&Job) -> bool) -> Job {
        let found = |github: &GitHub| github.jobs.get(&job).filter(|job| f(job)).cloned();
        self.github.wait_for(what, SOON, found).await.unwrap()
    }
}

fn is_running(job: &Job) -> bool {
    matches!(job.state, JobState::Running { .. })
}

#[tokio::test]
async fn a_runner_takes_its_job_and_is_gone_afterwards() {
    let desk = Desk::new().await;
    let job = desk.queue(Ending::Succeed);
    let (runner, listener) = desk.listener("quillon-1-1-1", &[]).await;
    let (code, said) = listener.end().await;
    assert_eq!(code, Some(100));
    assert_eq!(
        said,
        [
            "√ Connected to GitHub",
            "Current runner version: '2.337.0'",
            "Listening for Jobs",
            "Running job: build",
            "Job build completed with result: Succeeded",
        ]
    );
    let job = desk.github.job(job).unwrap();
    assert_eq!(job.conclusion(), Some(Conclusion::Success));
    assert_eq!(job.runner.unwrap().name, "quillon-1-1-1");
    assert_eq!(desk.github.read(|github, _| github.gone[&runner].why), Removal::Finished);
    let told = desk.webhooks(3).await;
    let actions: Vec<_> = told.iter().map(|webhook| webhook.json()["action"].clone()).collect();
    assert_eq!(actions, ["queued", "in_progress", "completed"]);
    assert_eq!(told[1].json()["workflow_job"]["runner_id"], runner.0);
    desk.assert_faithful();
}

#[tokio::test]
async fn a_failed_job_is_in_the_exit_code_only_if_that_was_asked_for() {
    let desk = Desk::new().await;
    for (wish, code) in [("1", 102), ("0", 0)] {
        desk.queue(Ending::Fail);
        let wishes = [("ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED", wish)];
        let (_, listener) = desk.listener("again", &wishes).await;
        assert_eq!(listener.end().await.0, Some(code));
    }
}

#[tokio::test]
async fn a_configuration_serves_one_session() {
    let desk = Desk::new().await;
    let token = desk.token().await;
    let made = desk.register(&token, "once", &["dagger"]).await;
    let config = made["encoded_jit_config"].as_str().unwrap();
    let id = RunnerId(made["runner"]["id"].as_u64().unwrap());
    let first = Listener::start(config, &[]);
    let online = |github: &GitHub| github.runners[&id].session.clone();
    desk.github.wait_for("a session", SOON, online).await.unwrap();
    let second = Listener::start(config, &[("RUNNER_LISTENER_CONFLICT_SECONDS", "0")]);
    assert_eq!(second.end().await.0, Some(5));
    desk.queue(Ending::Succeed);
    assert_eq!(first.end().await.0, Some(100));
    let third = Listener::start(config, &[]);
    let (code, said) = third.end().await;
    assert_eq!(code, Some(1));
    assert!(said[0].contains("registration has been deleted"), "{said:?}");
}

#[tokio::test]
async fn an_idle_runner_is_removed_and_ends_as_if_nothing_were_wrong() {
    let desk = Desk::new().await;
    let (runner, listener) = desk.listener("idle", &[]).await;
    let online = |github: &GitHub| github.runners[&runner].session.clone();
    desk.github.wait_for("a session", SOON, online).await.unwrap();
    desk.github.shift_clock(Duration::from_secs(301));
    let (code, said) = listener.end().await;
    assert_eq!(code, Some(0));
    assert!(said.last().unwrap().starts_with("The runner no longer exists on the server"), "{said:?}");
    assert_eq!(desk.github.read(|github, _| github.gone[&runner].why), Removal::Idle);
}

#[tokio::test]
async fn a_signal_cancels_the_job_and_exits_with_zero() {
    let desk = Desk::new().await;
    for signal in [nix::sys::signal::SIGTERM, nix::sys::signal::SIGINT] {
        let job = desk.queue(Ending::Hang);
        let (_, listener) = desk.listener("stopped", &[]).await;
        desk.until(job, "the job to run", is_running).await;
        listener.signal(signal);
        let (code, said) = listener.end().await;
        assert_eq!(code, Some(0));
        assert!(said.contains(&"Job build completed with result: Canceled".to_owned()), "{said:?}");
        let job = desk.github.job(job).unwrap();
        assert_eq!(job.conclusion(), Some(Conclusion::Cancelled));
    }
}

#[tokio::test]
async fn a_cancelled_job_is_ended_by_its_runner() {
    let desk = Desk::new().await;
    let job = desk.queue(Ending::Hang);
    let (_, listener) = desk.listener("cancelled", &[]).await;
    desk.until(job, "the job to run", is_running).await;
    desk.github.act(|github, now| github.cancel_job(job, now)).unwrap();
    assert_eq!(listener.end().await.0, Some(103));
    assert_eq!(desk.github.job(job).unwrap().conclusion(), Some(Conclusion::Cancelled));
}

#[tokio::test]
async fn a_crashed_runner_is_missed_after_ten_minutes_and_stays_busy() {
    let desk = Desk::new().await;
    let job = desk.queue(Ending::Crash);
    let (runner, listener) = desk.listener("crashed", &[]).await;
    assert_eq!(listener.end().await.0, None);
    assert!(is_running(&desk.github.job(job).unwrap()));
    desk.github.shift_clock(Duration::from_secs(601));
    let job = desk.github.job(job).unwrap();
    assert_eq!(job.conclusion(), Some(Conclusion::Failure));
    assert!(job.annotation.unwrap().contains("lost communication"));
    let token = desk.token().await;
    let path = format!("/orgs/acme/actions/runners/{runner}");
    assert_eq!(desk.ask("DELETE", &path, &token, None).await.status, 422);
    desk.assert_faithful();
}

#[tokio::test]
async fn a_deprecated_version_is_told_apart_only_if_that_was_asked_for() {
    let mut settings = Settings::default();
    settings.deprecated_versions.insert("2.337.0".to_owned());
    let desk = Desk::with(settings).await;
    for (wish, code) in [("1", 7), ("0", 1)] {
        let wishes = [("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE", wish)];
        let (_, listener) = desk.listener(&format!("old-{wish}"), &wishes).await;
        let (exit, said) = listener.end().await;
        assert_eq!(exit, Some(code));
        assert!(said.last().unwrap().contains("is deprecated and cannot receive messages"), "{said:?}");
    }
}

#[tokio::test]
async fn a_runner_made_for_one_job_takes_another() {
    let desk = Desk::new().await;
    let token = desk.token().await;
    let (a, b) = (desk.queue(Ending::Succeed), desk.queue(Ending::Succeed));
    let mut listeners = Vec::new();
    for (name, job) in [("for-a", b), ("for-b", a)] {
        let made = desk.register(&token, name, &["dagger"]).await;
        let id = RunnerId(made["runner"]["id"].as_u64().unwrap());
        desk.github.act(|github, now| github.bind(job, id, now));
        listeners.push(Listener::start(made["encoded_jit_config"].as_str().unwrap(), &[]));
    }
    for listener in listeners {
        assert_eq!(listener.end().await.0, Some(100));
    }
    let taker = |job| desk.github.job(job).unwrap().runner.unwrap().name;
    assert_eq!((taker(a), taker(b)), ("for-b".to_owned(), "for-a".to_owned()));
    desk.assert_faithful();
}
