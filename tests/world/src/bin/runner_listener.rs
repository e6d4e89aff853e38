//! A stand-in for GitHub's `bin/Runner.Listener run`: its input, its words, its exit codes, and steps that only pretend.
#![expect(clippy::print_stdout, reason = "what the real one prints is what is stood in for")]

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use sim::github::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, interval_at, sleep};
use world::github::iso;
use world::github::runner::client::{JitConfig, Session, Stop};
use world::github::runner::protocol::{Acquired, End, Message, Result as JobResult, Script};

const VERSION: &str = "2.337.0";
const RENEWAL: Duration = Duration::from_secs(60);
const RETRY: Duration = Duration::from_secs(1);
const CONFLICT_RETRY: Duration = Duration::from_secs(30);

/// `Constants.Runner.ReturnCode` of the real one.
#[derive(Clone, Copy)]
enum Code {
    Success = 0,
    TerminatedError = 1,
    SessionConflict = 5,
    VersionDeprecated = 7,
}

/// What the environment asks for.
struct Wishes {
    jit_config: Option<String>,
    returns_result: bool,
    returns_deprecated: bool,
    conflict_patience: Duration,
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

/// How a job was left.
enum Left {
    Ended(JobResult),
    /// A signal took it; the code of a shutdown says nothing of the job.
    ShutDown,
    Deprecated,
    Gone,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let wishes = Wishes::read();
    match run(&wishes).await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            println!("An error occurred: {error:#}");
            ExitCode::from(Code::TerminatedError as u8)
        }
    }
}

async fn run(wishes: &Wishes) -> anyhow::Result<u8> {
    let mut signals =
        Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
    let text = wishes
        .jit_config
        .as_deref()
        .context("Not configured. Run config.(sh/cmd) to configure the runner.")?;
    let config = JitConfig::decode(text)?;
    config.write_to(&std::env::current_dir()?)?;
    let session = match open(&config, wishes).await {
        Ok(session) => session,
        Err(Stop::Conflict) => return Ok(Code::SessionConflict as u8),
        Err(Stop::Deprecated) => return Ok(deprecated(wishes)),
        Err(Stop::Gone) => {
            println!(
                "Failed to create a session. The runner registration has been deleted from the server, please re-configure. Runner registrations are automatically deleted for runners that have not connected to the service recently."
            );
            return Ok(Code::TerminatedError as u8);
        }
        Err(stop @ (Stop::JobGone | Stop::Unreachable(_))) => return Err(stop.into()),
    };
    println!("\n√ Connected to GitHub\n\nCurrent runner version: '{VERSION}'\n{}: Listening for Jobs", now());
    let left = listen(&session, &mut signals).await;
    Ok(match left {
        Left::Ended(result) if wishes.returns_result => 100 + task_result(result),
        Left::Ended(_) => Code::Success as u8,
        Left::ShutDown => {
            println!("Exiting...");
            // GitHub may be what is shutting down; the runner ends all the same.
            let _told = session.close().await;
            Code::Success as u8
        }
        Left::Deprecated => deprecated(wishes),
        Left::Gone => {
            println!("The runner no longer exists on the server. Cleaning up local configuration.");
            Code::Success as u8
        }
    })
}

async fn open(config: &JitConfig, wishes: &Wishes) -> Result<Session, Stop> {
    let give_up = Instant::now() + wishes.conflict_patience;
    loop {
        match config.open(VERSION).await {
            Err(Stop::Conflict) if Instant::now() < give_up => {
                println!("A session for this runner already exists.");
                sleep(CONFLICT_RETRY.min(give_up - Instant::now())).await;
            }
            Err(Stop::Unreachable(error)) if Instant::now() < give_up => {
                println!("{}: Runner connect error: {error:#}. Retrying until reconnected.", now());
                sleep(RETRY).await;
            }
            done => return done,
        }
    }
}

/// One job, or a reason to stop waiting for one.
async fn listen(session: &Session, signals: &mut Signals) -> Left {
    loop {
        let message = tokio::select! {
            () = signals.any() => return Left::ShutDown,
            message = session.poll() => message,
        };
        match message {
            Ok(Some(Message::Job { id })) => match session.acquire(id).await {
                Ok(job) => return work(session, id, &job, signals).await,
                Err(Stop::Deprecated) => return Left::Deprecated,
                // As the real one: whoever has the job now, it goes on listening.
                Err(Stop::JobGone | Stop::Conflict | Stop::Gone | Stop::Unreachable(_)) => {}
            },
            Ok(Some(Message::Cancel { .. }) | None) => {}
            Err(Stop::Gone) => return Left::Gone,
            Err(Stop::Deprecated) => return Left::Deprecated,
            Err(Stop::Conflict | Stop::JobGone) => sleep(RETRY).await,
            Err(Stop::Unreachable(error)) => {
                println!("{}: Runner connect error: {error:#}. Retrying until reconnected.", now());
                sleep(RETRY).await;
            }
        }
    }
}

async fn work(session: &Session, id: u64, job: &Acquired, signals: &mut Signals) -> Left {
    println!("{}: Running job: {}", now(), job.name);
    let mut renewals = interval_at(Instant::now() + RENEWAL, RENEWAL);
    let steps = play(&job.script);
    tokio::pin!(steps);
    let result = loop {
        tokio::select! {
            result = &mut steps => break Some(result),
            () = signals.any() => break None,
            () = cancelled(session) => break Some(JobResult::Canceled),
            // A renewal that is lost is made up for by the next.
            _ = renewals.tick() => { let _renewed = session.renew(id).await; }
        }
    };
    let said = result.unwrap_or(JobResult::Canceled);
    println!("{}: Job {} completed with result: {said:?}", now(), job.name);
    // The job's end is told until it is heard, or until nobody is there to hear it.
    while let Err(Stop::Unreachable(_)) = session.complete(id, said).await {
        sleep(RETRY).await;
    }
    result.map_or(Left::ShutDown, Left::Ended)
}

/// Returns when GitHub says the job is cancelled, or knows this runner no more.
async fn cancelled(session: &Session) {
    loop {
        match session.poll().await {
            Ok(Some(Message::Cancel { .. })) | Err(Stop::Gone) => return,
            Ok(Some(Message::Job { .. }) | None) => {}
            Err(Stop::Conflict | Stop::Deprecated | Stop::JobGone | Stop::Unreachable(_)) => {
                sleep(RETRY).await;
            }
        }
    }
}

/// The steps, as the job's script says.
async fn play(script: &Script) -> JobResult {
    if let Some(socket) = &script.socket
        && tokio::net::UnixStream::connect(socket).await.is_err()
    {
        return JobResult::Failed;
    }
    sleep(Duration::from_millis(script.pause_ms)).await;
    match script.ending {
        End::Succeed => JobResult::Succeeded,
        End::Fail | End::Deprecated => JobResult::Failed,
        End::Hang => std::future::pending().await,
        End::Crash => std::process::abort(),
    }
}

fn deprecated(wishes: &Wishes) -> u8 {
    println!("An error occurred: Runner version v{VERSION} is deprecated and cannot receive messages.");
    let code = if wishes.returns_deprecated { Code::VersionDeprecated } else { Code::TerminatedError };
    code as u8
}

/// `TaskResult` of the real one.
fn task_result(result: JobResult) -> u8 {
    match result {
        JobResult::Succeeded => 0,
        JobResult::SucceededWithIssues => 1,
        JobResult::Failed => 2,
        JobResult::Canceled => 3,
        JobResult::Skipped => 4,
        JobResult::Abandoned => 5,
    }
}

impl Signals {
    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

impl Wishes {
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
    fn read() -> Self {
        let args: Vec<String> = std::env::args().collect();
        let given = args.iter().position(|arg| arg == "--jitconfig").and_then(|at| args.get(at + 1));
        let is_set = |name: &str| std::env::var(name).is_ok_and(|value| value == "1" || value == "true");
        let seconds = std::env::var("RUNNER_LISTENER_CONFLICT_SECONDS").ok().and_then(|s| s.parse().ok());
        Self {
            jit_config: given.cloned().or_else(|| std::env::var("ACTIONS_RUNNER_INPUT_JITCONFIG").ok()),
            returns_result: is_set("ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED"),
            returns_deprecated: is_set("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE"),
            conflict_patience: Duration::from_secs(seconds.unwrap_or(240)),
        }
    }
}

/// `2026-11-21 10:41:22Z`, as the real one prints it.
fn now() -> String {
    #[expect(clippy::disallowed_methods, reason = "a program that prints the time has to know it")]
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    iso(Timestamp::default() + since).replace('T', " ")
}
