//! The npm modules that the model of GitHub is checked against, exactly those of the lock.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};

use super::{Missing, Setup, run};
use crate::folder::package_root;

pub(super) fn missing(setup: &Setup<'_>) -> Option<Missing> {
    let lacks = ["node", "npm"].into_iter().find(|name| setup.on_path(&[name]).is_none())?;
    let remedy = "install Node 20 or later with npm, from nodejs.org or on Debian `apt-get install npm`";
    Some(Missing { what: lacks.to_owned(), remedy: remedy.to_owned() })
}

pub(super) fn set_up(setup: &Setup<'_>) -> Result<PathBuf> {
    let files = ["package.json", "package-lock.json"].map(|name| package_root().join(name));
    let lock = std::fs::read(&files[1]).context("reading package-lock.json")?;
    let folder = setup.made_of("node", &lock, |folder| {
        (setup.progress)("fetching GitHub's API description with npm (once)");
        for file in &files {
            std::fs::copy(file, folder.join(file.file_name().unwrap_or_default()))
                .with_context(|| format!("copying {}", file.display()))?;
        }
        let npm = setup.on_path(&["npm"]).context("there is no npm on PATH")?;
        let quiet = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
        run(Command::new(npm).args(quiet).current_dir(folder))?;
        Ok(())
    })?;
    Ok(folder.join("node_modules"))
}
