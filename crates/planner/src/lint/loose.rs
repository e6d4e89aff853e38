//! Machines that no group has.

use std::time::Duration;

use model::id::{InstanceId, TaskId};
use model::observation::{Observation, Survey};
use model::plan::Plan;
use model::time::Timestamp;

/// A machine that was launched later may be one that its group does not list yet.
const YOUNG: Duration = Duration::from_mins(15);

pub(super) fn faults(seen: &Observation, plan: &Plan, now: Timestamp) -> Vec<String> {
    let faults = plan.scrap.keys().filter_map(|id| Some((id, fault(seen, id, now)?)));
    faults.map(|(id, why)| format!("{id} is ended as nobody's, and {why}")).collect()
}

fn fault(seen: &Observation, id: &InstanceId, now: Timestamp) -> Option<&'static str> {
    let Some(survey) = &seen.survey else { return Some("nobody knows what groups there are") };
    let Some(launched) = seen.loose.get(id) else { return Some("nobody has looked whose it is") };
    match () {
        () if now.since(*launched) < YOUNG => Some("it is young"),
        () if survey.members.contains_key(id) => Some("its group lists it"),
        () if seen.nodes.contains_key(id) => Some("the ledger knows it"),
        () if seen.launches.values().any(|launch| launch.is_on(id)) => Some("a launch is on it"),
        () if may_run_something(seen, survey, id) => Some("something may run on it"),
        () => None,
    }
}

fn may_run_something(seen: &Observation, survey: &Survey, id: &InstanceId) -> bool {
    let Some(registered) = survey.registered.get(id) else { return false };
    let has_launch = |task: &TaskId| seen.launches.values().any(|launch| launch.state.task() == Some(task));
    registered.n_tasks > 0 && (registered.is_connected || !survey.tasks.keys().all(has_launch))
}
