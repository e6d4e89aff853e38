#![doc = include_str!("README.md")]

mod child;
mod copy;
mod step;
mod tools;

use std::{
    fs::File,
    io::{Read, Seek, Write},
    path::PathBuf,
    time::Instant,
};

use anyhow::{Context, Result, bail};

use self::{
    child::{Ended, Interrupts},
    step::{Place, Step},
    tools::Tools,
};
use crate::process::Cargo;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Ends with the first step that fails.
    #[arg(long)]
    fail_fast: bool,
}

pub(crate) fn run(cargo: &Cargo, options: &Options) -> Result<()> {
    let own = std::env::current_exe().context("finding this program")?;
    let binaries = own.parent().context("a program lies in a folder")?.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let has_passed = runtime.block_on(async {
        let mut session = Session::start(binaries)?;
        match session.everything(cargo, options).await {
            Ok(()) | Err(Stop::Failed) => Ok(session.verdict()),
            Err(Stop::Broken(error)) => Err(error),
        }
    })?;
    if !has_passed {
        // Not as an error: what failed has been shown, and the count is the last line.
        std::process::exit(1);
    }
    Ok(())
}

/// Why no further step is run.
enum Stop {
    Failed,
    Broken(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

/// The steps that have ended so far.
#[derive(Debug)]
struct Session {
    binaries: PathBuf,
    interrupts: Interrupts,
    n_passed: usize,
    failed: Vec<&'static str>,
}

impl Session {
    fn start(binaries: PathBuf) -> Result<Self> {
        Ok(Self { binaries, interrupts: Interrupts::listen()?, n_passed: 0, failed: Vec::new() })
    }

    async fn everything(&mut self, cargo: &Cargo, options: &Options) -> Result<(), Stop> {
        self.step(step::format(cargo), options).await?;
        let is_built = self.step(step::build(cargo), options).await?.is_some();
        let tools = match is_built {
            true => self.step(step::set_up(&self.binaries), options).await?,
            false => None,
        };
        let Some(said) = tools else {
            self.failed.extend(step::NEED_TOOLS);
            say(&format!("not run without the programs and tools: {}\n", step::NEED_TOOLS.join(", ")));
            for step in [step::lints(cargo), step::documentation(cargo)] {
                self.step(step, options).await?;
            }
            return Ok(());
        };
        let tools = Tools::read(&said)?;
        let copy = copy::of_terraform(&tools.folder)?;
        let place = Place { cargo, tools: &tools, binaries: &self.binaries.clone(), copy: copy.path() };
        for step in step::with_tools(&place)? {
            self.step(step, options).await?;
        }
        Ok(())
    }

    /// What the step said when it passed, nothing when it failed.
    async fn step(&mut self, step: Step, options: &Options) -> Result<Option<String>, Stop> {
        say(&format!("{:<22}", step.name));
        let started = now();
        // Without a name: it goes with the last process that holds it.
        let mut output =
            tempfile::tempfile_in(&self.binaries).context("making a file for a step's output")?;
        let has_passed = self.commands(step.commands, &output).await?;
        let seconds = started.elapsed().as_secs_f64();
        say(&format!("{} {seconds:7.1} s\n", if has_passed { "ok    " } else { "failed" }));
        let said = read(&mut output)?;
        if has_passed {
            self.n_passed += 1;
            return Ok(Some(said));
        }
        say(&format!("{}\n", said.trim_end()));
        self.failed.push(step.name);
        if options.fail_fast { Err(Stop::Failed) } else { Ok(None) }
    }

    async fn commands(&mut self, commands: Vec<std::process::Command>, output: &File) -> Result<bool> {
        for command in commands {
            match child::run(command, output, &mut self.interrupts).await? {
                Ended::Passed => {}
                Ended::Failed => return Ok(false),
                Ended::Interrupted => {
                    say("interrupted\n");
                    bail!("interrupted; what was running has been ended");
                }
            }
        }
        Ok(true)
    }

    /// Whether everything passed, said as the last line.
    fn verdict(&self) -> bool {
        if !self.failed.is_empty() {
            say(&format!("\nfailed: {}", self.failed.join(", ")));
        }
        say(&format!("\n{} passed, {} failed\n", self.n_passed, self.failed.len()));
        self.failed.is_empty()
    }
}

fn read(output: &mut File) -> Result<String> {
    let mut said = Vec::new();
    output.rewind()?;
    output.read_to_end(&mut said)?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

/// At once, for a step may take minutes; whoever does not read any more is not told.
fn say(text: &str) {
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

#[expect(clippy::disallowed_methods, reason = "a person wants to know how long a step took")]
fn now() -> Instant {
    Instant::now()
}
