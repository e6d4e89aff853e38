//! Where the world's set-up found or put what the steps need.

use std::path::PathBuf;

use anyhow::{Context, Result};

#[derive(Clone, Debug)]
pub(super) struct Tools {
    /// In the build folder, for what a step needs while it runs.
    pub(super) folder: PathBuf,
    pub(super) python: PathBuf,
    pub(super) terraform: PathBuf,
    pub(super) terraform_config: PathBuf,
    /// The programs of this package's requirements.
    pub(super) programs: PathBuf,
}

impl Tools {
    /// From the lines `name path` that set-up ends with.
    pub(super) fn read(said: &str) -> Result<Self> {
        let path = |name: &str| {
            let line = said.lines().rev().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.map(PathBuf::from).with_context(|| format!("set-up says no `{name}`: {said}"))
        };
        Ok(Self {
            folder: path("folder")?,
            python: path("python")?,
            terraform: path("terraform")?,
            terraform_config: path("terraform_config")?,
            programs: path("programs")?,
        })
    }
}
