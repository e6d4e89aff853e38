//! Cargo as a process: what is built, and where it lies then.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The root of the source tree.
pub(crate) fn source_root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The folder that this program was built into.
pub(crate) fn build_folder() -> Result<PathBuf> {
    let ours = std::env::current_exe().context("asking where this program lies")?;
    Ok(ours.ancestors().nth(2).context("a program lies in a profile's folder")?.to_owned())
}

/// The cargo that runs this task.
#[derive(Clone, Debug)]
pub(crate) struct Cargo {
    program: PathBuf,
    /// What it said about this package; build scripts that read it would run again because of it.
    about_us: Vec<String>,
}

impl Cargo {
    pub(crate) fn of(environment: &BTreeMap<String, String>) -> Self {
        let program = environment.get("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        let is_about_us =
            |name: &&String| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        Self { program, about_us: environment.keys().filter(is_about_us).cloned().collect() }
    }

    /// Builds these packages as they are, and names the folder their binaries lie in.
    pub(crate) fn build(&self, packages: &[&str]) -> Result<PathBuf> {
        self.build_as("dev", packages)
    }

    /// Builds every program of the workspace; another selection would build half of it anew.
    pub(crate) fn build_all(&self) -> Result<PathBuf> {
        self.built(&["--profile", "dev", "--workspace", "--bins"])
    }

    /// The same, as they are released.
    pub(crate) fn build_release(&self, packages: &[&str]) -> Result<PathBuf> {
        self.build_as("release", packages)
    }

    fn build_as(&self, profile: &str, packages: &[&str]) -> Result<PathBuf> {
        let mut arguments = vec!["--profile", profile];
        for package in packages {
            arguments.extend(["--package", package]);
        }
        self.built(&arguments)
    }

    fn built(&self, arguments: &[&str]) -> Result<PathBuf> {
        let mut command = self.command();
        command.args(["build", "--message-format=json-render-diagnostics"]).args(arguments);
        let output = command.stderr(Stdio::inherit()).output().context("starting cargo")?;
        ensure!(output.status.success(), "cargo build ended with {}", output.status);
        let messages =
            output.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
        let binary =
            messages.filter_map(|message: Value| message["executable"].as_str().map(PathBuf::from)).next();
        let folder = binary.as_deref().and_then(Path::parent).context("cargo built no binary")?;
        Ok(folder.to_owned())
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(source_root()).stdin(Stdio::null());
        self.apply(command)
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// For a program that runs cargo in its turn: the same cargo, as if nobody had run it before.
    pub(crate) fn apply(&self, mut command: Command) -> Command {
        command.env("CARGO", &self.program);
        for name in &self.about_us {
            command.env_remove(name);
        }
        command
    }
}
