//! Machines of ours that no group has: a look at all of them now and then, and their end.

use std::collections::BTreeMap;

use model::id::InstanceId;
use model::observation::Observation;
use model::time::Timestamp;

use crate::error::{Chain, PortError};
use crate::port::{Compute, Ports};

/// Most looks find none. What cannot be looked at now is looked at by a later sweep.
pub(super) async fn loose(
    ports: &Ports,
    seen: &Observation,
    now: Timestamp,
) -> BTreeMap<InstanceId, Timestamp> {
    if seen.survey.is_none() || !planner::has_time_to_look(now) {
        return BTreeMap::new();
    }
    look(ports.compute.as_ref(), seen, now).await.unwrap_or_else(|error| {
        tracing::warn!(error = %Chain(&error), "nobody knows which machines are of no group");
        BTreeMap::new()
    })
}

/// Groups were listed before, and are asked once more for what they did not list: a machine between two lists is
/// in neither.
async fn look(
    compute: &dyn Compute,
    seen: &Observation,
    now: Timestamp,
) -> Result<BTreeMap<InstanceId, Timestamp>, PortError> {
    let machines = compute.machines().await?;
    let mut suspects = planner::suspects(seen, &machines, now);
    if !suspects.is_empty() {
        let asked: Vec<InstanceId> = suspects.keys().cloned().collect();
        let grouped = compute.grouped(&asked).await?;
        suspects.retain(|id, _| !grouped.contains(id));
    }
    Ok(suspects)
}

/// What fails is found, and done, by a later sweep.
pub(super) async fn scrap_all(ports: &Ports, nodes: &[InstanceId]) {
    if nodes.is_empty() {
        return;
    }
    for id in nodes {
        tracing::warn!(node.id = %id, "a machine that no group has is ended");
    }
    if let Err(error) = ports.compute.scrap(nodes).await {
        let n_nodes = nodes.len();
        tracing::warn!(n_nodes, error = %Chain(&error), "machines that no group has are not ended");
    }
}
