//! The world as a process: prints where everything is, then `ready`, and lasts until it is interrupted.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "whoever started it reads its output")]
#![expect(clippy::disallowed_methods, reason = "main hands the environment on to everything else")]

use std::{net::SocketAddr, path::Path, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail};
use world::{BuildFolder, Environment, Options, World, setup::Setup};

const USAGE: &str = "usage: world setup [REQUIREMENTS] | world --listen ADDRESS:PORT [--boot-seconds N]";

/// Long enough to see a machine come, short enough to wait for it.
const BOOT_SECONDS: &str = "6";

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
        ["setup"] => set_up(&build, &environment, None),
        ["setup", requirements] => set_up(&build, &environment, Some(Path::new(requirements))),
        ["--listen", address] => run(&own_arguments(&["--listen", address, "--boot-seconds", BOOT_SECONDS])),
        ["--listen", address, "--boot-seconds", seconds] => {
            let own = std::env::current_exe().context("finding this program")?;
            let github = Some(sim::github::Settings::default());
            let mut options =
                Options { listen: listen(address)?, github, ..Options::new(build, environment, &own) };
            // A machine runs before its agent is there, so each takes its half.
            let half =
                Duration::from_secs(seconds.parse().with_context(|| format!("`{seconds}` are no seconds"))?)
                    / 2;
            options.compute.timing.instance_runs = half;
            options.compute.timing.agent_registers = half;
            serve(options)
        }
        _ => bail!(USAGE),
    }
}

/// Sets everything up and says where it lies, a line `name path` for each.
fn set_up(build: &BuildFolder, environment: &Environment, requirements: Option<&Path>) -> Result<()> {
    let progress = |line: &str| eprintln!("{line}");
    let setup = Setup { build, environment, progress: &progress };
    let everything = setup.everything()?;
    let programs = requirements.map(|requirements| setup.programs(requirements)).transpose()?;
    println!("folder {}", build.path().display());
    println!("python {}", everything.python.display());
    println!("node_modules {}", everything.node_modules.display());
    println!("terraform {}", everything.terraform.binary.display());
    println!("terraform_config {}", everything.terraform.cli_config.display());
    if let Some(programs) = programs {
        println!("programs {}", programs.display());
    }
    Ok(())
}

fn own_arguments(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|argument| (*argument).to_owned()).collect()
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
    if let (Some(github), Some(registry)) = (world.github(), world.registry()) {
        println!("github {}", github.url());
        println!("registry http://{}", registry.front());
    }
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
