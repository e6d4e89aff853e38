#![doc = include_str!("../README.md")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]
#![expect(clippy::disallowed_methods, reason = "main hands the environment on to what needs it")]

mod config;
mod label;
mod simulate;
mod why;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use model::label::Release;

/// GitHub Actions jobs that use Dagger, on your own AWS account.
#[derive(Debug, Parser)]
#[command(name = "quillon", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The configuration document that Terraform writes.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// What a workflow's `runs-on` says.
    #[command(subcommand)]
    Label(LabelCommand),
    /// Plays a scenario in virtual time and tells its story.
    Simulate {
        /// What happens, as tests/scenarios/README.md says it is written.
        #[arg(long, value_name = "FILE")]
        scenario: PathBuf,
        /// Take this seed instead of the scenario's.
        #[arg(long)]
        seed: Option<u64>,
        /// Keep the ledger as it is at the end, a row a line, for `quillon why`.
        #[arg(long, value_name = "FILE")]
        record: Option<PathBuf>,
    },
    /// Tells one job's story: what happened, what was decided, and what it waits for.
    Why {
        /// GitHub's number of the job.
        job: u64,
        #[command(flatten)]
        whence: why::Whence,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say everything that is wrong with a document.
    Check { file: PathBuf },
}

#[derive(Debug, Subcommand)]
enum LabelCommand {
    /// Say what the labels of one job ask for, or what to write instead.
    Explain {
        /// All labels of the job, as `runs-on` has them.
        #[arg(required = true, value_name = "LABEL")]
        labels: Vec<String>,
        /// The oldest version that the installation runs.
        #[arg(long, value_name = "VERSION")]
        min_version: Option<Release>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let done = match command {
        Command::Config(ConfigCommand::Check { file }) => config::check(&file),
        Command::Label(LabelCommand::Explain { labels, min_version, json }) => {
            label::explain(&labels, min_version.as_ref(), json)
        }
        Command::Simulate { scenario, seed, record } => {
            simulate::simulate(&scenario, seed, record.as_deref())
        }
        Command::Why { job, whence } => why::tell(job, &whence, std::env::vars().collect()),
    };
    match done {
        Ok(answer) => {
            println!("{}", answer.text);
            if answer.is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("quillon: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// What a command has to say.
#[derive(Debug)]
struct Answer {
    text: String,
    is_good: bool,
}
