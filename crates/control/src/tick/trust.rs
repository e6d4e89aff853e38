//! Whose code waits: the forge is asked once for each run, and the answer is kept with its jobs.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream;
use model::Trust;
use model::id::{JobId, RunId};
use model::job::Repository;
use model::observation::Observation;
use model::plan::Plan;
use model::rules::Rules;
use wire::ledger::Key;
use wire::ledger::field::{self, state};

use super::observe::{AT_ONCE, QUESTIONS};
use crate::error::{Chain, PortError};
use crate::port::{Ledger, Ports, Set, When};
use crate::write::{Transaction, set, write_most};

/// A transaction holds a hundred rows.
const WRITTEN: usize = 100;

/// What the forge has answered now, by job.
pub(super) type Learnt = BTreeMap<JobId, Trust>;

/// The runs whose code the ledger does not know, as many as one tick asks about.
pub(super) fn unknown(seen: &Observation, rules: &Rules) -> BTreeMap<RunId, Repository> {
    let unknown = seen.jobs.values().filter(|job| job.trust.is_none() && planner::needs_launch(seen, job));
    let runs: BTreeMap<RunId, &Repository> = unknown
        .filter(|job| !is_nobody_elses(&job.repository, rules))
        .map(|job| (job.run, &job.repository))
        .collect();
    runs.into_iter().take(QUESTIONS).map(|(run, repository)| (run, repository.clone())).collect()
}

/// As far as the forge answers.
pub(super) async fn ask(ports: &Ports, runs: &BTreeMap<RunId, Repository>) -> BTreeMap<RunId, Trust> {
    let asked = stream::iter(runs).map(async |(run, repository)| {
        let run = *run;
        match ports.forge.trust(repository, run).await {
            Ok(trust) => Some((run, trust)),
            Err(error) => {
                tracing::warn!(run.id = run.0, error = %Chain(&error), "the trust of a run could not be asked for");
                None
            }
        }
    });
    asked.buffer_unordered(AT_ONCE).filter_map(async |answer| answer).collect().await
}

/// What is to be kept of it: that of jobs that wait. What follows from the rules alone is not, for they may change.
pub(super) fn apply(seen: &mut Observation, rules: &Rules, answers: &BTreeMap<RunId, Trust>) -> Learnt {
    let mut learnt = Learnt::new();
    for job in seen.jobs.values_mut().filter(|job| job.trust.is_none()) {
        if is_nobody_elses(&job.repository, rules) {
            job.trust = Some(Trust::Trusted);
        } else if let Some(trust) = answers.get(&job.run) {
            job.trust = Some(*trust);
            if job.state.is_queued() {
                learnt.insert(job.id, *trust);
            }
        }
    }
    learnt
}

/// Where nobody can make a fork.
fn is_nobody_elses(repository: &Repository, rules: &Rules) -> bool {
    repository.is_private && !rules.private_repositories_allow_forks
}

/// As an update of a job that is written anyway says it.
pub(super) fn told(learnt: &Learnt, job: JobId) -> Option<Set> {
    learnt.get(&job).map(|trust| Set::To(field::TRUST, trust.name().into()))
}

/// Of the jobs of which the plan writes nothing else. One that no longer waits needs no launch.
pub(super) async fn write(ledger: &dyn Ledger, learnt: &Learnt, plan: &Plan) -> Result<(), PortError> {
    let placements = plan.place.values().chain(plan.serverless.values());
    let placed = placements.flat_map(|placement| &placement.launches).filter_map(|new| new.launch.job);
    let assigned = plan.assign.iter().map(|assign| assign.job);
    let mut left = learnt.clone();
    for job in placed.chain(assigned).chain(plan.explain.keys().copied()) {
        left.remove(&job);
    }
    let left: Vec<JobId> = left.into_keys().collect();
    for chunk in left.chunks(WRITTEN) {
        write_most(ledger, chunk.to_vec(), |jobs| {
            let mut transaction = Transaction::default();
            for (item, job) in jobs.iter().enumerate() {
                let queued = vec![When::Is(field::STATE, state::QUEUED.into()), When::Lacks(field::TRUST)];
                transaction
                    .for_item(item, set(Key::Job(*job), queued, told(learnt, *job).into_iter().collect()));
            }
            transaction
        })
        .await?;
    }
    Ok(())
}
