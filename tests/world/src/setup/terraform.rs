//! Terraform or its fork `tofu`: the one on PATH, else one fetched by version and checksum.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use super::{Missing, Setup, provider, run};

/// Terraform, and where it finds its provider.
#[derive(Clone, Debug)]
pub struct TerraformTool {
    pub binary: PathBuf,
    /// For `TF_CLI_CONFIG_FILE`.
    pub cli_config: PathBuf,
}

/// The version fetched where there is none: one that the modules are tested with.
const VERSION: &str = "1.11.4";

/// The archive's checksum for each system it is published for, from the release's `SHA256SUMS`.
const ARCHIVES: &[(&str, &str)] = &[
    ("darwin_amd64", "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b"),
    ("darwin_arm64", "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18"),
    ("linux_amd64", "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc"),
    ("linux_arm64", "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633"),
];

const REMEDY: &str = "install Terraform 1.9 or later (developer.hashicorp.com/terraform/install) or OpenTofu (opentofu.org/docs/intro/install)";

pub(super) fn missing(setup: &Setup<'_>) -> Option<Missing> {
    let is_there = setup.on_path(&["terraform", "tofu"]).is_some() || checksum().is_some();
    (!is_there).then(|| Missing { what: "terraform".to_owned(), remedy: REMEDY.to_owned() })
}

pub(super) fn set_up(setup: &Setup<'_>) -> Result<TerraformTool> {
    let binary = match setup.on_path(&["terraform", "tofu"]) {
        Some(binary) => binary,
        None => fetch(setup)?,
    };
    let cli_config = provider::cli_config(setup)?;
    Ok(TerraformTool { binary, cli_config })
}

fn fetch(setup: &Setup<'_>) -> Result<PathBuf> {
    let Some((system, checksum)) = checksum() else { bail!("there is no terraform: {REMEDY}") };
    let python = setup.python()?;
    let url = format!("https://releases.hashicorp.com/terraform/{VERSION}/terraform_{VERSION}_{system}.zip");
    let folder = setup.made_of("terraform", format!("{VERSION} {checksum}").as_bytes(), |folder| {
        (setup.progress)(&format!("fetching Terraform {VERSION} (once)"));
        run(Command::new(&python).args(["-c", FETCH, &url, checksum]).arg(folder))
            .with_context(|| format!("fetching {url}; or {REMEDY}"))?;
        Ok(())
    })?;
    Ok(folder.join("terraform"))
}

/// Python has TLS and zip in its standard library, so the world needs neither.
const FETCH: &str = r"
import hashlib, io, os, sys, urllib.request, zipfile
url, checksum, folder = sys.argv[1:]
with urllib.request.urlopen(url, timeout=60) as answer:
    archive = answer.read()
found = hashlib.sha256(archive).hexdigest()
if found != checksum:
    sys.exit(f'{url} has the checksum {found}, not {checksum}')
zipfile.ZipFile(io.BytesIO(archive)).extract('terraform', folder)
os.chmod(os.path.join(folder, 'terraform'), 0o755)
";

fn checksum() -> Option<(&'static str, &'static str)> {
    let system = system();
    ARCHIVES.iter().copied().find(|(name, _)| *name == system)
}

/// This machine in Terraform's words: `linux_amd64`.
pub(super) fn system() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        arch => arch,
    };
    format!("{os}_{arch}")
}
