//! The ledger, looked at after each write: what a tick leaves between two of them, another may see.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use control::PortError;
use control::port::{Change, Ledger, Open, WriteError};
use model::id::{InstanceId, JobId, LaunchId};
use model::launch::{Launch, LaunchState};
use model::rules::{PoolName, Rules};
use wire::ledger::{Key, Row};

use super::fault::Scene;
use crate::compute::Machine;
use crate::port::{Rows, SimLedger};

#[derive(Debug)]
pub(super) struct Watched {
    pub(super) ledger: Arc<SimLedger>,
    pub(super) rules: Arc<Rules>,
    pub(super) machine: Arc<Mutex<Machine>>,
    pub(super) seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) links: Links,
    pub(super) touched: BTreeSet<Subject>,
    /// Rules that were found to be broken, until somebody takes them.
    pub(super) faults: Vec<String>,
}

impl Watched {
    fn look(&self, changes: &[Change]) {
        let rows = self.ledger.look();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut subjects = BTreeSet::new();
        for change in changes {
            seen.links.note(&rows, &change.key, &mut subjects);
        }
        let scene = Scene { rows: &rows, links: &seen.links, rules: &self.rules, machine: &self.machine };
        let faults: Vec<String> = subjects.iter().flat_map(|subject| scene.broken(subject)).collect();
        seen.faults.extend(faults);
        seen.touched.extend(subjects);
    }
}

#[async_trait]
impl Ledger for Watched {
    async fn open(&self) -> Result<Open, PortError> {
        self.ledger.open().await
    }

    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, PortError> {
        self.ledger.get(keys).await
    }

    async fn history(&self, job: JobId) -> Result<Vec<Row>, PortError> {
        self.ledger.history(job).await
    }

    async fn write(&self, changes: &[Change]) -> Result<(), WriteError> {
        let written = self.ledger.write(changes).await;
        self.look(changes);
        written
    }

    async fn ring(&self) -> Result<(), PortError> {
        self.ledger.ring().await
    }
}

/// What a rule is about: it is looked at again where this has changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Job(JobId),
    Launch(LaunchId),
    Node(InstanceId),
    Pool(PoolName),
}

/// Which launches belong to what, kept up to date row by row.
#[derive(Debug, Default)]
pub(super) struct Links {
    ties: BTreeMap<LaunchId, Tie>,
    of_job: BTreeMap<JobId, BTreeSet<LaunchId>>,
    on_node: BTreeMap<InstanceId, BTreeSet<LaunchId>>,
    nodes: BTreeSet<InstanceId>,
}

#[derive(Debug)]
struct Tie {
    job: Option<JobId>,
    node: Option<InstanceId>,
    /// The pool where it stands by, if it does.
    standing: Option<PoolName>,
}

impl Tie {
    fn of(launch: &Launch) -> Self {
        Self {
            job: served(launch),
            node: launch.node.clone(),
            standing: stands_by(launch).then(|| launch.pool.clone()),
        }
    }
}

impl Links {
    pub(super) fn all(&self) -> impl Iterator<Item = LaunchId> {
        self.ties.keys().copied()
    }

    /// Those whose runner has the job, and those that are for it.
    pub(super) fn of_job(&self, job: JobId) -> impl Iterator<Item = LaunchId> {
        self.of_job.get(&job).into_iter().flatten().copied()
    }

    pub(super) fn on_node(&self, node: &InstanceId) -> impl Iterator<Item = LaunchId> {
        self.on_node.get(node).into_iter().flatten().copied()
    }

    /// Takes in what stands at a key now, and adds what has to be looked at again.
    pub(super) fn note(&mut self, rows: &Rows<'_>, key: &Key, subjects: &mut BTreeSet<Subject>) {
        match (key, rows.get(key)) {
            (Key::Launch(id), row) => {
                let launch = if let Some(Row::Launch(launch)) = row { Some(launch) } else { None };
                self.tie(*id, launch, subjects);
            }
            (Key::Job(id) | Key::Tombstone(id), _) => drop(subjects.insert(Subject::Job(*id))),
            (Key::Node(id), Some(Row::Node(node))) => {
                subjects.insert(Subject::Node(id.clone()));
                if self.nodes.insert(id.clone()) {
                    subjects.insert(Subject::Pool(node.pool.clone()));
                }
            }
            (Key::Node(id), _) => drop(self.nodes.remove(id)),
            (Key::Order(id), _) => drop(subjects.insert(Subject::Pool(id.pool.clone()))),
            (Key::Pool(name), _) => drop(subjects.insert(Subject::Pool(name.clone()))),
            (
                Key::Run(_)
                | Key::Scope(_)
                | Key::Deliveries
                | Key::SpotPrices
                | Key::Failing(_)
                | Key::EndedLaunch(_)
                | Key::Waited(..)
                | Key::Noted(..),
                _,
            ) => {}
        }
    }

    fn tie(&mut self, id: LaunchId, launch: Option<&Launch>, subjects: &mut BTreeSet<Subject>) {
        let before = self.ties.remove(&id);
        if let Some(job) = before.as_ref().and_then(|tie| tie.job) {
            unlink(&mut self.of_job, &job, id);
        }
        if let Some(node) = before.as_ref().and_then(|tie| tie.node.as_ref()) {
            unlink(&mut self.on_node, node, id);
        }
        let now = launch.map(Tie::of);
        for tie in before.iter().chain(&now) {
            subjects.extend(tie.job.map(Subject::Job));
            subjects.extend(tie.node.clone().map(Subject::Node));
            subjects.extend(tie.standing.clone().map(Subject::Pool));
        }
        if let Some(tie) = now {
            if let Some(job) = tie.job {
                self.of_job.entry(job).or_default().insert(id);
            }
            if let Some(node) = &tie.node {
                self.on_node.entry(node.clone()).or_default().insert(id);
            }
            self.ties.insert(id, tie);
            subjects.insert(Subject::Launch(id));
        }
    }
}

fn unlink<K: Ord>(links: &mut BTreeMap<K, BTreeSet<LaunchId>>, key: &K, id: LaunchId) {
    if let Some(launches) = links.get_mut(key) {
        launches.remove(&id);
        if launches.is_empty() {
            links.remove(key);
        }
    }
}

/// The job that its runner has, or else the one that it is for.
fn served(launch: &Launch) -> Option<JobId> {
    match &launch.state {
        LaunchState::Busy { took, .. } => *took,
        LaunchState::Planned | LaunchState::Asked { .. } | LaunchState::Claimed { .. } => launch.job,
    }
}

/// One that has claimed has a runner, or is about to learn that it gets none.
pub(super) fn stands_by(launch: &Launch) -> bool {
    let has_claimed = matches!(launch.state, LaunchState::Claimed { .. } | LaunchState::Busy { .. });
    launch.id.job == JobId::NONE && launch.job.is_none() && !has_claimed
}
