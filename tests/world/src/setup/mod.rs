#![doc = include_str!("README.md")]

mod node;
mod provider;
mod python;
mod terraform;

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

pub use self::terraform::TerraformTool;
use crate::folder::{BuildFolder, Environment};

/// Says what is being done, for set-up takes a while the first time.
pub type Progress<'a> = &'a dyn Fn(&str);

/// Where set-up finds and puts things.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    pub build: &'a BuildFolder,
    pub environment: &'a Environment,
    pub progress: Progress<'a>,
}

/// Where all of it lies.
#[derive(Clone, Debug)]
pub struct Everything {
    pub python: PathBuf,
    pub node_modules: PathBuf,
    pub terraform: TerraformTool,
}

/// Something that this machine lacks and set-up can't bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub what: String,
    pub remedy: String,
}

impl Setup<'_> {
    /// Everything that must be installed by hand first, all at once.
    pub fn missing(&self) -> Vec<Missing> {
        [python::missing(self), node::missing(self), terraform::missing(self)].into_iter().flatten().collect()
    }

    /// The Python that has ministack, with exactly the packages of the lock.
    pub fn python(&self) -> Result<PathBuf> {
        python::set_up(self)
    }

    /// An environment of its own with exactly the packages of these requirements: the folder of its programs.
    pub fn programs(&self, requirements: &Path) -> Result<PathBuf> {
        python::programs(self, requirements)
    }

    /// The `node_modules` of the lock.
    pub fn node_modules(&self) -> Result<PathBuf> {
        node::set_up(self)
    }

    /// Terraform or its fork `tofu`, and a configuration that finds the AWS provider.
    pub fn terraform(&self) -> Result<TerraformTool> {
        terraform::set_up(self)
    }

    /// All of it, after a look at what is missing.
    pub fn everything(&self) -> Result<Everything> {
        let missing = self.missing();
        if !missing.is_empty() {
            let lines = missing.iter().map(|one| format!("  {}: {}\n", one.what, one.remedy));
            bail!("this machine lacks\n{}", lines.collect::<String>());
        }
        Ok(Everything {
            python: self.python()?,
            node_modules: self.node_modules()?,
            terraform: self.terraform()?,
        })
    }

    /// The folder for what `lock` describes, made by `make` once and again only when the lock changes.
    fn made_of(&self, name: &str, lock: &[u8], make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let tools = self.build.tools();
        std::fs::create_dir_all(&tools).with_context(|| format!("creating {}", tools.display()))?;
        let folder = tools.join(format!("{name}-{}", &hex::encode(Sha256::digest(lock))[..16]));
        let done = folder.join(".done");
        if done.exists() {
            return Ok(folder);
        }
        // Tests run side by side, and only one of them may build.
        let turn = File::create(tools.join(format!("{name}.lock"))).context("creating a lock file")?;
        turn.lock().context("waiting for another set-up to end")?;
        if !done.exists() {
            if folder.exists() {
                std::fs::remove_dir_all(&folder).with_context(|| format!("clearing {}", folder.display()))?;
            }
            std::fs::create_dir_all(&folder)?;
            make(&folder)?;
            File::create(&done)?;
        }
        Ok(folder)
    }

    /// The first of these programs that stands on PATH.
    fn on_path(&self, names: &[&str]) -> Option<PathBuf> {
        let path = self.environment.get("PATH")?;
        names.iter().find_map(|name| {
            std::env::split_paths(path).map(|folder| folder.join(name)).find(|program| program.is_file())
        })
    }
}

impl std::fmt::Debug for Setup<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Setup").field("build", &self.build).finish_non_exhaustive()
    }
}

/// Runs a program to its end; what it said is the error when it fails.
fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting {name}"))?;
    ensure!(
        output.status.success(),
        "{name} ended with {}: {}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
