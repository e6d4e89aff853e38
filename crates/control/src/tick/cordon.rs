//! Writes down which nodes take no more launches.

use std::collections::BTreeMap;

use model::cordon::Cordon;
use model::id::InstanceId;
use wire::ledger::Key;
use wire::ledger::field;

use crate::error::PortError;
use crate::port::{Ledger, Set, When};
use crate::write::{Transaction, set, write_most};

/// A transaction holds a hundred rows.
const AT_ONCE: usize = 100;

/// A node that changed meanwhile is warned of once more, by its agent's state in the next sweep at the latest.
/// Whoever was about to place something on it has seen an older version of its row.
pub(super) async fn write(
    ledger: &dyn Ledger,
    cordons: &BTreeMap<InstanceId, Cordon>,
) -> Result<(), PortError> {
    let cordons: Vec<(&InstanceId, &Cordon)> = cordons.iter().collect();
    for chunk in cordons.chunks(AT_ONCE) {
        write_most(ledger, chunk.to_vec(), |cordons| {
            let mut transaction = Transaction::default();
            for (item, (node, cordon)) in cordons.iter().enumerate() {
                transaction.for_item(
                    item,
                    set(
                        Key::Node((*node).clone()),
                        vec![When::Present],
                        vec![
                            Set::To(field::CORDONED, cordon.why.name().into()),
                            Set::To(field::CORDONED_AT, cordon.at.into()),
                            Set::Add(field::VERSION, 1),
                        ],
                    ),
                );
            }
            transaction
        })
        .await?;
    }
    Ok(())
}
