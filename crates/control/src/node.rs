//! What a node says of itself.

use model::Trust;
use model::id::InstanceId;
use model::node::NodeState;
use model::rules::Rules;
use model::size::Size;
use model::time::Timestamp;
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row};

use crate::error::PortError;
use crate::port::{Ledger, Set, When, WriteError};
use crate::write::set;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Its agent has registered this much.
    Ready(Size),
    /// It goes away.
    Farewell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Ok,
    /// Nobody knows the node yet: it says it again, or a sweep finds it.
    Later,
    /// Whoever speaks is of another tier than the node's pool.
    Refused,
}

/// The pool is the ledger's, never the node's to say; `tier` is that of the role by which it speaks.
pub async fn announce(
    ledger: &dyn Ledger,
    rules: &Rules,
    (node, tier): (&InstanceId, Trust),
    said: Said,
    now: Timestamp,
) -> Result<Heard, PortError> {
    let key = Key::Node(node.clone());
    let Some(Row::Node(row)) = ledger.get(std::slice::from_ref(&key)).await?.pop().flatten() else {
        return Ok(Heard::Later);
    };
    if rules.pools.get(&row.pool).is_some_and(|pool| pool.trust != tier) {
        return Ok(Heard::Refused);
    }
    let unchanged = When::Is(field::VERSION, row.version.into());
    let next = Set::Add(field::VERSION, 1);
    let changes = match (said, row.state) {
        (Said::Ready(size), NodeState::Ordered) => vec![
            Set::To(field::STATE, state::READY.into()),
            Set::To(field::READY_AT, now.into()),
            Set::To(field::IDLE_SINCE, now.into()),
            Set::To(field::CPU, size.cpu.0.into()),
            Set::To(field::MEMORY, size.memory.0.into()),
            next,
        ],
        (Said::Farewell, NodeState::Ordered | NodeState::Ready) => {
            vec![Set::To(field::STATE, state::DRAINING.into()), next]
        }
        // Said before, and perhaps not rung for.
        (Said::Ready(_), NodeState::Ready) => {
            ledger.ring().await?;
            return Ok(Heard::Ok);
        }
        // Said before, or overtaken.
        (Said::Ready(_) | Said::Farewell, NodeState::Draining) => return Ok(Heard::Ok),
    };
    match ledger.write(&[set(key, vec![unchanged], changes)]).await {
        Ok(()) => {
            ledger.ring().await?;
            Ok(Heard::Ok)
        }
        Err(WriteError::Refused(_)) => Ok(Heard::Later),
        Err(WriteError::Port(error)) => Err(error),
    }
}
