//! A world to begin with: an organisation, its App, clusters, groups and nothing running.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use control::port::Ports;
use control::tick::{Call, Depth};
use model::id::Zone;
use model::label::Release;
use model::price::Price;
use model::rules::{Limits, Pool, PoolName, Rules};
use model::size::{CpuUnits, Gib, Mib, Shape, Size, Vcpu};
use model::time::Timestamp;
use model::{Arch, Carrier, Purchase, Trust, task_size};
use serde_json::json;
use wire::config::Serverless;

use super::bill::Bill;
use super::doorbell::Doorbell;
use super::vain::Vain;
use super::watch::{Seen, Watched};
use super::{Due, Installation, Luck, Story, Told};
use crate::compute::{self, Agents, BusRule, EventKind, Machine, Service, Subnet, Template, TemplateRef};
use crate::github::{self, AccountKind, GitHub, Permissions, Visibility};
use crate::port::{Calls, Clock, ComputeSettings, SimCompute, SimForge, SimLedger};

/// 2026-11-21 00:00, UTC.
const START: Timestamp = Timestamp(1_795_219_200_000);
const ZONES: [&str; 2] = ["eu-central-1a", "eu-central-1b"];

#[derive(Clone, Debug)]
pub struct Settings {
    pub seed: u64,
    pub pools: Vec<Pool>,
    pub private_repositories_allow_forks: bool,
    pub github: github::Settings,
    pub compute: compute::Settings,
    /// Of which `n_apps` are the Apps that there are.
    pub limits: Limits,
    /// How much sooner than it should the ledger forgets what is over, in worlds that live for long.
    pub history_shortened_by: Duration,
    pub begins: Timestamp,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            pools: vec![pool("arm64-spot")],
            private_repositories_allow_forks: true,
            github: github::Settings::default(),
            compute: compute::Settings::default(),
            limits: Limits::default(),
            history_shortened_by: Duration::ZERO,
            begins: START,
        }
    }
}

/// Tasks without a node, ten of them.
pub fn serverless(name: &str) -> Pool {
    let pool = pool(name);
    Pool { carrier: Carrier::Serverless, zones: Vec::new(), node: task_size::LARGEST, ..pool }
}

/// Nodes of 16 vCPU and 32 GiB, ten of them, in two zones.
pub fn pool(name: &str) -> Pool {
    let whole = |vcpu, gib| Some(Shape { vcpu: Vcpu::new(vcpu)?, memory: Gib::new(gib)? }.size());
    Pool {
        name: PoolName::parse(name).expect("pools of a simulation have proper names"),
        arch: Arch::Arm64,
        purchase: Purchase::Spot,
        trust: Trust::Trusted,
        carrier: Carrier::Nodes,
        has_gpu: false,
        zones: ZONES.map(Zone::from).to_vec(),
        max_nodes: 10,
        min_nodes: 0,
        standby: BTreeMap::new(),
        schedule: None,
        idle_after: Duration::from_mins(10),
        max_age: Duration::from_hours(7 * 24),
        price: Price::of_usd(0.29),
        zone_prices: BTreeMap::new(),
        daily_budget: None,
        node: whole(16, 32).unwrap_or(Size { cpu: CpuUnits(0), memory: Mib(0) }),
        fallback: None,
        default_size: whole(4, 8).unwrap_or_default(),
    }
}

impl Installation {
    pub fn new(settings: Settings) -> Self {
        let clock = Clock::new(settings.begins);
        let (github, repository) = forge(&settings);
        let machine = Arc::new(Mutex::new(provider(&settings)));
        let github = Arc::new(Mutex::new(github));
        let calls = Calls::default();
        let ledger = SimLedger::forgetting(clock.clone(), settings.history_shortened_by);
        let ledger = Arc::new(ledger.counting(calls.clone()));
        let compute = SimCompute::new(machine.clone(), clock.clone(), compute_settings(&settings));
        let compute = Arc::new(compute.counting(calls.clone()));
        compute.publish(Release::new(0, 19, 4));
        let private_repositories_allow_forks = settings.private_repositories_allow_forks;
        let pools = settings.pools.into_iter().map(|pool| (pool.name.clone(), pool)).collect();
        let rules =
            Rules { min_version: None, private_repositories_allow_forks, pools, limits: settings.limits };
        let (rules, seen) = (Arc::new(rules), Arc::<Mutex<Seen>>::default());
        let ports = Ports {
            ledger: Arc::new(Watched {
                ledger: ledger.clone(),
                rules: rules.clone(),
                machine: machine.clone(),
                seen: seen.clone(),
            }),
            compute: compute.clone(),
            forge: Arc::new(
                SimForge::new(github.clone(), clock.clone())
                    .counting(calls.clone())
                    .with_registrars(registrars(&rules.limits)),
            ),
        };
        let mut installation = Self {
            clock,
            ledger,
            compute,
            ports,
            rules,
            repository,
            trouble: None,
            skews: Vec::new(),
            luck: Luck::default(),
            bad_node: None,
            told: Told::default(),
            story: Story::default(),
            nodes: Vec::new(),
            github,
            machine,
            doorbell: Doorbell::default(),
            agenda: BTreeMap::new(),
            n_due: 0,
            tasks: BTreeMap::new(),
            alone: BTreeMap::new(),
            calls,
            vain: Vain::default(),
            bill: Bill::default(),
            is_checked: true,
            seen,
            carried: super::tenancy::Carried::default(),
            called: Call { depth: Depth::Ring, stopped: vec![], warned: vec![] },
        };
        // Not together with the first job, which a test begins with.
        installation.after(Duration::from_secs(30), Due::Sweep);
        installation
    }

    /// One more repository, of an account that may be new.
    pub fn add_repository(&mut self, owner: &str, name: &str, is_public: bool) -> github::RepositoryId {
        let mut github = self.github();
        if !github.accounts.contains_key(&owner.to_ascii_lowercase()) {
            github.add_account(owner, AccountKind::Organization);
            install(&mut github, owner, &self.rules.limits);
        }
        let visibility = if is_public { Visibility::Public } else { Visibility::Private };
        let known = github.repository(owner, name).map(|it| it.id);
        known.unwrap_or_else(|| github.add_repository(owner, name, visibility, false))
    }
}

fn forge(settings: &Settings) -> (GitHub, github::RepositoryId) {
    let mut github = GitHub::new(settings.seed, settings.github.clone());
    github.add_account("octo-org", AccountKind::Organization);
    install(&mut github, "octo-org", &settings.limits);
    let repository = github.add_repository("octo-org", "octo-repo", Visibility::Private, false);
    (github, repository)
}

fn install(github: &mut GitHub, account: &str, limits: &Limits) {
    github.install(account, Permissions::of_the_app());
    for app_id in registrars(limits) {
        github.install_app(app_id, account, Permissions::of_a_registrar());
    }
}

/// What the further Apps are called.
fn registrars(limits: &Limits) -> impl Iterator<Item = u64> {
    (1..limits.n_apps).map(|n| 234_566 + u64::from(n))
}

fn provider(settings: &Settings) -> Machine {
    let mut machine = Machine::new(compute::Settings {
        seed: settings.seed,
        agents: Agents::Outside,
        bus: Some(bus()),
        fargate: Agents::Outside,
        ..settings.compute.clone()
    });
    let now = Duration::from_millis(settings.begins.0);
    let mut call = |service, action: &str, asked| {
        machine.call(service, action, &asked, now).expect("the world is set up as Terraform does it");
    };
    for trust in Trust::ALL {
        call(Service::Ecs, "CreateCluster", json!({ "clusterName": cluster(trust) }));
        let providers = json!({
            "cluster": cluster(trust),
            "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "defaultCapacityProviderStrategy": [],
        });
        call(Service::Ecs, "PutClusterCapacityProviders", providers);
    }
    for zone in ZONES {
        machine.know_subnet(Subnet {
            id: format!("subnet-{zone}"),
            vpc_id: "vpc-0".to_owned(),
            availability_zone: zone.to_owned(),
        });
    }
    for pool in settings.pools.iter().filter(|pool| !pool.is_serverless()) {
        add_group(&mut machine, pool, now);
    }
    machine
}

/// What Terraform's rules send to the doorbell, and what the story tells of.
fn bus() -> Vec<BusRule> {
    let stopped = BusRule { kind: EventKind::TaskStateChange, task_status: Some("STOPPED") };
    let others = [
        EventKind::InstanceStateChange,
        EventKind::SpotInterruptionWarning,
        EventKind::RebalanceRecommendation,
    ];
    others.map(|kind| BusRule { kind, task_status: None }).into_iter().chain([stopped]).collect()
}

fn add_group(machine: &mut Machine, pool: &Pool, now: compute::Time) {
    let id = format!("lt-{}", pool.name);
    let named = TemplateRef { id_or_name: id.clone(), version: "1".to_owned() };
    machine.know_template(
        named,
        Template {
            id: id.clone(),
            name: group(&pool.name),
            version: 1,
            instance_type: Some(instance_type(pool).to_owned()),
            is_spot: pool.purchase == Purchase::Spot,
            cluster: Some(cluster(pool.trust)),
            ..Template::default()
        },
    );
    let asked = json!({
        "AutoScalingGroupName": group(&pool.name),
        "MinSize": 0,
        "MaxSize": pool.max_nodes,
        "NewInstancesProtectedFromScaleIn": true,
        "LaunchTemplate": { "LaunchTemplateId": id, "Version": "1" },
        "VPCZoneIdentifier": ZONES.map(|zone| format!("subnet-{zone}")).join(","),
        "Tags": [{ "Key": "quillon", "Value": "quillon", "PropagateAtLaunch": true }],
    });
    machine
        .call(Service::AutoScaling, "CreateAutoScalingGroup", &asked, now)
        .expect("the world is set up as Terraform does it");
    let asked = json!({ "AutoScalingGroupName": group(&pool.name), "ScalingProcesses": ["AZRebalance"] });
    machine
        .call(Service::AutoScaling, "SuspendProcesses", &asked, now)
        .expect("the world is set up as Terraform does it");
}

pub(super) fn instance_type(pool: &Pool) -> &'static str {
    if pool.arch == Arch::Arm64 { "c7gd.4xlarge" } else { "c7i.4xlarge" }
}

fn compute_settings(settings: &Settings) -> ComputeSettings {
    let of = |serverless| settings.pools.iter().filter(move |pool| pool.is_serverless() == serverless);
    ComputeSettings {
        installation: "quillon".to_owned(),
        clusters: Trust::ALL.map(|trust| (trust, cluster(trust))).into(),
        groups: of(false).map(|pool| (pool.name.clone(), group(&pool.name))).collect(),
        instance_types: of(false)
            .map(|pool| (pool.name.clone(), vec![instance_type(pool).to_owned()]))
            .collect(),
        serverless: of(true).map(|pool| (pool.name.clone(), network(pool))).collect(),
    }
}

fn network(pool: &Pool) -> Serverless {
    Serverless {
        purchase: pool.purchase,
        subnets: ZONES.map(|zone| format!("subnet-{zone}")).to_vec(),
        security_groups: vec!["sg-0".to_owned()],
        has_public_ip: true,
    }
}

pub(super) fn cluster(trust: Trust) -> String {
    format!("quillon-{trust}")
}

pub(super) fn group(pool: &PoolName) -> String {
    format!("quillon-{pool}")
}
