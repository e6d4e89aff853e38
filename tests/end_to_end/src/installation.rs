//! One installation, as a test or a demonstration has it.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws::ledger::Place;
use aws::{DynamoLedger, Environment, Fresh};
use model::id::JobId;
use serde_json::{Value, json};
use sim::compute::Timing;
use world::{Options, REGION, Terraform, Variables, World, source_root};

use crate::github::{self, place};
use crate::zips;

/// Of the repository, as far as Terraform reads it, and where in it the root lies.
pub(crate) const PARTS: [&str; 2] = ["terraform", "tests/end_to_end/terraform"];
pub(crate) const ROOT: &str = "tests/end_to_end/terraform";

/// Where Terraform finds the functions, from where it works.
const ZIPS: &str = "zips";

/// The release that the registry has when nobody has published another.
pub const RELEASE: &str = "v0.19.4";

const PARAMETERS: &str = "
import boto3, json, sys
ssm = boto3.client('ssm')
for name, value in json.load(sys.stdin).items():
    ssm.put_parameter(Name=name, Value=value, Type='SecureString', Overwrite=True)
";

pub struct Installation {
    pub world: World,
    pub place: github::Place,
    pub terraform: Terraform,
    pub variables: Variables,
    outputs: Value,
}

/// A world with GitHub in it, as fast as a test wants it.
pub fn options() -> Result<Options> {
    let mut options = Options::of_this_process()?;
    let github = sim::github::Settings::default();
    options.github = Some(github);
    options.compute.reserved_memory_mib = 100;
    options.compute.timing = Timing { read_lag: Duration::from_millis(100), ..Timing::instant() };
    ensure!(options.runner.is_some() && options.listener.is_some(), "run `cargo build --workspace` first");
    Ok(options)
}

impl Installation {
    /// Everything that goes before `terraform apply`.
    pub fn prepare(world: &World) -> Result<(Terraform, Variables)> {
        let registry = world.registry().context("an installation's world has a registry")?;
        let github = world.github().context("an installation's world has a GitHub")?;
        let terraform = world.terraform("main", source_root(), &PARTS, ROOT)?;
        // A snapshot holds them too. Terraform remembers where they are, so that must be the same in every world.
        let zips = terraform.folder().join(ZIPS);
        if !zips.exists() {
            zips::pack(world.python(), &zips)?;
        }
        let variables = Variables::from([
            ("zips".to_owned(), json!(ZIPS)),
            ("github_api_url".to_owned(), json!(github.url())),
            ("images".to_owned(), json!({ "engine": format!("{}/engine", registry.front()) })),
        ]);
        Ok((terraform, variables))
    }

    /// Everything that comes after it: the App's secrets, the repository and the releases.
    pub fn open(world: World, terraform: Terraform, variables: Variables) -> Result<Self> {
        let outputs = terraform.outputs()?.remove("quillon").context("the root has an output `quillon`")?;
        let registry = world.registry().context("an installation's world has a registry")?;
        registry.publish(
            "dagger/engine",
            RELEASE,
            &[world::registry::Architecture::Amd64, world::registry::Architecture::Arm64],
        );
        let webhook_url = text(&outputs, "webhook_url")?;
        let place = place(&world, &webhook_url);
        Ok(Self { world, place, terraform, variables, outputs })
    }

    /// What only the App's owner knows, into the parameters that Terraform was told of.
    pub fn tell_secrets(world: &World, outputs: &Value) -> Result<()> {
        let owner = world.app().context("an installation's world has an App")?;
        let names = outputs.get("parameters").context("the module tells its parameters")?;
        let secrets = json!({
            text(names, "private_key")?: owner.private_key_pem,
            text(names, "webhook_secret")?: owner.webhook_secret,
        });
        python(world, PARAMETERS, secrets.to_string().as_bytes()).map(drop)
    }

    /// What the module tells.
    pub fn output(&self, name: &str) -> String {
        text(&self.outputs, name).expect("the module's outputs are tested with the module")
    }

    /// Runs a script with boto3 against the world, as root, and returns what it printed.
    pub fn python(&self, script: &str, input: &[u8]) -> Result<String> {
        python(&self.world, script, input)
    }

    /// The clock's message, sent instead of waited for.
    pub fn sweep(&self) -> Result<()> {
        self.world.sweep(&self.output("doorbell"), "quillon")
    }

    /// The ledger, read as the functions read it, with root's credentials.
    pub fn ledger(&self) -> Result<DynamoLedger> {
        let environment = Environment::read([
            ("QUILLON_CONFIG".to_owned(), "s3://not/read".to_owned()),
            ("QUILLON_FUNCTION".to_owned(), "scaler".to_owned()),
            ("AWS_REGION".to_owned(), REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID".to_owned(), "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "test".to_owned()),
            ("AWS_ENDPOINT_URL".to_owned(), self.world.aws_url()),
        ])?;
        let place = Place {
            table: self.output("table"),
            doorbell: self.output("doorbell"),
            installation: "quillon".to_owned(),
            source: "a test".to_owned(),
        };
        Ok(DynamoLedger::new(&environment.sdk(), place, Fresh::drawn()?))
    }

    /// What `quillon why` says of a job, to a person whose environment has root's credentials.
    pub fn why(&self, job: JobId) -> Result<String> {
        let mut quillon = Command::new(zips::program("quillon")?);
        quillon.args(["why", &job.to_string(), "--table", &self.output("table"), "--region", REGION]);
        quillon.env_clear().envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")]);
        let said =
            quillon.env("AWS_ENDPOINT_URL", self.world.aws_url()).output().context("starting quillon")?;
        ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        Ok(String::from_utf8(said.stdout)?)
    }
}

pub(crate) fn text(of: &Value, name: &str) -> Result<String> {
    let text = of.get(name).and_then(Value::as_str);
    text.map(str::to_owned).with_context(|| format!("there is no output `{name}`"))
}

/// Runs a script with boto3 against the world, as root.
fn python(world: &World, script: &str, input: &[u8]) -> Result<String> {
    let mut child = Command::new(world.python())
        .args(["-c", script])
        .env_clear()
        .env("AWS_ENDPOINT_URL", world.aws_url())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_DEFAULT_REGION", REGION)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting Python")?;
    child.stdin.take().context("Python reads what it is told")?.write_all(input).context("telling Python")?;
    let output = child.wait_with_output().context("waiting for Python")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).context("Python prints text")
}

impl std::fmt::Debug for Installation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Installation").field("outputs", &self.outputs).finish_non_exhaustive()
    }
}
