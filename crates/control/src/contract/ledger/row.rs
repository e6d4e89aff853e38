//! A row of each kind.

use model::Trust;
use model::id::{InstallationId, JobId, LaunchId, OrderId, RepositoryId, RunId, RunnerName, TaskId};
use model::job::{Ended, Failed, Job, JobState, Note, Noted, Repository};
use model::launch::{Claim, EndedLaunch, Launch, LaunchState, Times};
use model::money::{Spent, Usd};
use model::node::{Breaker, Node, NodeState, Order, PoolMemory, Refusal};
use model::rules::PoolName;
use model::size::{CpuUnits, Mib, Size};
use model::time::Timestamp;
use wire::ledger::{Row, field};

/// Every field that the row of [`job`] has.
pub(super) const FIELDS_OF_A_JOB: [&str; 12] = [
    field::INSTALLATION,
    field::IS_ORGANIZATION,
    field::IS_PRIVATE,
    field::LABELS,
    field::N_LAUNCHES,
    field::OWNER,
    field::QUEUED_AT,
    field::REPOSITORY,
    field::REPOSITORY_ID,
    field::RUN,
    field::STATE,
    field::TRUST,
];

pub(super) fn of_every_kind(id: JobId) -> Vec<Row> {
    let first = LaunchId { job: id, n: 1 };
    let second = LaunchId { job: id, n: 2 };
    let Row::Job(queued) = job(id) else { unreachable!("a job's row") };
    let running = Job {
        id: JobId(id.0 + 1),
        state: JobState::Running {
            runner: Some(RunnerName { launch: second, attempt: 3 }),
            at: Timestamp(1_700_000_001_000),
        },
        launch: Some(second),
        n_launches: 2,
        failed: Some(Failed { at: Timestamp(1_700_000_000_500), why: "no capacity, \"tried\" twice".into() }),
        commit: Some("0123456789abcdef0123456789abcdef01234567".into()),
        checked_at: Some(Timestamp(2)),
        told_at: Some(Timestamp(3)),
        doubted_at: Some(Timestamp(1)),
        ..queued.clone()
    };
    vec![
        Row::Job(queued),
        Row::Job(running),
        Row::Launch(launch(second)),
        node(&format!("i-{id}")),
        Row::Order(Order { id: order_id(id), zone: "eu-central-1a".into(), n: 3, at: Timestamp(7) }),
        Row::Pool(PoolMemory {
            name: pool(&format!("pool-{id}")),
            version: 9_007_199_254_740_993,
            n_launches: 2,
            refusals: vec![Refusal {
                n: 1,
                zone: "eu-central-1b".into(),
                until: Timestamp(8),
                why: "InsufficientInstanceCapacity: none left of c7gd.4xlarge".into(),
            }],
            breakers: vec![Breaker {
                zone: "eu-central-1a".into(),
                n: 1,
                at: Timestamp(9),
                n_pauses: 2,
                until: Timestamp(10),
            }],
            spent: Some(Spent { usd: Usd(1_234_567), until: Timestamp(9) }),
        }),
        ended(id, 10),
        ended_launch(first, 9),
    ]
}

pub(super) fn job(id: JobId) -> Row {
    Row::Job(Job {
        id,
        run: RunId(7),
        attempt: 1,
        repository: Repository {
            id: RepositoryId(1),
            installation: InstallationId(2),
            owner: "octo".into(),
            name: "hello".into(),
            is_organization: true,
            is_private: true,
        },
        labels: vec!["dagger-v0-19-4".into(), "b".into()],
        queued_at: Timestamp(1_700_000_000_000),
        state: JobState::Queued,
        trust: Some(Trust::Trusted),
        launch: None,
        n_launches: 0,
        failed: None,
        commit: None,
        checked_at: None,
        told_at: None,
        doubted_at: None,
        reason: None,
    })
}

pub(super) fn node(id: &str) -> Row {
    Row::Node(Node {
        id: id.into(),
        pool: pool("arm64-spot"),
        zone: "eu-central-1a".into(),
        state: NodeState::Ready,
        version: 4,
        size: Size { cpu: CpuUnits(16_384), memory: Mib(31_000) },
        used: Size { cpu: CpuUnits(1024), memory: Mib(2048) },
        n_launches: 1,
        ordered_at: Timestamp(5),
        ready_at: Some(Timestamp(6)),
        idle_since: None,
        lost_at: None,
        cordon: None,
        n_failed: 0,
    })
}

pub(super) fn ended(id: JobId, at: u64) -> Row {
    Row::Tombstone(Ended {
        id,
        run: RunId(7),
        repository: "octo/hello".into(),
        labels: vec!["dagger-v0-19-4".into()],
        has_run: true,
        conclusion: Some("success".into()),
        runner: None,
        queued_at: Some(Timestamp(1)),
        started_at: None,
        ended_at: later(at),
    })
}

pub(super) fn ended_launch(id: LaunchId, at: u64) -> Row {
    let why = "the job has ended".to_owned();
    Row::EndedLaunch(EndedLaunch { launch: launch(id), at: later(at), why })
}

fn launch(id: LaunchId) -> Launch {
    Launch {
        id,
        job: Some(id.job),
        pool: pool("arm64-spot"),
        // One of a pool without nodes has none.
        node: (id.n == 1).then(|| "i-1".into()),
        trust: Trust::Trusted,
        size: Size { cpu: CpuUnits(4096), memory: Mib(8192) },
        revision: "quillon-1:3".into(),
        labels: vec!["dagger-v0-19-4".into()],
        scope: Some("octo-org".into()),
        state: LaunchState::Claimed {
            task: TaskId(format!("task-of-{id}")),
            claim: Claim { nonce_hash: "ab".repeat(32), attempt: 1 },
        },
        at: Times {
            planned: Timestamp(1),
            asked: Some(Timestamp(2)),
            claimed: Some(Timestamp(3)),
            busy: None,
            over: None,
        },
    }
}

fn order_id(id: JobId) -> OrderId {
    OrderId { pool: pool("arm64-spot"), version: id.0 }
}

fn pool(name: &str) -> PoolName {
    PoolName::parse(name).expect("letters and digits are a pool's name")
}

/// What is over expires a month later: in the past it would be gone before it was read.
fn later(at: u64) -> Timestamp {
    Timestamp(4_000_000_000_000 + at)
}

pub(super) fn noted(id: JobId, at: u64) -> Row {
    Row::Noted(Noted { job: id, at: later(at), what: Note::Told, text: "its author was told".to_owned() })
}
