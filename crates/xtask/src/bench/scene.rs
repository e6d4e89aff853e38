//! Nodes that are there, and jobs that wait for them.

use model::Trust;
use model::id::{InstallationId, InstanceId, JobId, RepositoryId, RunId, Zone};
use model::job::{Job, JobState, Repository};
use model::node::{Node, NodeState};
use model::rules::PoolName;
use model::size::{CpuUnits, Mib, Size};
use model::time::Timestamp;
use wire::ledger::Row;

use super::document;

pub(super) const REPOSITORY: u64 = 186_853_002;
pub(super) const LABEL: &str = "dagger-v0-19-4-2c-4g-arm64-spot";

/// Jobs that come at once are those of a matrix, and so of one run.
const JOBS_OF_A_RUN: u64 = 10;

/// What the agent of a c7gd.4xlarge registers.
const NODE: Size = Size { cpu: CpuUnits(16_384), memory: Mib(31_784) };

/// Ready, and empty: more of them than a hundred jobs need.
pub(super) fn nodes(now: Timestamp) -> impl Iterator<Item = Row> {
    let pool = PoolName::parse(document::POOL).expect("the pool's name is one");
    (0..document::MAX_NODES).map(move |n| {
        Row::Node(Node {
            id: InstanceId(format!("i-{n:017x}")),
            pool: pool.clone(),
            zone: Zone::from(document::ZONE),
            state: NodeState::Ready,
            version: 2,
            size: NODE,
            used: Size::default(),
            n_launches: 0,
            ordered_at: now,
            ready_at: Some(now),
            idle_since: Some(now),
            lost_at: None,
            cordon: None,
        })
    })
}

/// Jobs that the webhook has written down and no tick has seen, the first with this id.
pub(super) fn jobs(first: u64, n: u64, now: Timestamp) -> impl Iterator<Item = Row> {
    (0..n).map(move |place| {
        Row::Job(Job {
            id: JobId(first + place),
            run: RunId(first + place - place % JOBS_OF_A_RUN),
            attempt: 1,
            repository: Repository {
                id: RepositoryId(REPOSITORY),
                installation: InstallationId(5_171_489),
                owner: "acme".to_owned(),
                name: "engine".to_owned(),
                is_organization: true,
                is_private: true,
            },
            labels: vec![LABEL.to_owned()],
            queued_at: now,
            state: JobState::Queued,
            trust: None::<Trust>,
            launch: None,
            n_launches: 0,
            failed: None,
            doubted_at: None,
            reason: None,
        })
    })
}
