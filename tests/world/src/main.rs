//! The world as a process: prints where everything is, then `ready`, and lasts until it is interrupted.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "whoever started it reads its output")]
#![expect(clippy::disallowed_methods, reason = "main hands the environment on to everything else")]

use std::{net::SocketAddr, process::ExitCode};

use anyhow::{Context, Result, bail};
use world::{BuildFolder, Environment, Options, World, setup::Setup};

const USAGE: &str = "usage: world setup | world --listen ADDRESS:PORT";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("world: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let environment: Environment = std::env::vars().collect();
    let build = BuildFolder::find(&environment)?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["setup"] => {
            let progress = |line: &str| eprintln!("{line}");
            Setup { build: &build, environment: &environment, progress: &progress }.everything()
        }
        ["--listen", address] => {
            serve(Options { listen: listen(address)?, ..Options::new(build, environment) })
        }
        _ => bail!(USAGE),
    }
}

fn listen(address: &str) -> Result<SocketAddr> {
    address.parse().with_context(|| format!("`{address}` is no address with a port; {USAGE}"))
}

fn serve(options: Options) -> Result<()> {
    // Before anything is started, so that an interrupt never finds the world half made and unattended.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _inside = runtime.enter();
    let mut interrupted = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let world = World::start(&options)?;
    println!("aws {}", world.aws_url());
    println!("compute {}", world.compute_url());
    println!("ready");
    runtime.block_on(async {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    });
    drop(world);
    Ok(())
}
