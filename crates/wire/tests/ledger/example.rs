//! One row of each kind, as full as they get.

use model::Trust;
use model::cordon::{Cordon, CordonReason};
use model::delivery::{DeliveryMemory, Rest, Stubborn};
use model::failing::Failing;
use model::id::{InstallationId, JobId, LaunchId, OrderId, RepositoryId, RunId, RunnerName};
use model::job::{Ended, Failed, Job, JobState, Note, Noted, Repository, Waited};
use model::launch::{Claim, EndedLaunch, Launch, LaunchState, Times};
use model::money::{Spent, Usd};
use model::node::{Breaker, Node, NodeState, Order, PoolMemory, Refusal};
use model::price::{Price, SpotPrices};
use model::reason::{Code, Reason};
use model::registration::{Scope, ScopeMemory};
use model::rules::PoolName;
use model::run::{LostRun, LostState};
use model::size::{CpuUnits, Mib, Size};
use model::time::Timestamp;
use wire::ledger::Row;

const JOB: JobId = JobId(29_679_449_526);
const LAUNCH: LaunchId = LaunchId { job: JOB, n: 2 };
const AT: Timestamp = Timestamp(1_760_000_000_000);
const SIZE: Size = Size { cpu: CpuUnits(16384), memory: Mib(30720) };

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::Job(job()),
        Row::Launch(launch()),
        Row::Node(node()),
        Row::Order(Order {
            id: OrderId { pool: pool(), version: 7 },
            zone: "eu-central-1a".into(),
            n: 3,
            at: AT,
        }),
        Row::Pool(memory()),
        Row::Deliveries(deliveries()),
        Row::Scope(ScopeMemory { scope: scope(), at: AT }),
        Row::Tombstone(ended()),
        Row::EndedLaunch(EndedLaunch {
            launch: launch(),
            at: AT,
            why: "Task stopped: Essential container in task exited".to_owned(),
        }),
        Row::Run(lost_run()),
        Row::Failing(Failing {
            revision: launch().revision,
            n: 4,
            n_moves: 1,
            n_rounds: 2,
            node: launch().node,
            at: AT,
            why: "TaskFailedToStart: CannotPullContainerError: pull image manifest has been retried 1 time(s): \
                  failed to resolve ref ghcr.io/quillon/runner:v0.1.0: not found"
                .to_owned(),
        }),
        Row::Waited(Waited {
            job: JOB,
            at: AT,
            reason: Reason {
                code: Code::Starting,
                text: "a node of pool `arm64-spot` is starting in eu-central-1a".to_owned(),
            },
        }),
        Row::SpotPrices(prices()),
        Row::Noted(Noted {
            job: JOB,
            at: AT,
            what: Note::Told,
            text: "its author was told beside the commit".to_owned(),
        }),
    ]
}

pub(crate) fn job() -> Job {
    Job {
        id: JOB,
        run: RunId(10_123_456_789),
        attempt: 2,
        repository: Repository {
            id: RepositoryId(123_456_789),
            installation: InstallationId(12_345_678),
            owner: "acme-industries".to_owned(),
            name: "storefront-monorepo".to_owned(),
            is_organization: true,
            is_private: true,
        },
        labels: vec!["dagger-v0-19-4-16c-32g-arm64-spot-run-10123456789".to_owned()],
        queued_at: AT,
        state: JobState::Running { runner: Some(RunnerName { launch: LAUNCH, attempt: 1 }), at: AT },
        trust: Some(Trust::Trusted),
        launch: Some(LAUNCH),
        n_launches: 2,
        failed: Some(Failed { at: AT, why: "Task stopped: Essential container in task exited".to_owned() }),
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        checked_at: Some(AT),
        told_at: Some(AT),
        doubted_at: Some(AT),
        reason: Some(Reason {
            code: Code::TooLarge,
            text: "`16c-33g` fits on no node: the largest job that pool `arm64-spot` holds is 16c-32g; \
                   write a smaller size, or give the pool larger instance types"
                .to_owned(),
        }),
    }
}

pub(crate) fn launch() -> Launch {
    Launch {
        id: LAUNCH,
        job: Some(JOB),
        pool: pool(),
        node: Some("i-0123456789abcdef0".into()),
        trust: Trust::Trusted,
        size: SIZE,
        revision: "arn:aws:ecs:eu-central-1:123456789012:task-definition/quillon-quillon-0123456789abcdef:1"
            .into(),
        labels: vec!["dagger-v0-19-4-16c-32g-arm64-spot-run-10123456789".to_owned()],
        scope: Some("acme-industries".into()),
        state: LaunchState::Claimed {
            task: "0f0f0f0f0f0f4c4c8a8a1b1b2c2c3d3d".into(),
            claim: Claim { nonce_hash: "ab".repeat(32), attempt: 1 },
        },
        at: Times { planned: AT, asked: Some(AT), claimed: Some(AT), busy: Some(AT), over: Some(AT) },
    }
}

fn node() -> Node {
    Node {
        id: "i-0123456789abcdef0".into(),
        pool: pool(),
        zone: "eu-central-1a".into(),
        state: NodeState::Ready,
        version: 12,
        size: SIZE,
        used: SIZE,
        n_launches: 1,
        ordered_at: AT,
        ready_at: Some(AT),
        n_failed: 2,
        idle_since: Some(AT),
        lost_at: Some(AT),
        cordon: Some(Cordon { why: CordonReason::Reclaimed, at: AT }),
    }
}

fn deliveries() -> DeliveryMemory {
    let stubborn = |n| Stubborn { event: format!("0b989ba4-242f-11e5-81e1-c7b6966d25{n:02}"), n: 3 };
    DeliveryMemory {
        until: AT,
        rest: Some(Rest { page: "v1_12077215967".to_owned(), began: AT }),
        stubborn: (0..12).map(stubborn).collect(),
    }
}

fn scope() -> Scope {
    Scope { id: "acme-industries/storefront-monorepo".into(), installation: InstallationId(12_345_678) }
}

fn memory() -> PoolMemory {
    let why = "InsufficientInstanceCapacity: no c7gd.4xlarge in eu-central-1a";
    let refusal = Refusal { zone: "eu-central-1a".into(), until: AT, n: 2, why: why.to_owned() };
    let breaker = Breaker { zone: "eu-central-1b".into(), n: 2, at: AT, n_pauses: 1, until: AT };
    PoolMemory {
        name: pool(),
        version: 8,
        n_launches: 2,
        refusals: vec![refusal],
        breakers: vec![breaker],
        spent: Some(Spent { usd: Usd(12_345_678), until: AT }),
    }
}

fn lost_run() -> LostRun {
    LostRun {
        id: RunId(10_123_456_789),
        repository: job().repository,
        attempt: 1,
        jobs: (0..20).map(|n| JobId(JOB.0 + n)).collect(),
        at: AT,
        state: LostState::Asked { at: AT, n: 2 },
    }
}

fn ended() -> Ended {
    Ended {
        id: JOB,
        run: RunId(10_123_456_789),
        repository: "acme-industries/storefront-monorepo".to_owned(),
        labels: vec!["dagger-v0-19-4-16c-32g-arm64-spot".to_owned()],
        has_run: true,
        conclusion: Some("success".to_owned()),
        runner: Some("quillon-29679449526-2-1".to_owned()),
        queued_at: Some(AT),
        started_at: Some(AT),
        ended_at: AT,
    }
}

fn pool() -> PoolName {
    PoolName::parse("arm64-spot").expect("a good name")
}

pub(crate) fn prices() -> SpotPrices {
    let zones = [("eu-central-1a", 290_312), ("eu-central-1b", 271_000)];
    let zones = zones.map(|(zone, price)| (zone.into(), Price(price)));
    SpotPrices { at: AT, pools: [(pool(), zones.into())].into() }
}
