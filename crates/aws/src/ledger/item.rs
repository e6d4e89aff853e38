//! Rows as DynamoDB writes them.

use aws_sdk_dynamodb::types::AttributeValue;
use wire::ledger::{Item, Key, Row, RowError, Value};

pub(super) const PARTITION: &str = "pk";
pub(super) const SORT: &str = "sk";

/// The two attributes that say where a row stands.
pub(super) fn key_attributes(key: &Key) -> [(String, AttributeValue); 2] {
    [
        (PARTITION.to_owned(), AttributeValue::S(key.partition())),
        (SORT.to_owned(), AttributeValue::S(key.sort())),
    ]
}

pub(super) fn to_attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Text(text) => AttributeValue::S(text.clone()),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::Flag(flag) => AttributeValue::Bool(*flag),
        // A list and not a set: sets have no order and cannot be empty.
        Value::Texts(texts) => AttributeValue::L(texts.iter().cloned().map(AttributeValue::S).collect()),
    }
}

/// Reads a row with its key. What no field of ours can hold is passed over: the row is unreadable only
/// if it needs it.
pub(super) fn to_row(
    attributes: impl IntoIterator<Item = (String, AttributeValue)>,
) -> Result<Row, RowError> {
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

fn to_value(attribute: AttributeValue) -> Option<Value> {
    match attribute {
        AttributeValue::S(text) => Some(Value::Text(text)),
        AttributeValue::N(number) => number.parse().ok().map(Value::Number),
        AttributeValue::Bool(flag) => Some(Value::Flag(flag)),
        AttributeValue::L(texts) => texts.iter().map(to_text).collect::<Option<_>>().map(Value::Texts),
        AttributeValue::B(_)
        | AttributeValue::Bs(_)
        | AttributeValue::M(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Null(_)
        | AttributeValue::Ss(_)
        | _ => None,
    }
}

fn to_text(attribute: &AttributeValue) -> Option<String> {
    attribute.as_s().ok().cloned()
}
