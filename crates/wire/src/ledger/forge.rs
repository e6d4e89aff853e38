//! Rows of what is remembered of the forge.

use model::delivery::{DeliveryMemory, Rest, Stubborn};
use model::id::{InstallationId, ScopeId};
use model::registration::{Scope, ScopeMemory};

use super::field;
use super::item::{Item, Unreadable, Value, maybe_text, number, put, put_some, texts, time};

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

pub(super) fn from_deliveries(memory: &DeliveryMemory) -> Item {
    let mut item = Item::new();
    put(&mut item, field::UNTIL, memory.until);
    put_some(&mut item, field::REST, memory.rest.as_ref().map(|rest| rest.page.as_str()));
    put_some(&mut item, field::REST_BEGAN, memory.rest.as_ref().map(|rest| rest.began));
    let stubborn = memory.stubborn.iter().map(|it| format!("{} {}", it.n, it.event)).collect();
    item.insert(field::STUBBORN.to_owned(), Value::Texts(stubborn));
    item
}

pub(super) fn to_deliveries(item: &Item) -> Result<DeliveryMemory, Unreadable> {
    let page = maybe_text(item, field::REST).map(ToOwned::to_owned);
    let rest =
        page.map(|page| time(item, field::REST_BEGAN).map(|began| Rest { page, began })).transpose()?;
    let stubborn = texts(item, field::STUBBORN)?.iter().map(|text| stubborn(text)).collect::<Option<_>>();
    Ok(DeliveryMemory { until: time(item, field::UNTIL)?, rest, stubborn: stubborn.ok_or(field::STUBBORN)? })
}

/// Each as `<times> <event>`.
fn stubborn(text: &str) -> Option<Stubborn> {
    let (n, event) = text.split_once(' ')?;
    Some(Stubborn { n: n.parse().ok()?, event: event.to_owned() })
}
