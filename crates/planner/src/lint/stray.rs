//! Tasks that no launch has.

use model::id::{LaunchId, TaskId};
use model::observation::Observation;
use model::plan::Plan;

use super::runs_on;

pub(super) fn faults(seen: &Observation, plan: &Plan) -> Vec<String> {
    let needed = plan.stop.keys().filter_map(|task| needed(seen, plan, task));
    needed.chain(plan.stop.keys().filter_map(|task| working(seen, plan, task))).collect()
}

/// What a launch has, or may turn out to have, is stopped with that launch and not before.
fn needed(seen: &Observation, plan: &Plan, task: &TaskId) -> Option<String> {
    let is_over = |launch: LaunchId| plan.end.iter().any(|end| end.launch == launch);
    let mark = seen.strays.get(task).map(|stray| stray.launch);
    let launch = seen.launches.values().find(|launch| match launch.state.task() {
        Some(its) => its == task && !is_over(launch.id),
        None => Some(launch.id) == mark && !is_over(launch.id),
    });
    launch.map(|launch| format!("{task} is stopped, and launch {} has it", launch.id))
}

/// A job that a runner has is ended by nobody, whatever became of its launch.
fn working(seen: &Observation, plan: &Plan, task: &TaskId) -> Option<String> {
    let Some(stray) = seen.strays.get(task) else {
        return Some(format!("{task} is stopped, and nobody has looked at it"));
    };
    let runners = seen.roll.iter().flat_map(|roll| roll.runners.values());
    let is_busy = runners.into_iter().any(|(_, it)| it.name.launch == stray.launch && it.is_busy);
    (is_busy || runs_on(seen, plan, stray.launch))
        .then(|| format!("{task} is stopped, and its runner is at work"))
}
