//! Tasks that no launch has: what they say of themselves, and a second look for their launches.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{LaunchId, TaskId};
use model::observation::{Observation, Stray};
use model::time::Timestamp;
use wire::ledger::{Key, Row};

use crate::error::{Chain, PortError};
use crate::port::{Ledger, Ports};

/// Two keys each, of the hundred that one question may hold.
const ASKED: usize = 50;

/// Most sweeps find none. What cannot be looked at now is looked at by the next one.
pub(super) async fn strays(
    ports: &Ports,
    seen: &Observation,
    now: Timestamp,
) -> Result<BTreeMap<TaskId, Stray>, PortError> {
    let mut strays = BTreeMap::new();
    for (trust, tasks) in planner::strays(seen, now) {
        match ports.compute.describe(trust, &tasks).await {
            Ok(described) => {
                strays.extend(described.into_iter().map(|(task, it)| {
                    (task, Stray { trust, launch: it.launch, began: it.began, scope: None })
                }))
            }
            Err(error) => {
                let n = tasks.len();
                tracing::warn!(%trust, n, error = %Chain(&error), "tasks without a launch could not be looked at");
            }
        }
    }
    without_a_launch(ports.ledger.as_ref(), strays).await
}

/// A launch is written down before its task is asked for, and these were listed before this question: whose
/// launch is not there now, was there and is over, whatever anybody's clock says.
async fn without_a_launch(
    ledger: &dyn Ledger,
    mut strays: BTreeMap<TaskId, Stray>,
) -> Result<BTreeMap<TaskId, Stray>, PortError> {
    let launches: BTreeSet<LaunchId> = strays.values().map(|stray| stray.launch).collect();
    let launches: Vec<LaunchId> = launches.into_iter().collect();
    let mut known = BTreeMap::new();
    for asked in launches.chunks(ASKED) {
        let keys: Vec<Key> = asked.iter().flat_map(|id| [Key::Launch(*id), Key::EndedLaunch(*id)]).collect();
        let rows = ledger.get(&keys).await?;
        for (id, rows) in asked.iter().zip(rows.chunks(2)) {
            match rows {
                [Some(Row::Launch(launch)), _] => drop(known.insert(*id, (launch.clone(), true))),
                [_, Some(Row::EndedLaunch(ended))] => drop(known.insert(*id, (ended.launch.clone(), false))),
                _ => {}
            }
        }
    }
    strays.retain(|task, stray| match known.get(&stray.launch) {
        Some((launch, true)) => launch.state.task().is_some_and(|its| its != task),
        Some((_, false)) | None => true,
    });
    for stray in strays.values_mut() {
        stray.scope = known.get(&stray.launch).and_then(|(launch, _)| launch.scope.clone());
    }
    Ok(strays)
}
