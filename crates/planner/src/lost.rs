//! Launches on nodes whose agent has not been heard of for long.

use std::time::Duration;

use model::launch::{Launch, LaunchState};
use model::node::Node;
use model::observation::Observation;
use model::plan::End;
use model::time::Timestamp;

use crate::end::{apply, waiting};

/// Agents come and go several times an hour, and the tasks run on meanwhile. GitHub itself gives a job up
/// whose runner was silent for ten minutes, and a runner that found no job in five.
pub(crate) const LOST_FOR: Duration = Duration::from_mins(15);

/// Only those that can do no job any more: what makes progress is never ended here.
pub(crate) fn lost(seen: &mut Observation, now: Timestamp) -> Vec<End> {
    if seen.survey.is_none() {
        return Vec::new();
    }
    let lost_with = |launch: &Launch| {
        let node = seen.nodes.get(launch.node.as_ref()?).filter(|node| is_lost(node, now))?;
        (!may_progress(seen, launch)).then(|| node.id.clone())
    };
    let ends: Vec<End> = seen
        .launches
        .values()
        .filter_map(|launch| Some((launch, lost_with(launch)?)))
        .map(|(launch, node)| End {
            launch: launch.id,
            fails: waiting(seen, launch),
            // Its job has ended already, or it would not end.
            loses: None,
            stop: launch.state.task().cloned(),
            why: format!("the agent of its node {node} has not been heard of for long"),
        })
        .collect();
    apply(seen, &ends, now);
    ends
}

pub(crate) fn is_lost(node: &Node, now: Timestamp) -> bool {
    node.lost_at.is_some_and(|at| now.since(at) >= LOST_FOR)
}

/// Its runner may be at work on a job that has not ended, agent or no agent.
fn may_progress(seen: &Observation, launch: &Launch) -> bool {
    match &launch.state {
        // Asked for again with every tick, and refused while the agent is away.
        LaunchState::Planned => true,
        LaunchState::Asked { .. } => false,
        LaunchState::Claimed { .. } => launch.job.is_some_and(|job| runs(seen, job)),
        LaunchState::Busy { took, .. } => seen.jobs.contains_key(took),
    }
}

fn runs(seen: &Observation, job: model::id::JobId) -> bool {
    seen.jobs.get(&job).is_some_and(|job| !job.state.is_queued())
}
