//! Rows of every kind, with everything in them that can be.

use model::Trust;
use model::cordon::{Cordon, CordonReason};
use model::delivery::{DeliveryMemory, Rest, Stubborn};
use model::failing::Failing;
use model::id::{InstallationId, JobId, LaunchId, OrderId, RepositoryId, RunId, RunnerName, ScopeId, Zone};
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
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use wire::ledger::Row;

pub(crate) fn row() -> impl Strategy<Value = Row> {
    let ended_launch = (launch(), time(), ".*").prop_map(|(launch, at, why)| EndedLaunch { launch, at, why });
    let reason = (select(&Code::ALL[..]), ".*").prop_map(|(code, text)| Reason { code, text });
    let waited =
        (any::<u64>(), time(), reason).prop_map(|(job, at, reason)| Waited { job: JobId(job), at, reason });
    let noted = (any::<u64>(), time(), select(&Note::ALL[..]), ".*")
        .prop_map(|(job, at, what, text)| Noted { job: JobId(job), at, what, text });
    prop_oneof![
        job().prop_map(Row::Job),
        launch().prop_map(Row::Launch),
        node().prop_map(Row::Node),
        order().prop_map(Row::Order),
        memory().prop_map(Row::Pool),
        scope().prop_map(Row::Scope),
        deliveries().prop_map(Row::Deliveries),
        prices().prop_map(Row::SpotPrices),
        lost_run().prop_map(Row::Run),
        failing().prop_map(Row::Failing),
        ended().prop_map(Row::Tombstone),
        ended_launch.prop_map(Row::EndedLaunch),
        waited.prop_map(Row::Waited),
        noted.prop_map(Row::Noted),
    ]
}

fn job() -> impl Strategy<Value = Job> {
    let running = (of(runner()), time()).prop_map(|(runner, at)| JobState::Running { runner, at });
    let state = prop_oneof![Just(JobState::Queued), running];
    let failed = of((time(), ".*").prop_map(|(at, why)| Failed { at, why }));
    let reason = of((select(&Code::ALL[..]), ".*").prop_map(|(code, text)| Reason { code, text }));
    let forge = (of("[0-9a-f]{40}"), of(time()), of(time()));
    let kept = (of(trust()), of(launch_id()), any::<u32>(), failed, of(time()), reason, forge);
    ((any::<u64>(), any::<u64>(), any::<u32>()), repository(), labels(), time(), state, kept).prop_map(
        |((id, run, attempt), repository, labels, queued_at, state, kept)| {
            let (trust, launch, n_launches, failed, doubted_at, reason, forge) = kept;
            let (commit, checked_at, told_at) = forge;
            let (id, run) = (JobId(id), RunId(run));
            Job {
                id,
                run,
                attempt,
                repository,
                labels,
                queued_at,
                state,
                trust,
                launch,
                n_launches,
                failed,
                commit,
                checked_at,
                told_at,
                doubted_at,
                reason,
            }
        },
    )
}

fn repository() -> impl Strategy<Value = Repository> {
    let names = ("[a-z][a-z0-9-]{0,38}", "[a-zA-Z0-9._-]{1,100}");
    (any::<u64>(), any::<u64>(), names, any::<bool>(), any::<bool>()).prop_map(
        |(id, installation, (owner, name), is_organization, is_private)| Repository {
            id: RepositoryId(id),
            installation: InstallationId(installation),
            owner,
            name,
            is_organization,
            is_private,
        },
    )
}

fn launch() -> impl Strategy<Value = Launch> {
    let claim =
        ("[0-9a-f]{64}", any::<u32>()).prop_map(|(nonce_hash, attempt)| Claim { nonce_hash, attempt });
    let state = prop_oneof![
        Just(LaunchState::Planned),
        id().prop_map(|task| LaunchState::Asked { task: task.as_str().into() }),
        (id(), claim).prop_map(|(task, claim)| LaunchState::Claimed { task: task.as_str().into(), claim }),
        (id(), of(any::<u64>()))
            .prop_map(|(task, took)| LaunchState::Busy { task: task.as_str().into(), took: took.map(JobId) }),
    ];
    let at = (time(), of(time()), of(time()), of(time()), of(time()))
        .prop_map(|(planned, asked, claimed, busy, over)| Times { planned, asked, claimed, busy, over });
    let named = (labels(), of(scope_id()));
    (launch_id(), of(any::<u64>()), pool(), (of(id()), id()), trust(), size(), named, state, at).prop_map(
        |(id, job, pool, (node, revision), trust, size, (labels, scope), state, at)| Launch {
            id,
            job: job.map(JobId),
            pool,
            node: node.map(|node| node.as_str().into()),
            trust,
            size,
            revision: revision.as_str().into(),
            labels,
            scope,
            state,
            at,
        },
    )
}

fn node() -> impl Strategy<Value = Node> {
    let state = select(vec![NodeState::Ordered, NodeState::Ready, NodeState::Draining]);
    let counts = (any::<u64>(), size(), size(), any::<u32>());
    let cordon = of((select(&CordonReason::ALL[..]), time()).prop_map(|(why, at)| Cordon { why, at }));
    let since = (time(), of(time()), of(time()), of(time()));
    (id(), pool(), zone(), state, counts, since, (cordon, any::<u32>())).prop_map(
        |(id, pool, zone, state, (version, size, used, n_launches), since, (cordon, n_failed))| Node {
            id: id.as_str().into(),
            pool,
            zone: zone.as_str().into(),
            state,
            version,
            size,
            used,
            n_launches,
            ordered_at: since.0,
            ready_at: since.1,
            idle_since: since.2,
            lost_at: since.3,
            cordon,
            n_failed,
        },
    )
}

fn order() -> impl Strategy<Value = Order> {
    (pool(), any::<u64>(), zone(), any::<u32>(), time()).prop_map(|(pool, version, zone, n, at)| Order {
        id: OrderId { pool, version },
        zone: zone.as_str().into(),
        n,
        at,
    })
}

fn memory() -> impl Strategy<Value = PoolMemory> {
    let refusal = (zone(), time(), any::<u32>(), ".*").prop_map(|(zone, until, n, why)| Refusal {
        zone: zone.as_str().into(),
        until,
        n,
        why,
    });
    let breaker =
        (zone(), any::<u32>(), time(), any::<u32>(), time()).prop_map(|(zone, n, at, n_pauses, until)| {
            Breaker { zone: zone.as_str().into(), n, at, n_pauses, until }
        });
    let spent = of((any::<u64>(), time()).prop_map(|(usd, until)| Spent { usd: Usd(usd), until }));
    let kept = (prop::collection::vec(refusal, 0..4), prop::collection::vec(breaker, 0..4), spent);
    (pool(), any::<u64>(), any::<u32>(), kept).prop_map(
        |(name, version, n_launches, (refusals, breakers, spent))| PoolMemory {
            name,
            version,
            n_launches,
            refusals,
            breakers,
            spent,
        },
    )
}

fn failing() -> impl Strategy<Value = Failing> {
    (id(), (any::<u32>(), any::<u32>(), any::<u32>()), of(id()), time(), ".*").prop_map(
        |(revision, (n, n_moves, n_rounds), node, at, why)| Failing {
            revision: revision.as_str().into(),
            n,
            n_moves,
            n_rounds,
            node: node.map(|node| node.as_str().into()),
            at,
            why,
        },
    )
}

fn scope() -> impl Strategy<Value = ScopeMemory> {
    (scope_id(), any::<u64>(), time()).prop_map(|(id, installation, at)| ScopeMemory {
        scope: Scope { id, installation: InstallationId(installation) },
        at,
    })
}

fn deliveries() -> impl Strategy<Value = DeliveryMemory> {
    let rest = of(("[!-~]{1,40}", time()).prop_map(|(page, began)| Rest { page, began }));
    let stubborn = (".*", any::<u32>()).prop_map(|(event, n)| Stubborn { event, n });
    (time(), rest, prop::collection::vec(stubborn, 0..4)).prop_map(|(until, rest, stubborn)| DeliveryMemory {
        until,
        rest,
        stubborn,
    })
}

fn prices() -> impl Strategy<Value = SpotPrices> {
    let zones = prop::collection::btree_map(
        "[a-z]{2}-[a-z]+-[0-9][a-f]".prop_map(Zone),
        any::<u64>().prop_map(Price),
        0..4,
    );
    let pools = prop::collection::btree_map(pool(), zones, 0..4);
    (time(), pools).prop_map(|(at, pools)| SpotPrices { at, pools })
}

fn scope_id() -> impl Strategy<Value = ScopeId> {
    "[a-z][a-z0-9-]{0,38}(/[a-zA-Z0-9._-]{1,100})?".prop_map(ScopeId)
}

fn lost_run() -> impl Strategy<Value = LostRun> {
    let state = prop_oneof![
        Just(LostState::Waiting),
        (time(), any::<u32>()).prop_map(|(at, n)| LostState::Asked { at, n }),
        time().prop_map(|at| LostState::Over { at }),
    ];
    let jobs = prop::collection::vec(any::<u64>().prop_map(JobId), 0..4);
    (any::<u64>(), repository(), any::<u32>(), jobs, time(), state).prop_map(
        |(id, repository, attempt, jobs, at, state)| LostRun {
            id: RunId(id),
            repository,
            attempt,
            jobs,
            at,
            state,
        },
    )
}

fn ended() -> impl Strategy<Value = Ended> {
    let texts = (".*", of(".*"), of(".*"));
    let times = (of(time()), of(time()), time());
    ((any::<u64>(), any::<u64>()), texts, labels(), any::<bool>(), times).prop_map(
        |(
            (id, run),
            (repository, conclusion, runner),
            labels,
            has_run,
            (queued_at, started_at, ended_at),
        )| {
            let (id, run) = (JobId(id), RunId(run));
            Ended {
                id,
                run,
                repository,
                labels,
                has_run,
                conclusion,
                runner,
                queued_at,
                started_at,
                ended_at,
            }
        },
    )
}

fn launch_id() -> impl Strategy<Value = LaunchId> {
    (any::<u64>(), any::<u32>()).prop_map(|(job, n)| LaunchId { job: JobId(job), n })
}

fn runner() -> impl Strategy<Value = RunnerName> {
    (launch_id(), any::<u32>()).prop_map(|(launch, attempt)| RunnerName { launch, attempt })
}

fn pool() -> impl Strategy<Value = PoolName> {
    "[a-z][a-z0-9-]{0,31}".prop_map(|name| PoolName::parse(&name).expect("only names that are good"))
}

fn size() -> impl Strategy<Value = Size> {
    (any::<u32>(), any::<u32>()).prop_map(|(cpu, memory)| Size { cpu: CpuUnits(cpu), memory: Mib(memory) })
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<u64>().prop_map(Timestamp)
}

fn trust() -> impl Strategy<Value = Trust> {
    select(&Trust::ALL[..])
}

fn labels() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(".*", 0..4)
}

fn zone() -> impl Strategy<Value = String> {
    "[a-z]{2}-[a-z]{4,9}-[1-9][a-f]"
}

/// What a provider calls its things.
fn id() -> impl Strategy<Value = String> {
    "[a-z0-9:/-]{1,40}"
}
