//! A ledger as a file: a row a line, each a JSON object of its key and its named values.

use serde_json::{Map, Value as Json};

use super::{Item, Key, Row, Value};

const PARTITION: &str = "pk";
const SORT: &str = "sk";

/// What keeps a line from being a row.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("it is no JSON object")]
    Json(#[source] serde_json::Error),
    #[error("it has no `{0}` that is a text")]
    Key(&'static str),
    #[error("`{0}` is neither text, whole number, flag nor list of texts")]
    Value(String),
    #[error(transparent)]
    Row(#[from] super::RowError),
}

pub fn line(row: &Row) -> String {
    let key = row.key();
    let mut object = Map::new();
    object.insert(PARTITION.to_owned(), key.partition().into());
    object.insert(SORT.to_owned(), key.sort().into());
    object.extend(row.to_item().into_iter().map(|(name, value)| (name, to_json(value))));
    Json::Object(object).to_string()
}

/// Nothing, if it is the row of a newer Quillon, which has keys that this one does not know.
pub fn row(line: &str) -> Result<Option<Row>, RecordError> {
    let mut object: Map<String, Json> = serde_json::from_str(line).map_err(RecordError::Json)?;
    let mut part = |name: &'static str| match object.remove(name) {
        Some(Json::String(text)) => Ok(text),
        Some(_) | None => Err(RecordError::Key(name)),
    };
    let (partition, sort) = (part(PARTITION)?, part(SORT)?);
    let Some(key) = Key::parse(&partition, &sort) else { return Ok(None) };
    let named = object.into_iter().map(|(name, json)| match from_json(json) {
        Some(value) => Ok((name, value)),
        None => Err(RecordError::Value(name)),
    });
    let item: Item = named.collect::<Result<_, _>>()?;
    Ok(Some(Row::from_item(&key, &item)?))
}

fn to_json(value: Value) -> Json {
    match value {
        Value::Text(text) => text.into(),
        Value::Number(number) => number.into(),
        Value::Flag(flag) => flag.into(),
        Value::Texts(texts) => texts.into(),
    }
}

fn from_json(json: Json) -> Option<Value> {
    match json {
        Json::String(text) => Some(Value::Text(text)),
        Json::Number(number) => number.as_u64().map(Value::Number),
        Json::Bool(flag) => Some(Value::Flag(flag)),
        Json::Array(texts) => {
            let texts = texts.into_iter().map(|text| text.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map(Value::Texts)
        }
        Json::Null | Json::Object(_) => None,
    }
}
