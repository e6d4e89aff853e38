//! What a pool remembers of offerings whose machines were taken back.

use model::node::Breaker;
use model::time::Timestamp;

use super::field;
use super::item::{Item, Unreadable, Value, texts};

/// Each as `<n> <at> <n_pauses> <until> <zone>`.
pub fn to_value(breakers: &[Breaker]) -> Value {
    let told = |it: &Breaker| format!("{} {} {} {} {}", it.n, it.at.0, it.n_pauses, it.until.0, it.zone);
    Value::Texts(breakers.iter().map(told).collect())
}

pub(super) fn from_item(item: &Item) -> Result<Vec<Breaker>, Unreadable> {
    if !item.contains_key(field::BREAKERS) {
        return Ok(Vec::new());
    }
    let breakers = texts(item, field::BREAKERS)?;
    breakers.iter().map(|text| read(text)).collect::<Option<_>>().ok_or(field::BREAKERS)
}

fn read(text: &str) -> Option<Breaker> {
    let mut words = text.splitn(5, ' ');
    let mut word = || words.next();
    Some(Breaker {
        n: word()?.parse().ok()?,
        at: Timestamp(word()?.parse().ok()?),
        n_pauses: word()?.parse().ok()?,
        until: Timestamp(word()?.parse().ok()?),
        zone: word()?.into(),
    })
}
