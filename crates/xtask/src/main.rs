#![doc = include_str!("../README.md")]
#![expect(clippy::disallowed_methods, reason = "main hands the environment on to everything else")]

mod bench;
mod process;
mod rules;
mod storm;
mod test;
mod world;

use std::net::SocketAddr;

use clap::{Parser, Subcommand};

/// Simulated worlds are made of many small things.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Everything a developer does with this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Sets up what tests and demonstrations need, inside the build folder.
    Setup,
    /// Serves AWS, GitHub and a registry to play with until Ctrl-C.
    World {
        /// Where the AWS endpoint listens; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// From a machine's launch to its registered agent.
        #[arg(long, default_value_t = 6)]
        boot_seconds: u64,
    },
    /// Shows one real job from push to history: applied, run, told and destroyed.
    Demo,
    /// Checks everything that is checked, formatting and lints included.
    Test(test::Options),
    /// Plays worlds drawn from seeds, with every fault in reach, and tells of the first that fails.
    Storm(storm::Options),
    /// Breaks each rule of the planner once and tells who notices.
    Rules(rules::Options),
    /// Measures the functions' release binaries and prints what they cost.
    Bench(bench::Options),
}

fn main() -> anyhow::Result<()> {
    let cargo = process::Cargo::of(&std::env::vars().collect());
    match Arguments::parse().task {
        Task::Setup => world::setup(&cargo),
        Task::World { listen, boot_seconds } => world::serve(&cargo, listen, boot_seconds),
        Task::Demo => world::demonstrate(&cargo),
        Task::Test(options) => test::run(&cargo, &options),
        Task::Storm(options) => storm::run(&cargo, &options),
        Task::Rules(options) => rules::run(&cargo, &options),
        Task::Bench(options) => bench::run(&cargo, &options),
    }
}
