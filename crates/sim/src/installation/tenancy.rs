//! Who has been on which machine: what code of one tier may never share with another's.

use std::collections::BTreeMap;

use model::Trust;
use model::id::JobId;

use super::setup::cluster;
use super::{Installation, Who};
use crate::compute::TaskPlaced;
use crate::github::{self, Head};
use crate::port::task_id;

/// Whose code each machine has run first, for as long as there is a world.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried(BTreeMap<String, (JobId, Trust)>);

/// The tier in whose cluster a task is.
pub(super) fn tier(placed: &TaskPlaced) -> Trust {
    let name = placed.cluster_arn.rsplit('/').next().unwrap_or_default();
    Trust::ALL.into_iter().find(|tier| cluster(*tier) == name).unwrap_or(Trust::Trusted)
}

impl Installation {
    /// A machine of a tier that shares none has one task at a time.
    pub(super) fn look_for_neighbours(&mut self, placed: &TaskPlaced) {
        if placed.instance_id.is_empty() || tier(placed).shares_machines() {
            return;
        }
        let (at, node) = (self.clock.now(), &placed.instance_id);
        let beside = self.tasks.iter().find(|(_, task)| task.node == *node && !task.is_ending);
        if let Some((other, _)) = beside {
            let fault = format!("{at}: {} and {} share {node}", task_id(&placed.task_arn), task_id(other));
            self.told.faults.push(fault);
        }
    }

    /// What the runner's hook sees in the event itself, before the first step: a fork can waste a trusted
    /// runner, and not run on one.
    pub(super) fn is_let_in(&mut self, arn: &str, job: github::JobId) -> bool {
        let trust = self.trust_of(job);
        let Some((node, tier)) = self.tasks.get(arn).map(|task| (task.node.clone(), task.tier)) else {
            return false;
        };
        if trust == Trust::Untrusted && tier == Trust::Trusted {
            self.tell(Who::Task, "not let in", || {
                format!("the hook of task {} lets job {job} do nothing: its code is a fork's", task_id(arn))
            });
            return false;
        }
        if !node.is_empty() {
            self.note(node, (JobId(job.0), trust), tier);
        }
        true
    }

    fn note(&mut self, node: String, job: (JobId, Trust), tier: Trust) {
        let at = self.clock.now();
        let Some((first, its)) = self.carried.0.get(&node).copied() else {
            self.carried.0.insert(node, job);
            return;
        };
        let (second, other) = job;
        if its != other || !tier.shares_machines() {
            self.told.faults.push(format!("{at}: {node} has carried {first} ({its}) and {second} ({other})"));
        }
    }

    /// As GitHub itself knows it.
    fn trust_of(&self, job: github::JobId) -> Trust {
        let github = self.github();
        let run = github.jobs.get(&job).and_then(|job| github.runs.get(&job.run));
        match run.map(|run| &run.trigger.head) {
            Some(Head::SameRepository) => Trust::Trusted,
            Some(Head::Fork { .. } | Head::Gone) | None => Trust::Untrusted,
        }
    }
}
