//! What no plan may do to runs that have lost jobs.

use model::job::Job;
use model::label::Spec;
use model::observation::Observation;
use model::plan::{Plan, Rerun};
use model::rules::Pool;
use model::run::LostState;
use model::{Purchase, Trust};

/// Only a run that has ended badly, and that nobody has run again, is run again; and only for jobs that a
/// machine took with it.
pub(super) fn faults(seen: &Observation, plan: &Plan) -> Vec<String> {
    let asked = plan.rerun.iter().filter(|(_, rerun)| **rerun == Rerun::Ask);
    let untimely = asked.filter(|(id, _)| {
        let run = seen.runs.get(id).filter(|run| !matches!(run.state, LostState::Over { .. }));
        let fate = seen.fates.get(id).map(|fate| &fate.run);
        let has_failed = |conclusion: &Option<String>| {
            conclusion.as_deref().is_some_and(|conclusion| !["success", "cancelled"].contains(&conclusion))
        };
        !run.is_some_and(|run| {
            fate.is_some_and(|fate| fate.attempt == run.attempt && has_failed(&fate.conclusion))
        })
    });
    let untimely = untimely.map(|(id, _)| format!("run {id} is to run again, and may not"));
    let lost = plan.end.iter().filter_map(|end| Some((end, seen.jobs.get(&end.loses?)?)));
    let idle = lost.filter(|(_, job)| job.state.is_queued());
    untimely
        .chain(idle.map(|(end, job)| format!("job {} is lost with {}, and waits", job.id, end.launch)))
        .collect()
}

/// The second chance of a job that was lost: what the label says of spot no longer binds.
pub(super) fn may_not_be_spot(seen: &Observation, plan: &Plan, job: &Job) -> bool {
    let is_decided = |run: &model::run::LostRun| {
        run.state != LostState::Waiting
            || matches!(plan.rerun.get(&run.id), Some(Rerun::Ask | Rerun::Over(_)))
    };
    seen.runs.get(&job.run).is_some_and(|run| run.attempt < job.attempt && is_decided(run))
}

pub(super) fn lasts(pool: &Pool, spec: &Spec, trust: Trust) -> bool {
    pool.purchase == Purchase::OnDemand
        && pool.trust == trust
        && pool.has_gpu == spec.gpu
        && spec.arch.is_none_or(|arch| arch == pool.arch)
}
