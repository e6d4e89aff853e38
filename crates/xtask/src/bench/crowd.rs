//! A large installation as a tick sees it: so many jobs, a node for ten of them, sixteen pools.

use std::collections::BTreeMap;
use std::time::Duration;

use model::id::{
    InstallationId, InstanceId, JobId, LaunchId, RepositoryId, Revision, RunId, RunnerName, TaskId, Zone,
};
use model::job::{Job, JobState, Repository};
use model::label::{self, Kind, Spec, Verdict};
use model::launch::{Launch, LaunchState, Times};
use model::node::{Node, NodeState};
use model::observation::{Definition, DefinitionKey, Observation};
use model::price::Price;
use model::rules::{Limits, Pool, PoolName, Rules};
use model::size::{Gib, Shape, Size, Vcpu};
use model::time::Timestamp;
use model::{Arch, Carrier, Purchase, Trust};

pub(super) const NOW: Timestamp = Timestamp(1_795_219_200_000);
const ZONES: [&str; 3] = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];
const JOBS_OF_A_NODE: u64 = 10;
const JOBS_OF_A_RUN: u64 = 20;
const RUNS_OF_A_REPOSITORY: u64 = 5;

/// What jobs ask for; where it says `run`, each run's labels are its own.
const LABELS: [&str; 10] = [
    "dagger-v0-19-4-1c-2g-x64-spot",
    "dagger-v0-19-4-2c-4g-arm64",
    "dagger-v0-19-4-2c-8g-x64-run",
    "dagger-4c-8g-arm64-spot-run",
    "dagger-v0-19-3-1c-4g-x64-od",
    "docker-2c-4g-x64",
    "dagger-2c-4g-arm64-od-run",
    "dagger-v0-19-4-8c-16g-x64",
    "docker-1c-2g-arm64-spot",
    "dagger-4c-12g",
];

pub(super) fn rules() -> Rules {
    let pools = (0..16_u32).map(|n| {
        let arch = Arch::ALL[usize::from(n & 1 == 1)];
        let purchase = Purchase::ALL[usize::from(n & 2 == 2)];
        let trust = Trust::ALL[usize::from(n & 4 == 4)];
        let (vcpu, gib) = if n & 8 == 8 { (8, 16) } else { (16, 32) };
        let name = format!("{}-{purchase}-{trust}-{vcpu}c", if n & 1 == 1 { "arm64" } else { "x64" });
        let pool = Pool {
            name: PoolName::parse(&name).expect("the pool's name is one"),
            arch,
            purchase,
            trust,
            carrier: Carrier::Nodes,
            has_gpu: false,
            zones: ZONES.map(Zone::from).to_vec(),
            max_nodes: 5_000,
            min_nodes: 0,
            standby: BTreeMap::new(),
            schedule: None,
            idle_after: Duration::from_mins(10),
            zone_prices: BTreeMap::new(),
            daily_budget: None,
            max_age: Duration::from_hours(7 * 24),
            price: Price(u64::from(vcpu) * 20_000),
            node: size(vcpu, gib),
            fallback: None,
            default_size: size(2, 4),
        };
        (pool.name.clone(), pool)
    });
    Rules {
        min_version: None,
        private_repositories_allow_forks: true,
        pools: pools.collect(),
        // The largest crowd is of ten thousand nodes: a quota that AWS has raised.
        limits: Limits { max_cluster_nodes: 20_000, ..Limits::default() },
    }
}

/// Half of the jobs run; a few of the others fit on what is left of the nodes, most do not.
pub(super) fn seen(rules: &Rules, n_jobs: u64) -> Observation {
    let mut seen = Observation::default();
    let pools: Vec<&Pool> = rules.pools.values().collect();
    let ids: Vec<InstanceId> =
        (0..n_jobs / JOBS_OF_A_NODE).map(|n| InstanceId(format!("i-{n:017x}"))).collect();
    for (n, id) in ids.iter().enumerate() {
        seen.nodes.insert(id.clone(), node(id, pools[n % pools.len()], n));
    }
    for n in 0..n_jobs {
        let mut job = job(n);
        define(&mut seen, &job);
        if n % 2 == 0 && !ids.is_empty() {
            let place = usize::try_from(n).unwrap_or_default() / 2 % ids.len();
            run(&mut seen, &mut job, &ids[place]);
        }
        seen.jobs.insert(job.id, job.into());
    }
    seen
}

/// One more job that waits, of this label.
pub(super) fn add(seen: &mut Observation, n: u64, label: &str) {
    let job = Job { labels: vec![label.to_owned()], trust: Some(Trust::Trusted), ..job(n) };
    define(seen, &job);
    seen.jobs.insert(job.id, job.into());
}

fn node(id: &InstanceId, pool: &Pool, n: usize) -> Node {
    Node {
        id: id.clone(),
        pool: pool.name.clone(),
        zone: pool.zones[n % pool.zones.len()].clone(),
        state: if n % 20 == 19 { NodeState::Ordered } else { NodeState::Ready },
        version: 3,
        size: pool.node,
        used: Size::default(),
        n_launches: 0,
        ordered_at: NOW,
        ready_at: Some(NOW),
        idle_since: Some(NOW),
        lost_at: None,
        cordon: None,
        n_failed: 0,
    }
}

fn job(n: u64) -> Job {
    let run = n / JOBS_OF_A_RUN;
    let repository = run / RUNS_OF_A_REPOSITORY;
    let label = LABELS[usize::try_from(n).unwrap_or_default() * 7 % LABELS.len()];
    let label = if label.ends_with("run") { format!("{label}-{run}") } else { label.to_owned() };
    Job {
        id: JobId(29_000_000_000 + n),
        run: RunId(run),
        attempt: 1,
        repository: Repository {
            id: RepositoryId(repository),
            installation: InstallationId(1),
            owner: "acme".to_owned(),
            name: format!("service-{repository}"),
            is_organization: true,
            is_private: true,
        },
        labels: vec![label],
        queued_at: Timestamp(NOW.0 - n * 37 % 600_000),
        state: JobState::Queued,
        trust: Some(if repository % 5 == 4 { Trust::Untrusted } else { Trust::Trusted }),
        launch: None,
        n_launches: 0,
        failed: None,
        commit: None,
        checked_at: None,
        told_at: None,
        doubted_at: None,
        reason: None,
    }
}

/// The job becomes one that runs on this node, small as those that share one are.
fn run(seen: &mut Observation, job: &mut Job, on: &InstanceId) {
    let node = seen.nodes.get_mut(on).expect("only nodes that are there run jobs");
    let id = LaunchId { job: job.id, n: 1 };
    let (asked, size) = (Timestamp(NOW.0 - 60_000), size(1, 2));
    node.used = node.used.checked_add(size).expect("sizes are small");
    node.n_launches += 1;
    job.launch = Some(id);
    job.n_launches = 1;
    job.state = JobState::Running { runner: Some(RunnerName { launch: id, attempt: 1 }), at: asked };
    let launch = Launch {
        id,
        job: Some(job.id),
        pool: node.pool.clone(),
        node: Some(on.clone()),
        trust: job.trust.unwrap_or(Trust::Trusted),
        size,
        revision: Revision::from("quillon-0123456789abcdef:1"),
        labels: job.labels.clone(),
        scope: None,
        state: LaunchState::Busy { task: TaskId(format!("{:032x}", job.id.0)), took: Some(job.id) },
        at: Times { planned: asked, asked: Some(asked), claimed: Some(asked), busy: Some(asked), over: None },
    };
    seen.launches.insert(id, launch.into());
}

fn define(seen: &mut Observation, job: &Job) {
    let Verdict::Ours(spec) = label::parse(&job.labels, None) else { return };
    for arch in Arch::ALL {
        seen.definitions
            .entry(definition(&spec, arch))
            .or_insert_with(|| Definition::Ready(Revision(format!("quillon-{}-{arch}:1", spec.kind))));
    }
}

fn definition(spec: &Spec, arch: Arch) -> DefinitionKey {
    DefinitionKey {
        kind: spec.kind,
        version: spec.engine().cloned(),
        arch,
        carrier: Carrier::Nodes,
        has_gpu: spec.gpu,
        has_dind: spec.dind || spec.kind == Kind::Docker,
    }
}

pub(super) fn size(vcpu: u32, gib: u32) -> Size {
    let shape = Vcpu::new(vcpu).zip(Gib::new(gib)).map(|(vcpu, memory)| Shape { vcpu, memory });
    shape.expect("the sizes of a benchmark are proper ones").size()
}
