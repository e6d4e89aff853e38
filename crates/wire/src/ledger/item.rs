//! A row without its key: named values, read one at a time.

use std::collections::BTreeMap;
use std::str::FromStr;

use model::time::Timestamp;

pub type Item = BTreeMap<String, Value>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(u64),
    Flag(bool),
    Texts(Vec<String>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Number(at.0)
    }
}

/// A row that somebody else wrote, or an older or newer Quillon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger's row `{key}` has no readable `{field}`")]
pub struct RowError {
    pub key: String,
    pub field: &'static str,
}

/// The name of the field that cannot be read.
pub(super) type Unreadable = &'static str;

pub(super) fn put(item: &mut Item, field: &str, value: impl Into<Value>) {
    item.insert(field.to_owned(), value.into());
}

pub(super) fn put_some(item: &mut Item, field: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        put(item, field, value);
    }
}

pub(super) fn text<'a>(item: &'a Item, field: &'static str) -> Result<&'a str, Unreadable> {
    maybe_text(item, field).ok_or(field)
}

pub(super) fn maybe_text<'a>(item: &'a Item, field: &str) -> Option<&'a str> {
    match item.get(field)? {
        Value::Text(text) => Some(text),
        Value::Number(_) | Value::Flag(_) | Value::Texts(_) => None,
    }
}

/// A text that has a type of its own.
pub(super) fn maybe_parsed<T: FromStr>(item: &Item, field: &'static str) -> Result<Option<T>, Unreadable> {
    maybe_text(item, field).map(|text| text.parse().map_err(|_| field)).transpose()
}

pub(super) fn texts(item: &Item, field: &'static str) -> Result<Vec<String>, Unreadable> {
    match item.get(field) {
        Some(Value::Texts(texts)) => Ok(texts.clone()),
        Some(Value::Text(_) | Value::Number(_) | Value::Flag(_)) | None => Err(field),
    }
}

pub(super) fn number(item: &Item, field: &'static str) -> Result<u64, Unreadable> {
    maybe_number(item, field).ok_or(field)
}

pub(super) fn maybe_number(item: &Item, field: &str) -> Option<u64> {
    match item.get(field)? {
        Value::Number(number) => Some(*number),
        Value::Text(_) | Value::Flag(_) | Value::Texts(_) => None,
    }
}

pub(super) fn small(item: &Item, field: &'static str) -> Result<u32, Unreadable> {
    u32::try_from(number(item, field)?).map_err(|_| field)
}

pub(super) fn time(item: &Item, field: &'static str) -> Result<Timestamp, Unreadable> {
    number(item, field).map(Timestamp)
}

pub(super) fn maybe_time(item: &Item, field: &str) -> Option<Timestamp> {
    maybe_number(item, field).map(Timestamp)
}

pub(super) fn flag(item: &Item, field: &'static str) -> Result<bool, Unreadable> {
    match item.get(field) {
        Some(Value::Flag(flag)) => Ok(*flag),
        Some(Value::Text(_) | Value::Number(_) | Value::Texts(_)) | None => Err(field),
    }
}
