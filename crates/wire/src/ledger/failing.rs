//! Rows of task definitions that failed to start.

use model::failing::Failing;
use model::id::Revision;

use super::field;
use super::item::{Item, Unreadable, put, small, text, time};

pub(super) fn from_failing(failing: &Failing) -> Item {
    let mut item = Item::new();
    put(&mut item, field::N, failing.n);
    put(&mut item, field::N_MOVES, failing.n_moves);
    put(&mut item, field::N_ROUNDS, failing.n_rounds);
    put(&mut item, field::NODE, failing.node.0.as_str());
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
        node: text(item, field::NODE)?.into(),
        at: time(item, field::AT)?,
        why: text(item, field::WHY)?.to_owned(),
    })
}
