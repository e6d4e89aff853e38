//! What no plan may do to runs that have lost jobs.

use model::job::Job;
use model::observation::Observation;
use model::plan::{Plan, Rerun, Settle};
use model::run::LostState;

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
    // The forge may have said just now that it runs.
    let is_found_running = |job: &Job| matches!(plan.settle.get(&job.id), Some(Settle::Running { .. }));
    let idle = lost.filter(|(_, job)| job.state.is_queued() && !is_found_running(job));
    untimely
        .chain(idle.map(|(end, job)| format!("job {} is lost with {}, and waits", job.id, end.launch)))
        .collect()
}
