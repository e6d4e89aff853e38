//! The keeper: a process that ends what is left of a world when the world ends in whatever way.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};

use crate::folder::package_root;

/// Dropping it ends every process that lives in the folder and removes the folder.
#[derive(Debug)]
pub(crate) struct Keeper(Child);

impl Keeper {
    pub(crate) fn start(python: &Path, folder: &Path) -> Result<Self> {
        let child = Command::new(python)
            .arg("-S")
            .arg(package_root().join("ministack/keeper.py"))
            .arg(folder)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            // A group of its own: an interrupt at the terminal must not end it before its work is done.
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting the keeper with {}", python.display()))?;
        Ok(Self(child))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Nothing can be done about a keeper that can't be waited for, and it needs no help.
        let _ = self.0.wait();
    }
}
