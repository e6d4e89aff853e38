//! Rows of what is alive.

use model::Trust;
use model::cordon::{Cordon, CordonReason};
use model::id::{
    InstallationId, InstanceId, JobId, LaunchId, OrderId, RepositoryId, RunId, RunnerName, ScopeId, TaskId,
};
use model::job::{Failed, Job, JobState, Repository};
use model::launch::{Claim, Launch, LaunchState, Times};
use model::node::{Node, NodeState, Order};
use model::reason::{Code, Reason};
use model::rules::PoolName;
use model::size::{CpuUnits, Mib, Size};

use super::field::{self, state};
use super::item::{
    Item, Unreadable, Value, flag, maybe_number, maybe_parsed, maybe_text, maybe_time, number, put, put_some,
    small, text, texts, time,
};

pub(super) fn from_job(job: &Job) -> Item {
    let mut item = Item::new();
    put(&mut item, field::RUN, job.run.0);
    put(&mut item, field::RUN_ATTEMPT, job.attempt);
    put_repository(&mut item, &job.repository);
    item.insert(field::LABELS.to_owned(), Value::Texts(job.labels.clone()));
    put(&mut item, field::QUEUED_AT, job.queued_at);
    match job.state {
        JobState::Queued => put(&mut item, field::STATE, state::QUEUED),
        JobState::Running { runner, at } => {
            put(&mut item, field::STATE, state::RUNNING);
            put(&mut item, field::STARTED_AT, at);
            put_some(&mut item, field::RUNNER, runner.map(|name| name.to_string()));
        }
    }
    put_some(&mut item, field::TRUST, job.trust.map(Trust::name));
    put_some(&mut item, field::LAUNCH, job.launch.map(|id| id.to_string()));
    put(&mut item, field::N_LAUNCHES, job.n_launches);
    if let Some(failed) = &job.failed {
        put(&mut item, field::FAILED_AT, failed.at);
        put(&mut item, field::FAILED_WHY, failed.why.as_str());
    }
    put_some(&mut item, field::COMMIT, job.commit.clone());
    put_some(&mut item, field::CHECKED_AT, job.checked_at);
    put_some(&mut item, field::TOLD_AT, job.told_at);
    put_some(&mut item, field::DOUBTED_AT, job.doubted_at);
    if let Some(reason) = &job.reason {
        put(&mut item, field::REASON_CODE, reason.code.as_str());
        put(&mut item, field::REASON, reason.text.as_str());
    }
    item
}

pub(super) fn to_job(id: JobId, item: &Item) -> Result<Job, Unreadable> {
    let state = match text(item, field::STATE)? {
        state::QUEUED => JobState::Queued,
        state::RUNNING => JobState::Running {
            runner: maybe_text(item, field::RUNNER).and_then(RunnerName::parse),
            at: time(item, field::STARTED_AT)?,
        },
        _ => return Err(field::STATE),
    };
    let failed = maybe_time(item, field::FAILED_AT)
        .map(|at| text(item, field::FAILED_WHY).map(|why| Failed { at, why: why.to_owned() }))
        .transpose()?;
    let reason = match (maybe_text(item, field::REASON_CODE), maybe_text(item, field::REASON)) {
        (Some(code), Some(text)) => Code::parse(code).map(|code| Reason { code, text: text.to_owned() }),
        (_, None) | (None, _) => None,
    };
    Ok(Job {
        id,
        run: RunId(number(item, field::RUN)?),
        // Rows of old have none.
        attempt: maybe_number(item, field::RUN_ATTEMPT).map_or(Ok(1), |_| small(item, field::RUN_ATTEMPT))?,
        repository: repository(item)?,
        labels: texts(item, field::LABELS)?,
        queued_at: time(item, field::QUEUED_AT)?,
        state,
        trust: maybe_text(item, field::TRUST).and_then(Trust::from_name),
        launch: maybe_parsed(item, field::LAUNCH)?,
        // A job that was first seen running has none.
        n_launches: count(item)?,
        failed,
        commit: maybe_text(item, field::COMMIT).map(ToOwned::to_owned),
        checked_at: maybe_time(item, field::CHECKED_AT),
        told_at: maybe_time(item, field::TOLD_AT),
        doubted_at: maybe_time(item, field::DOUBTED_AT),
        reason,
    })
}

/// Of launches; none where nobody has counted yet.
pub(super) fn count(item: &Item) -> Result<u32, Unreadable> {
    maybe_number(item, field::N_LAUNCHES).map_or(Ok(0), |_| small(item, field::N_LAUNCHES))
}

pub(super) fn put_repository(item: &mut Item, repository: &Repository) {
    put(item, field::REPOSITORY_ID, repository.id.0);
    put(item, field::INSTALLATION, repository.installation.0);
    put(item, field::OWNER, repository.owner.as_str());
    put(item, field::REPOSITORY, repository.name.as_str());
    put(item, field::IS_ORGANIZATION, repository.is_organization);
    put(item, field::IS_PRIVATE, repository.is_private);
}

pub(super) fn repository(item: &Item) -> Result<Repository, Unreadable> {
    Ok(Repository {
        id: RepositoryId(number(item, field::REPOSITORY_ID)?),
        installation: InstallationId(number(item, field::INSTALLATION)?),
        owner: text(item, field::OWNER)?.to_owned(),
        name: text(item, field::REPOSITORY)?.to_owned(),
        is_organization: flag(item, field::IS_ORGANIZATION)?,
        is_private: flag(item, field::IS_PRIVATE)?,
    })
}

pub(super) fn from_launch(launch: &Launch) -> Item {
    let mut item = Item::new();
    put_some(&mut item, field::JOB, launch.job.map(|job| job.0));
    put(&mut item, field::POOL, launch.pool.as_str());
    put_some(&mut item, field::NODE, launch.node.as_ref().map(|node| node.0.as_str()));
    put(&mut item, field::TRUST, launch.trust.name());
    put_size(&mut item, launch.size, field::CPU, field::MEMORY);
    put(&mut item, field::REVISION, launch.revision.0.as_str());
    item.insert(field::LABELS.to_owned(), Value::Texts(launch.labels.clone()));
    put_some(&mut item, field::SCOPE, launch.scope.as_ref().map(|scope| scope.0.clone()));
    put_some(&mut item, field::TASK, launch.state.task().map(|task| task.0.clone()));
    match &launch.state {
        LaunchState::Planned => put(&mut item, field::STATE, state::PLANNED),
        LaunchState::Asked { .. } => put(&mut item, field::STATE, state::ASKED),
        LaunchState::Claimed { claim, .. } => {
            put(&mut item, field::STATE, state::CLAIMED);
            put(&mut item, field::NONCE_HASH, claim.nonce_hash.as_str());
            put(&mut item, field::ATTEMPT, claim.attempt);
        }
        LaunchState::Busy { took, .. } => {
            put(&mut item, field::STATE, state::BUSY);
            put_some(&mut item, field::TOOK, took.map(|job| job.0));
        }
    }
    put(&mut item, field::PLANNED_AT, launch.at.planned);
    put_some(&mut item, field::ASKED_AT, launch.at.asked);
    put_some(&mut item, field::CLAIMED_AT, launch.at.claimed);
    put_some(&mut item, field::BUSY_AT, launch.at.busy);
    put_some(&mut item, field::OVER_AT, launch.at.over);
    item
}

pub(super) fn to_launch(id: LaunchId, item: &Item) -> Result<Launch, Unreadable> {
    let task = || text(item, field::TASK).map(TaskId::from);
    let state = match text(item, field::STATE)? {
        state::PLANNED => LaunchState::Planned,
        state::ASKED => LaunchState::Asked { task: task()? },
        state::CLAIMED => LaunchState::Claimed {
            task: task()?,
            claim: Claim {
                nonce_hash: text(item, field::NONCE_HASH)?.to_owned(),
                attempt: small(item, field::ATTEMPT)?,
            },
        },
        state::BUSY => LaunchState::Busy { task: task()?, took: maybe_number(item, field::TOOK).map(JobId) },
        _ => return Err(field::STATE),
    };
    Ok(Launch {
        id,
        job: maybe_number(item, field::JOB).map(JobId),
        pool: pool_name(item)?,
        node: maybe_text(item, field::NODE).map(InstanceId::from),
        trust: Trust::from_name(text(item, field::TRUST)?).ok_or(field::TRUST)?,
        size: size(item, field::CPU, field::MEMORY)?,
        revision: text(item, field::REVISION)?.into(),
        labels: texts(item, field::LABELS)?,
        scope: maybe_text(item, field::SCOPE).map(ScopeId::from),
        state,
        at: Times {
            planned: time(item, field::PLANNED_AT)?,
            asked: maybe_time(item, field::ASKED_AT),
            claimed: maybe_time(item, field::CLAIMED_AT),
            busy: maybe_time(item, field::BUSY_AT),
            over: maybe_time(item, field::OVER_AT),
        },
    })
}

pub(super) fn from_node(node: &Node) -> Item {
    let mut item = Item::new();
    put(&mut item, field::POOL, node.pool.as_str());
    put(&mut item, field::ZONE, node.zone.0.as_str());
    put(&mut item, field::STATE, node_state(node.state));
    put(&mut item, field::VERSION, node.version);
    put_size(&mut item, node.size, field::CPU, field::MEMORY);
    put_size(&mut item, node.used, field::CPU_USED, field::MEMORY_USED);
    put(&mut item, field::N_LAUNCHES, node.n_launches);
    put(&mut item, field::ORDERED_AT, node.ordered_at);
    put_some(&mut item, field::READY_AT, node.ready_at);
    if node.n_failed > 0 {
        put(&mut item, field::N_FAILED, node.n_failed);
    }
    put_some(&mut item, field::IDLE_SINCE, node.idle_since);
    put_some(&mut item, field::LOST_AT, node.lost_at);
    put_some(&mut item, field::CORDONED, node.cordon.map(|cordon| cordon.why.name()));
    put_some(&mut item, field::CORDONED_AT, node.cordon.map(|cordon| cordon.at));
    item
}

fn node_state(is: NodeState) -> &'static str {
    match is {
        NodeState::Ordered => state::ORDERED,
        NodeState::Ready => state::READY,
        NodeState::Draining => state::DRAINING,
    }
}

pub(super) fn to_node(id: &InstanceId, item: &Item) -> Result<Node, Unreadable> {
    let state = match text(item, field::STATE)? {
        state::ORDERED => NodeState::Ordered,
        state::READY => NodeState::Ready,
        state::DRAINING => NodeState::Draining,
        _ => return Err(field::STATE),
    };
    Ok(Node {
        id: id.clone(),
        pool: pool_name(item)?,
        zone: text(item, field::ZONE)?.into(),
        state,
        version: number(item, field::VERSION)?,
        size: size(item, field::CPU, field::MEMORY)?,
        used: size(item, field::CPU_USED, field::MEMORY_USED)?,
        n_launches: small(item, field::N_LAUNCHES)?,
        ordered_at: time(item, field::ORDERED_AT)?,
        ready_at: maybe_time(item, field::READY_AT),
        idle_since: maybe_time(item, field::IDLE_SINCE),
        lost_at: maybe_time(item, field::LOST_AT),
        cordon: cordon(item)?,
        n_failed: maybe_number(item, field::N_FAILED).map_or(Ok(0), |_| small(item, field::N_FAILED))?,
    })
}

fn cordon(item: &Item) -> Result<Option<Cordon>, Unreadable> {
    let Some(why) = maybe_text(item, field::CORDONED) else { return Ok(None) };
    let why = CordonReason::from_name(why).ok_or(field::CORDONED)?;
    Ok(Some(Cordon { why, at: time(item, field::CORDONED_AT)? }))
}

pub(super) fn from_order(order: &Order) -> Item {
    let mut item = Item::new();
    put(&mut item, field::ZONE, order.zone.0.as_str());
    put(&mut item, field::N, order.n);
    put(&mut item, field::AT, order.at);
    item
}

pub(super) fn to_order(id: &OrderId, item: &Item) -> Result<Order, Unreadable> {
    let zone = text(item, field::ZONE)?.into();
    Ok(Order { id: id.clone(), zone, n: small(item, field::N)?, at: time(item, field::AT)? })
}

pub(super) fn put_size(item: &mut Item, size: Size, cpu: &str, memory: &str) {
    put(item, cpu, size.cpu.0);
    put(item, memory, size.memory.0);
}

pub(super) fn size(item: &Item, cpu: &'static str, memory: &'static str) -> Result<Size, Unreadable> {
    Ok(Size { cpu: CpuUnits(small(item, cpu)?), memory: Mib(small(item, memory)?) })
}

pub(super) fn pool_name(item: &Item) -> Result<PoolName, Unreadable> {
    PoolName::parse(text(item, field::POOL)?).map_err(|_| field::POOL)
}
