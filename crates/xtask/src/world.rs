//! The world as a process: built, then run in this one's place.

use std::{
    net::SocketAddr,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use crate::process::Cargo;

/// What lives in the world beside itself: the program that runs in every task.
const PACKAGES: [&str; 2] = ["world", "runner"];

pub(crate) fn setup(cargo: &Cargo) -> Result<()> {
    let binaries = cargo.build(&["world"])?;
    become_world(set_up(&binaries))
}

/// What makes everything ready and says where it lies, the programs that `test` runs included.
pub(crate) fn set_up(binaries: &Path) -> Command {
    let mut command = Command::new(binaries.join("world"));
    command.args(["setup", concat!(env!("CARGO_MANIFEST_DIR"), "/requirements.txt")]).stdin(Stdio::null());
    command
}

pub(crate) fn serve(cargo: &Cargo, listen: SocketAddr, boot_seconds: u64) -> Result<()> {
    let binaries = cargo.build(&PACKAGES)?;
    let mut command = Command::new(binaries.join("world"));
    command.args(["--listen", &listen.to_string(), "--boot-seconds", &boot_seconds.to_string()]);
    become_world(command)
}

pub(crate) fn demonstrate(cargo: &Cargo) -> Result<()> {
    become_world(Command::new(cargo.build_all()?.join("demo")))
}

/// In this process's place, so that whoever ends the task ends the world and not its parent.
fn become_world(mut command: Command) -> Result<()> {
    let error = command.exec();
    Err(error).with_context(|| format!("starting {}", command.get_program().display()))
}
