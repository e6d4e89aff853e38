//! The document as a whole, and the part of it that only adapters need.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Purchase, Trust,
    rules::{Limits, PoolName, Rules},
};

use super::{
    Configuration,
    form::{self, Arn},
    limits,
    pool::{self, Around},
    read::{Node, Object},
    tier,
};

/// Where things are, and what they are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The tag on everything that is ours.
    pub installation: String,
    pub region: String,
    pub account: String,
    /// Of our own HTTP API, without a slash at the end.
    pub api_url: String,
    /// The ledger.
    pub table: String,
    /// The URL of its queue.
    pub doorbell: String,
    pub app: App,
    pub images: Images,
    pub tasks: Tasks,
    /// The role of the nodes of each tier that has some: it is bound to the tier's cluster.
    pub node_roles: BTreeMap<Trust, String>,
    /// Of every tier that a pool has.
    pub clusters: BTreeMap<Trust, String>,
    /// Every pool of nodes.
    pub pools: BTreeMap<PoolName, PoolSettings>,
    /// Every pool without.
    pub serverless: BTreeMap<PoolName, Serverless>,
}

/// The App that stands for us where the jobs come from: `github` in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Without a slash at the end.
    pub api_url: String,
    pub id: u64,
    /// Names of secret parameters, not the secrets.
    pub private_key_parameter: String,
    pub webhook_secret_parameter: String,
    pub runner_group_id: u64,
    /// Further Apps, which register runners and do nothing else.
    pub registrars: Vec<Registrar>,
}

/// An App that shares the load of another: each has limits of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registrar {
    pub id: u64,
    pub private_key_parameter: String,
}

/// Of further Apps.
///
/// GitHub lets all of them together register no more at one place than two may, and more than a few help only where
/// there are as many organizations.
const MOST_REGISTRARS: usize = 9;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    pub runner: String,
    /// Without a tag: that is the version a job asks for.
    pub engine: String,
    pub dockerd: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tasks {
    pub role_arn: String,
    pub execution_role_arn: String,
    pub log_group: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// The Auto Scaling group whose members are the pool's nodes.
    pub group: String,
    /// All of one shape.
    pub instance_types: Vec<String>,
}

/// How the tasks of a pool without nodes are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serverless {
    pub purchase: Purchase,
    /// In as many zones as there are subnets in; which of them a task gets is the provider's choice.
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
    /// Without one the subnets need another way out.
    pub has_public_ip: bool,
}

/// Reads every field before it gives up on any, so that no fault hides another.
pub(super) fn read(document: &Node<'_>) -> Option<Configuration> {
    document.object(read_document)?
}

fn read_document(document: &Object<'_>) -> Option<Configuration> {
    let version = document.read("version", &form::VERSION);
    let installation = document.read("installation", &form::INSTALLATION);
    let region = document.read("region", &form::REGION);
    let account = document.read("account", &form::ACCOUNT);
    let api_url = document.read("api_url", &form::BASE_URL);
    let table = document.read("table", &form::TABLE);
    let doorbell = document.read("doorbell", &form::DOORBELL);
    let github = document.object("github", read_github).flatten();
    let min_version = document
        .object("labels", |labels| {
            labels.field("min_version", form::RELEASE.like)?.read_optional(&form::RELEASE)
        })
        .flatten();
    let limits = limits::read(document);
    let images = document.object("images", read_images).flatten();
    let place = Place { region: region.as_deref(), account: account.as_deref() };
    let tasks = document.object("tasks", |tasks| read_tasks(tasks, &place)).flatten();
    let clusters = document.field("clusters", "an object with a cluster for each trust tier");
    let with_cluster = clusters.as_ref().and_then(tier::named);
    let clusters = clusters.and_then(|clusters| tier::read(&clusters, &form::CLUSTER, "cluster", &place));
    let nodes = document.optional("nodes");
    let with_role = tier::with_role(nodes.as_ref(), with_cluster.as_ref());
    let node_roles = tier::read_roles(nodes.as_ref(), with_cluster.as_ref(), &place);
    let oldest = min_version.as_ref().and_then(Option::as_ref);
    let around = Around { region: region.as_deref(), with_cluster, with_role, min_version: oldest };
    let pools = document
        .field("pools", "an object with a pool or more")
        .and_then(|pools| pool::read(&pools, &around));

    version?;
    let (app, private_repositories_allow_forks) = github?;
    let pools = pools?;
    let limits = Limits { n_apps: n_apps(&app), ..limits? };
    Some(Configuration {
        rules: Rules {
            min_version: min_version?,
            private_repositories_allow_forks,
            pools: pools.rules,
            limits,
        },
        settings: Settings {
            installation: installation?,
            region: region?,
            account: account?,
            api_url: api_url?,
            table: table?,
            doorbell: doorbell?,
            app,
            images: images?,
            tasks: tasks?,
            node_roles: node_roles?,
            clusters: clusters?,
            pools: pools.nodes,
            serverless: pools.serverless,
        },
    })
}

fn read_github(github: &Object<'_>) -> Option<(App, bool)> {
    let api_url = github.read("api_url", &form::BASE_URL);
    let id = github.read("app_id", &form::ID);
    let private_key_parameter = github.read("private_key_parameter", &form::PARAMETER);
    let webhook_secret_parameter = github.read("webhook_secret_parameter", &form::PARAMETER);
    let runner_group_id = github.read("runner_group_id", &form::ID);
    let allow_forks = github.read("private_repositories_allow_forks", &form::FLAG);
    let registrars = match github.optional("registrars") {
        Some(registrars) => read_registrars(&registrars, id),
        None => Some(Vec::new()),
    };
    let app = App {
        api_url: api_url?,
        id: id?,
        private_key_parameter: private_key_parameter?,
        webhook_secret_parameter: webhook_secret_parameter?,
        runner_group_id: runner_group_id?,
        registrars: registrars?,
    };
    Some((app, allow_forks?))
}

fn read_registrars(list: &Node<'_>, main: Option<u64>) -> Option<Vec<Registrar>> {
    let nodes = list.any_items(
        r#"objects like { "app_id": 234567, "private_key_parameter": "/quillon/github/second-key" }"#,
    )?;
    if nodes.len() > MOST_REGISTRARS {
        list.fault(format!("names {} further Apps; write {MOST_REGISTRARS} at most", nodes.len()));
        return None;
    }
    let mut known: BTreeSet<u64> = main.into_iter().collect();
    let mut is_whole = true;
    let mut registrars = Vec::new();
    for node in &nodes {
        match node.object(read_registrar).flatten() {
            Some(registrar) if !known.insert(registrar.id) => {
                node.fault(format!("App {} stands there twice; leave it out", registrar.id));
                is_whole = false;
            }
            Some(registrar) => registrars.push(registrar),
            None => is_whole = false,
        }
    }
    is_whole.then_some(registrars)
}

fn read_registrar(registrar: &Object<'_>) -> Option<Registrar> {
    let id = registrar.read("app_id", &form::ID);
    let private_key_parameter = registrar.read("private_key_parameter", &form::PARAMETER);
    Some(Registrar { id: id?, private_key_parameter: private_key_parameter? })
}

fn n_apps(app: &App) -> u32 {
    u32::try_from(app.registrars.len()).unwrap_or(u32::MAX).saturating_add(1)
}

fn read_images(images: &Object<'_>) -> Option<Images> {
    let runner = images.read("runner", &form::IMAGE);
    let engine = images.read("engine", &form::ENGINE_IMAGE);
    let dockerd = images.read("dockerd", &form::IMAGE);
    Some(Images { runner: runner?, engine: engine?, dockerd: dockerd? })
}

fn read_tasks(tasks: &Object<'_>, place: &Place<'_>) -> Option<Tasks> {
    let role_arn = read_arn(tasks, "role_arn", &form::ROLE, place);
    let execution_role_arn = read_arn(tasks, "execution_role_arn", &form::ROLE, place);
    let log_group = tasks.read("log_group", &form::LOG_GROUP);
    Some(Tasks { role_arn: role_arn?, execution_role_arn: execution_role_arn?, log_group: log_group? })
}

fn read_arn(
    object: &Object<'_>,
    name: &'static str,
    form: &form::Form<String>,
    place: &Place<'_>,
) -> Option<String> {
    let node = object.field(name, form.like)?;
    node.read(form).filter(|arn| place.holds(&node, arn))
}

/// Where the installation is, as far as the document says it well.
pub(super) struct Place<'a> {
    pub(super) region: Option<&'a str>,
    pub(super) account: Option<&'a str>,
}

impl Place<'_> {
    /// Whether an ARN lies here. One of another account or region can only be a slip.
    pub(super) fn holds(&self, node: &Node<'_>, arn: &str) -> bool {
        let Some(arn) = Arn::parse(arn) else { return true };
        if let Some(account) = self.account.filter(|account| *account != arn.account) {
            node.fault(format!(
                "is of account {}; write one of {account}, the document's account",
                arn.account
            ));
            return false;
        }
        let region = self.region.filter(|region| !arn.region.is_empty() && *region != arn.region);
        if let Some(region) = region {
            node.fault(format!("is in {}; write one in {region}, the document's region", arn.region));
        }
        region.is_none()
    }
}
