//! Rows as DynamoDB writes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wire::ledger::{Item, Key, Row, RowError, Value};

pub(super) const PARTITION: &str = "pk";
pub(super) const SORT: &str = "sk";

pub(super) type Attributes = BTreeMap<String, Attribute>;

/// A value with its type, as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Attribute {
    S(String),
    N(String),
    #[serde(rename = "BOOL")]
    Bool(bool),
    L(Vec<Self>),
    /// What no field of ours can hold.
    #[serde(untagged)]
    Other(serde_json::Value),
}

/// The two attributes that say where a row stands.
pub(super) fn key_attributes(key: &Key) -> Attributes {
    [(PARTITION.to_owned(), Attribute::S(key.partition())), (SORT.to_owned(), Attribute::S(key.sort()))]
        .into()
}

pub(super) fn to_attribute(value: Value) -> Attribute {
    match value {
        Value::Text(text) => Attribute::S(text),
        Value::Number(number) => Attribute::N(number.to_string()),
        Value::Flag(flag) => Attribute::Bool(flag),
        // A list and not a set: sets have no order and cannot be empty.
        Value::Texts(texts) => Attribute::L(texts.into_iter().map(Attribute::S).collect()),
    }
}

/// Reads a row with its key. What no field of ours can hold is passed over: the row is unreadable only
/// if it needs it.
pub(super) fn to_row(attributes: Attributes) -> Result<Row, RowError> {
    let (mut partition, mut sort) = (String::new(), String::new());
    let mut item = Item::new();
    for (name, attribute) in attributes {
        match (name.as_str(), to_value(attribute)) {
            (PARTITION, Some(Value::Text(text))) => partition = text,
            (SORT, Some(Value::Text(text))) => sort = text,
            (_, Some(value)) => {
                item.insert(name, value);
            }
            (_, None) => {}
        }
    }
    match Key::parse(&partition, &sort) {
        Some(key) => Row::from_item(&key, &item),
        None => Err(RowError { key: format!("{partition}/{sort}"), field: SORT }),
    }
}

fn to_value(attribute: Attribute) -> Option<Value> {
    match attribute {
        Attribute::S(text) => Some(Value::Text(text)),
        Attribute::N(number) => number.parse().ok().map(Value::Number),
        Attribute::Bool(flag) => Some(Value::Flag(flag)),
        Attribute::L(texts) => texts.into_iter().map(to_text).collect::<Option<_>>().map(Value::Texts),
        Attribute::Other(_) => None,
    }
}

fn to_text(attribute: Attribute) -> Option<String> {
    match attribute {
        Attribute::S(text) => Some(text),
        Attribute::N(_) | Attribute::Bool(_) | Attribute::L(_) | Attribute::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_field_can_hold_is_passed_over_whatever_it_is() {
        for other in [
            json!({ "M": { "S": { "S": "a" } } }),
            json!({ "NULL": true }),
            json!({ "SS": ["a"] }),
            json!({ "S": 7 }),
            json!({ "OF_A_LATER_YEAR": [] }),
        ] {
            let read: Attribute = serde_json::from_value(other.clone()).unwrap();
            assert_eq!(read, Attribute::Other(other));
        }
        let list: Attribute =
            serde_json::from_value(json!({ "L": [{ "S": "a" }, { "NULL": true }] })).unwrap();
        assert_eq!(to_value(list), None, "half a list is none");
    }
}
