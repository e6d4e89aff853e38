//! Tasks that are started before there is a job for them, written down.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use model::id::InstanceId;
use model::launch::Launch;
use model::node::PoolMemory;
use model::plan::{NewLaunch, Placement, Plan, Stand};
use model::rules::PoolName;
use wire::ledger::field;
use wire::ledger::{Key, Row};

use super::commit::counting;
use crate::error::PortError;
use crate::port::{Change, Ledger, Set, When};
use crate::write::{Transaction, check, put_new, set, write_most};

/// After the orders, whose pools' rows they move on too. What was written: whoever moved a row meanwhile has
/// seen others stand by than this plan.
/// Nor is there room where launches were to end and did not.
pub(super) async fn write(
    ledger: &dyn Ledger,
    plan: &Plan,
    without_room: &BTreeSet<Key>,
) -> Result<Vec<Launch>, PortError> {
    let written = plan.standby.iter().map(async |(pool, Stand { version, place })| {
        let mut written = Vec::new();
        for (version, (node, placement)) in (*version..).zip(place) {
            let counter = node.clone().map_or_else(|| Key::Pool(pool.clone()), Key::Node);
            if without_room.contains(&counter) {
                break;
            }
            let launches = placement.launches.clone();
            let done = write_most(ledger, launches, |launches| {
                standing(pool, version, node.as_ref(), placement, launches)
            });
            let done = done.await?;
            if done.is_empty() {
                break;
            }
            written.extend(done.into_iter().map(|new| new.launch));
        }
        Ok::<_, PortError>(written)
    });
    Ok(try_join_all(written).await?.concat())
}

fn standing(
    pool: &PoolName,
    version: u64,
    node: Option<&InstanceId>,
    placement: &Placement,
    launches: &[NewLaunch],
) -> Transaction {
    let mut transaction = Transaction::default();
    if launches.is_empty() {
        return transaction;
    }
    for (item, new) in launches.iter().enumerate() {
        let id = new.launch.id;
        transaction.for_item(item, put_new(Row::Launch(new.launch.clone())));
        // Numbers run ahead of the clock where many begin in a second, and the last of them may have ended.
        transaction.for_item(item, check(Key::EndedLaunch(id), vec![When::Absent]));
    }
    match node {
        Some(node) => {
            transaction.for_all(counting(&Key::Node(node.clone()), placement.version, launches));
            transaction.for_all(moved_on(pool, version));
        }
        None => transaction.for_all(counting(&Key::Pool(pool.clone()), version, launches)),
    }
    transaction
}

/// So that two ticks that find as many missing do not both start them.
fn moved_on(pool: &PoolName, version: u64) -> Change {
    if version == 0 {
        return put_new(Row::Pool(PoolMemory::first(pool.clone())));
    }
    let unchanged = vec![When::Is(field::VERSION, version.into())];
    set(Key::Pool(pool.clone()), unchanged, vec![Set::Add(field::VERSION, 1)])
}
