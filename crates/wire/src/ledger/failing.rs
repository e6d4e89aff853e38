//! Rows of task definitions that failed to start.

use model::failing::Failing;
use model::id::{InstanceId, Revision};

use super::field;
use super::item::{Item, Unreadable, maybe_text, put, put_some, small, text, time};

pub(super) fn from_failing(failing: &Failing) -> Item {
    let mut item = Item::new();
    put(&mut item, field::N, failing.n);
    put(&mut item, field::N_MOVES, failing.n_moves);
    put(&mut item, field::N_ROUNDS, failing.n_rounds);
    put_some(&mut item, field::NODE, failing.node.as_ref().map(|node| node.0.as_str()));
    put(&mut item, field::AT, failing.at);
    put(&mut item, field::WHY, failing.why.as_str());
    item
}

pub(super) fn to_failing(revision: &Revision, item: &Item) -> Result<Failing, Unreadable> {
    Ok(Failing {
        revision: revision.clone(),
        n: small(item, field::N)?,
        n_moves: small(item, field::N_MOVES)?,
        n_rounds: small(item, field::N_ROUNDS)?,
        node: maybe_text(item, field::NODE).map(InstanceId::from),
        at: time(item, field::AT)?,
        why: text(item, field::WHY)?.to_owned(),
    })
}
