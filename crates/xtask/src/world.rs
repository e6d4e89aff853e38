//! The world as a process: built, then run in this one's place.

use std::{net::SocketAddr, os::unix::process::CommandExt, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::process::Cargo;

/// What lives in the world beside itself: the program that runs in every task.
const PACKAGES: [&str; 2] = ["world", "runner"];

pub(crate) fn setup(cargo: &Cargo) -> Result<()> {
    let binaries = cargo.build(&["world"])?;
    become_world(&binaries, &["setup"])
}

pub(crate) fn serve(cargo: &Cargo, listen: SocketAddr, boot_seconds: u64) -> Result<()> {
    let binaries = cargo.build(&PACKAGES)?;
    become_world(&binaries, &["--listen", &listen.to_string(), "--boot-seconds", &boot_seconds.to_string()])
}

/// In this process's place, so that whoever ends the task ends the world and not its parent.
fn become_world(binaries: &Path, arguments: &[&str]) -> Result<()> {
    let program = binaries.join("world");
    let error = Command::new(&program).args(arguments).exec();
    Err(error).with_context(|| format!("starting {}", program.display()))
}
