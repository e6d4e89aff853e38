//! Rows of what is remembered of the forge.

use model::id::{InstallationId, ScopeId};
use model::registration::{Scope, ScopeMemory};

use super::field;
use super::item::{Item, Unreadable, number, put, time};

pub(super) fn from_scope(memory: &ScopeMemory) -> Item {
    let mut item = Item::new();
    put(&mut item, field::INSTALLATION, memory.scope.installation.0);
    put(&mut item, field::AT, memory.at);
    item
}

pub(super) fn to_scope(id: &ScopeId, item: &Item) -> Result<ScopeMemory, Unreadable> {
    let installation = InstallationId(number(item, field::INSTALLATION)?);
    Ok(ScopeMemory { scope: Scope { id: id.clone(), installation }, at: time(item, field::AT)? })
}
