//! A task as ECS starts it: a working directory, an environment, an API, and the program in it.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::server::{Request, Response, Server};

pub(crate) const JIT_CONFIG: &str = "eyJqaXQiOiJjb25maWcifQ==";
pub(crate) const RUN: &str =
    r#"{"status":"run","runner_name":"quillon-7-1-1","jit_config":"eyJqaXQiOiJjb25maWcifQ=="}"#;
/// The first line of a listener that has a job.
pub(crate) const JOB: &str = "echo '2026-11-20 10:00:00Z: Running job: build'\n";

pub(crate) struct Task {
    pub(crate) directory: TempDir,
    api: Server,
    child: Child,
    output: BufReader<ChildStdout>,
}

/// How a task ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    /// What it printed since somebody last listened.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) asked: Vec<Request>,
    pub(crate) directory: TempDir,
}

/// A task whose claim is answered at once and whose listener is a shell script.
pub(crate) fn run(listener: &str) -> Task {
    Task::start(Some(listener), &[], |_| (200, RUN.to_owned()))
}

impl Task {
    /// `answer` answers every request but those for credentials.
    pub(crate) fn start(
        listener: Option<&str>,
        variables: &[(&str, &str)],
        mut answer: impl FnMut(&Request) -> Response + Send + 'static,
    ) -> Self {
        let api = Server::start(move |request| {
            if request.target == "/credentials" {
                return (200, CREDENTIALS.to_owned());
            }
            answer(request)
        });
        let directory = tempfile::tempdir().unwrap();
        let program = furnish(directory.path(), listener);
        let mut command = Command::new(program);
        // A container's user is not root, and root could look into any process.
        if directory.path().metadata().unwrap().uid() == 0 {
            command.uid(65534).gid(65534);
        }
        let mut child = command
            .current_dir(directory.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", "/home/runner")
            .env("QUILLON_API_URL", api.url())
            .env("QUILLON_LAUNCH", "7-1")
            .env("QUILLON_REGION", "eu-central-1")
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/credentials", api.url()))
            .env("ECS_CONTAINER_METADATA_URI_V4", "http://169.254.170.2/v4/7")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { directory, api, child, output }
    }

    /// Waits until a line of the output holds this.
    pub(crate) fn until(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended before it said {text}");
        }
    }

    /// Waits until the API was asked for this.
    pub(crate) fn until_asked(&self, target: &str) {
        while self.api.asked.recv().unwrap().target != target {}
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    pub(crate) fn end(mut self) -> Ended {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.output.read_to_string(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        let asked = self.api.asked.try_iter().filter(|request| request.target != "/credentials").collect();
        Ended { code, stdout, stderr, asked, directory: self.directory }
    }
}

const CREDENTIALS: &str = r#"{"AccessKeyId":"AKID","SecretAccessKey":"hidden-key","Token":"hidden-token",
    "Expiration":"2999-01-01T00:00:00Z","RoleArn":"arn:aws:iam::123456789012:role/task"}"#;

/// The runner's root, open to whatever user a container has, and the program beside it.
fn furnish(directory: &Path, listener: Option<&str>) -> std::path::PathBuf {
    let open = Permissions::from_mode(0o777);
    fs::set_permissions(directory, open.clone()).unwrap();
    fs::create_dir(directory.join("bin")).unwrap();
    if let Some(script) = listener {
        let path = directory.join("bin/Runner.Listener");
        fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        fs::set_permissions(path, open.clone()).unwrap();
    }
    let program = directory.join("runner");
    fs::copy(env!("CARGO_BIN_EXE_runner"), &program).unwrap();
    fs::set_permissions(&program, open).unwrap();
    program
}
