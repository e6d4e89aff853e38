//! Machines that are ended, and how many the provider is to think there are.

use std::collections::BTreeMap;

use model::id::InstanceId;
use model::node::NodeState;
use model::observation::{Observation, Survey};
use model::plan::{Drain, Termination};
use model::rules::PoolName;

use crate::drain::runs_nothing;

/// Nodes that drain and have nothing on them, in the ledger as it was found and in the provider's eyes: a
/// row that drains and counts no launch never counts one again. Of a launch that this very plan ends a task may have
/// been started since the provider was asked.
pub(crate) fn terminate(
    found: &Observation,
    drain: &BTreeMap<InstanceId, Drain>,
) -> BTreeMap<InstanceId, Termination> {
    let Some(survey) = &found.survey else { return BTreeMap::new() };
    let drains = |id: &InstanceId| match found.nodes.get(id) {
        // What is to drain is ended only once that is written.
        Some(node) => node.n_launches == 0 && (node.state == NodeState::Draining || drain.contains_key(id)),
        None => drain.contains_key(id),
    };
    let over = survey.members.iter().filter(|(id, _)| drains(id) && runs_nothing(survey, id));
    over.map(|(id, member)| {
        let registered = survey.registered.get(id).filter(|_| !survey.draining.contains(id));
        let handle = registered.map(|registered| registered.handle.clone());
        (id.clone(), Termination { pool: member.pool.clone(), handle })
    })
    .collect()
}

/// Lowered to the members wherever it is more, so that the provider buys nothing by itself; raised to them
/// before some are ended, for that lowers it further.
pub(crate) fn hold(
    found: &Observation,
    terminate: &BTreeMap<InstanceId, Termination>,
) -> BTreeMap<PoolName, u32> {
    let Some(survey) = &found.survey else { return BTreeMap::new() };
    let is_to_change = |(pool, held): &(&PoolName, &u32)| {
        let n = n_members(survey, pool);
        **held > n || (**held < n && terminate.values().any(|termination| termination.pool == **pool))
    };
    let pools = survey.held.iter().filter(is_to_change);
    pools.map(|(pool, _)| (pool.clone(), n_members(survey, pool))).collect()
}

pub(crate) fn n_members(survey: &Survey, pool: &PoolName) -> u32 {
    let n = survey.members.values().filter(|member| member.pool == *pool).count();
    u32::try_from(n).unwrap_or(u32::MAX)
}
