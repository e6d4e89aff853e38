//! Terraform on a working copy inside the world's folder, so that the source tree stays as it is.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{ministack::REGION, setup::TerraformTool};

/// A folder that Terraform works in, in one world.
#[derive(Clone, Debug)]
pub struct Terraform {
    pub(crate) tool: TerraformTool,
    pub(crate) folder: PathBuf,
    pub(crate) endpoint: String,
    pub(crate) path: String,
}

/// Values of input variables, as JSON.
pub type Variables = BTreeMap<String, Value>;

/// Hears each line that Terraform prints, as it prints it.
pub type Listener<'a> = &'a mut dyn FnMut(&str);

/// What a plan would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    Nothing,
    /// The plan as Terraform shows it.
    Changes(String),
}

impl Terraform {
    /// Where it works: files may be put here before `init`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn init(&self, heard: Listener<'_>) -> Result<()> {
        self.run(&["init", "-input=false", "-no-color"], &Variables::new(), heard).map(drop)
    }

    pub fn apply(&self, variables: &Variables, heard: Listener<'_>) -> Result<()> {
        self.run(&["apply", "-input=false", "-no-color", "-auto-approve"], variables, heard).map(drop)
    }

    pub fn plan(&self, variables: &Variables) -> Result<Planned> {
        let arguments = ["plan", "-input=false", "-no-color", "-detailed-exitcode"];
        let (code, said) = self.said(&arguments, variables, &mut |_| {})?;
        match code {
            Some(0) => Ok(Planned::Nothing),
            Some(2) => Ok(Planned::Changes(said)),
            Some(_) | None => bail!("terraform plan: {said}"),
        }
    }

    pub fn destroy(&self, variables: &Variables, heard: Listener<'_>) -> Result<()> {
        self.run(&["destroy", "-input=false", "-no-color", "-auto-approve"], variables, heard).map(drop)
    }

    /// The values of the outputs, by name.
    pub fn outputs(&self) -> Result<BTreeMap<String, Value>> {
        let said = self.run(&["output", "-no-color", "-json"], &Variables::new(), &mut |_| {})?;
        let outputs: BTreeMap<String, Value> = serde_json::from_str(&said).context("reading the outputs")?;
        Ok(outputs.into_iter().map(|(name, mut output)| (name, output["value"].take())).collect())
    }

    fn run(&self, arguments: &[&str], variables: &Variables, heard: Listener<'_>) -> Result<String> {
        let (code, said) = self.said(arguments, variables, heard)?;
        ensure!(code == Some(0), "terraform {}: {said}", arguments[0]);
        Ok(said)
    }

    fn said(
        &self,
        arguments: &[&str],
        variables: &Variables,
        heard: Listener<'_>,
    ) -> Result<(Option<i32>, String)> {
        let values = self.folder.join("world.tfvars.json");
        let mut command = Command::new(&self.tool.binary);
        command.args(arguments);
        if !variables.is_empty() {
            fs::write(&values, serde_json::to_vec(variables)?).context("writing the variables")?;
            command.arg(format!("-var-file={}", values.display()));
        }
        // One pipe for both, so that lines come in the order they were printed.
        let (reader, writer) = std::io::pipe().context("making a pipe")?;
        let mut child = command
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", &self.folder)
            // The provider listens on a socket in here, and a socket's path has 108 bytes at most.
            .env("TMPDIR", ".")
            .env("TF_CLI_CONFIG_FILE", &self.tool.cli_config)
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().context("sharing a pipe")?)
            .stderr(writer)
            .spawn()
            .with_context(|| format!("starting {}", self.tool.binary.display()))?;
        // The command holds copies of the writing end, and the pipe ends only when all are closed.
        drop(command);
        let mut said = String::new();
        for line in BufReader::new(reader).lines() {
            let line = line.context("reading what terraform says")?;
            heard(&line);
            said.push_str(&line);
            said.push('\n');
        }
        let status = child.wait().context("waiting for terraform")?;
        Ok((status.code(), said))
    }
}

/// Copies a folder of modules, without what Terraform itself left in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let is_left_over = {
            let name = name.to_string_lossy();
            // The lock names the registry's archives, which a mirror's folders never match.
            name.starts_with(".terraform") || name.contains(".tfstate")
        };
        if is_left_over {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("copying {}", entry.path().display()))?;
        }
    }
    Ok(())
}
