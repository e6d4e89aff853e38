//! Where the world keeps its files: the build folder, never the source tree and never anywhere else.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// The variables of a process, as an argument.
pub type Environment = BTreeMap<String, String>;

/// `<target>/quillon`: tools, snapshots and running worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFolder(PathBuf);

impl BuildFolder {
    /// Asks cargo where this workspace is built.
    pub fn find(environment: &Environment) -> Result<Self> {
        if let Some(target) = environment.get("CARGO_TARGET_DIR").filter(|value| !value.is_empty()) {
            return Ok(Self(source_root().join(target).join("quillon")));
        }
        let cargo = environment.get("CARGO").map_or("cargo", String::as_str);
        let output = Command::new(cargo)
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .current_dir(source_root())
            .output()
            .with_context(|| format!("running `{cargo} metadata`"))?;
        ensure!(output.status.success(), "`{cargo} metadata`: {}", String::from_utf8_lossy(&output.stderr));
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let target = metadata["target_directory"].as_str().context("cargo names no target directory")?;
        Ok(Self(Path::new(target).join("quillon")))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What set-up fetched: the Python environment, the npm modules, Terraform.
    pub(crate) fn tools(&self) -> PathBuf {
        self.0.join("tools")
    }

    /// A folder for one world of this process, empty.
    pub(crate) fn world(&self) -> Result<PathBuf> {
        let worlds = self.0.join("worlds");
        std::fs::create_dir_all(&worlds).with_context(|| format!("creating {}", worlds.display()))?;
        let folder = tempfile::Builder::new()
            .prefix("w")
            .tempdir_in(&worlds)
            .with_context(|| format!("creating a folder in {}", worlds.display()))?;
        // The keeper removes it, also when this process can't.
        Ok(folder.keep().canonicalize()?)
    }
}

/// The root of the source tree, to read from.
pub fn source_root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// This package's folder, to read from.
pub(crate) fn package_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
