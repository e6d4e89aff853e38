//! Which runners the forge lists.

use std::collections::BTreeSet;

use futures::StreamExt;
use futures::stream;
use model::id::RunnerName;
use model::observation::Observation;
use model::registration::{Registered, Roll, Scope};
use wire::ledger::{Key, Row};

use crate::error::{Chain, PortError};
use crate::port::{Ledger, Ports};

/// Lists at once, each of them of pages one after the other.
const AT_ONCE: usize = 8;

/// Two keys each, of the hundred that one question may hold.
const ASKED: usize = 50;

/// Nothing where the forge does not answer at all: then nobody is removed, asked about or ended for it.
pub(super) async fn roll(ports: &Ports, seen: &Observation) -> Result<Option<Roll>, PortError> {
    let scopes = planner::scopes(seen);
    let is_empty = scopes.is_empty();
    let lists = stream::iter(scopes).map(async |scope| {
        match ports.forge.runners(&scope).await {
            Ok(runners) => Some((scope, Some(runners))),
            // The repository or the organization is gone, and its runners with it; or our App was removed there.
            Err(PortError::NotFound { .. }) => Some((scope, None)),
            Err(error) => {
                tracing::warn!(scope = %scope.id, error = %Chain(&error), "the runners could not be listed");
                None
            }
        }
    });
    let lists: Vec<(Scope, Option<Vec<Registered>>)> =
        lists.buffer_unordered(AT_ONCE).filter_map(async |list| list).collect().await;
    if lists.is_empty() && !is_empty {
        return Ok(None);
    }
    let mut roll = Roll::default();
    for (scope, runners) in lists {
        let named = |runner: Registered| (runner.name, (scope.id.clone(), runner));
        match runners {
            Some(runners) => roll.runners.extend(runners.into_iter().map(named)),
            None => drop(roll.absent.insert(scope.id.clone())),
        }
        roll.listed.insert(scope.id.clone(), scope);
    }
    let strange = roll.runners.keys().filter(|name| !seen.launches.contains_key(&name.launch));
    roll.over = over(ports.ledger.as_ref(), strange.copied().collect()).await?;
    Ok(Some(roll))
}

/// Those whose launch was ours and is over. Another installation may have the same names, and a launch may
/// have been made since the ledger was read.
async fn over(ledger: &dyn Ledger, names: Vec<RunnerName>) -> Result<BTreeSet<RunnerName>, PortError> {
    let mut over = BTreeSet::new();
    for names in names.chunks(ASKED) {
        let launches: BTreeSet<_> = names.iter().map(|name| name.launch).collect();
        let keys: Vec<Key> =
            launches.iter().flat_map(|id| [Key::Launch(*id), Key::EndedLaunch(*id)]).collect();
        let rows = ledger.get(&keys).await?;
        for (launch, rows) in launches.iter().zip(rows.chunks(2)) {
            if matches!(rows, [None, Some(Row::EndedLaunch(_))]) {
                over.extend(names.iter().filter(|name| name.launch == *launch));
            }
        }
    }
    Ok(over)
}
