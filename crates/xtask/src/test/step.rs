//! The steps, the cheap and telling first.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use super::tools::Tools;
use crate::process::source_root;
use crate::{process::Cargo, world};

/// Commands that run one after the other until one fails.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) commands: Vec<Command>,
}

/// What the steps after set-up work with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) cargo: &'a Cargo,
    pub(super) tools: &'a Tools,
    pub(super) binaries: &'a Path,
    /// The modules, to write beside.
    pub(super) copy: &'a Path,
}

const SCRIPTS: &str = "shell scripts";
const LINKED: &str = "what is linked";
const TERRAFORM_FORMAT: &str = "terraform format";
const TERRAFORM_VALIDATE: &str = "terraform validate";
const TERRAFORM_TEST: &str = "terraform test";
const BOTO3: &str = "boto3";
const TESTS: &str = "tests";
const STORM: &str = "storm";
const EXAMPLES: &str = "documented examples";

/// What can't be run where the workspace does not build or set-up fails.
pub(super) const NEED_TOOLS: [&str; 9] =
    [SCRIPTS, LINKED, TERRAFORM_FORMAT, TERRAFORM_VALIDATE, TERRAFORM_TEST, BOTO3, TESTS, STORM, EXAMPLES];

/// What `terraform init` and `validate` are run in; a module's own tests validate the rest.
const MODULES: [&str; 4] =
    ["terraform", "terraform/modules/config", "terraform/examples/minimal", "tests/end_to_end/terraform"];

/// Those that have tests.
const TESTED: [&str; 2] = ["terraform/modules/config", "terraform"];

pub(super) fn format(cargo: &Cargo) -> Step {
    one("format", with(cargo.command(), &["fmt", "--all", "--check"]))
}

/// Everything at once and as the tests want it, so that nothing is built twice.
pub(super) fn build(cargo: &Cargo) -> Step {
    one("build", with(cargo.command(), &["build", "--workspace", "--all-targets", "--locked"]))
}

pub(super) fn set_up(binaries: &Path) -> Step {
    one("set-up", world::set_up(binaries))
}

pub(super) fn lints(cargo: &Cargo) -> Step {
    let arguments =
        ["clippy", "--workspace", "--all-targets", "--locked", "--keep-going", "--", "-D", "warnings"];
    one("lints", with(cargo.command(), &arguments))
}

pub(super) fn documentation(cargo: &Cargo) -> Step {
    let arguments =
        ["doc", "--workspace", "--no-deps", "--document-private-items", "--locked", "--keep-going"];
    let mut command = with(cargo.command(), &arguments);
    command.env("RUSTDOCFLAGS", "-D warnings");
    one("documentation", command)
}

pub(super) fn with_tools(place: &Place<'_>) -> Result<Vec<Step>> {
    Ok(vec![
        scripts(place)?,
        linked(place),
        one(TERRAFORM_FORMAT, terraform(place, source_root(), &["fmt", "-check", "-diff", "-recursive"])),
        validate(place),
        test(place),
        boto3(place),
        lints(place.cargo),
        documentation(place.cargo),
        tests(place),
        storm(place),
        one(EXAMPLES, with(place.cargo.command(), &["test", "--workspace", "--doc", "--locked"])),
    ])
}

fn scripts(place: &Place<'_>) -> Result<Step> {
    let files = Command::new("git")
        .args(["ls-files", "--", "*.sh", ".ci/run"])
        .current_dir(source_root())
        .output()
        .context("starting git")?;
    ensure!(files.status.success(), "git ls-files: {}", String::from_utf8_lossy(&files.stderr));
    let mut command = program(place, "shellcheck");
    command.args(String::from_utf8_lossy(&files.stdout).lines());
    Ok(one(SCRIPTS, command))
}

/// Advisories are left out: their database would have to be fetched.
fn linked(place: &Place<'_>) -> Step {
    one(
        LINKED,
        with(
            program(place, "cargo-deny"),
            &["--offline", "--locked", "check", "bans", "licenses", "sources"],
        ),
    )
}

fn validate(place: &Place<'_>) -> Step {
    let commands = MODULES.iter().flat_map(|module| {
        let folder = place.copy.join(module);
        [
            terraform(place, &folder, &["init", "-backend=false", "-input=false", "-no-color"]),
            terraform(place, &folder, &["validate", "-no-color"]),
        ]
    });
    Step { name: TERRAFORM_VALIDATE, commands: commands.collect() }
}

/// After `validate`, which prepares the folders.
fn test(place: &Place<'_>) -> Step {
    let commands =
        TESTED.iter().map(|module| terraform(place, &place.copy.join(module), &["test", "-no-color"]));
    Step { name: TERRAFORM_TEST, commands: commands.collect() }
}

fn boto3(place: &Place<'_>) -> Step {
    let mut command = quiet(Command::new(&place.tools.python));
    command.arg("tests/world/tests/compute_boto3.py").arg(place.binaries.join("examples/compute"));
    one(BOTO3, command)
}

/// All of them, however many fail: a person wants to know once.
fn tests(place: &Place<'_>) -> Step {
    let arguments = ["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--status-level=fail"];
    one(TESTS, with(program(place, "cargo-nextest"), &arguments))
}

/// By this very program.
fn storm(place: &Place<'_>) -> Step {
    one(STORM, with(quiet(Command::new(place.binaries.join("xtask"))), &["storm", "--seeds", "500"]))
}

fn terraform(place: &Place<'_>, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = with(quiet(Command::new(&place.tools.terraform)), arguments);
    command
        .current_dir(folder)
        .env("TF_CLI_CONFIG_FILE", &place.tools.terraform_config)
        .env("CHECKPOINT_DISABLE", "1")
        .env_remove("TF_DATA_DIR")
        .env_remove("TF_CLI_ARGS");
    command
}

/// A program of this package's requirements, that may ask for cargo.
fn program(place: &Place<'_>, name: &str) -> Command {
    place.cargo.apply(quiet(Command::new(place.tools.programs.join(name))))
}

fn quiet(mut command: Command) -> Command {
    command.current_dir(source_root()).stdin(Stdio::null());
    command
}

fn with(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments);
    command
}

fn one(name: &'static str, command: Command) -> Step {
    Step { name, commands: vec![command] }
}
