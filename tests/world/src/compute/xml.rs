//! Answers as XML.

use quick_xml::escape::escape;
use serde_json::{Map, Value};

/// Members as elements, the items of lists wrapped in `item_tag`; what is null is left out.
pub(super) fn members(out: &mut String, members: &Map<String, Value>, item_tag: &str) {
    for (name, value) in members {
        element(out, name, value, item_tag);
    }
}

pub(super) fn element(out: &mut String, name: &str, value: &Value, item_tag: &str) {
    if value.is_null() {
        return;
    }
    *out += &format!("<{name}>");
    match value {
        Value::Object(inner) => members(out, inner, item_tag),
        Value::Array(items) => items.iter().for_each(|item| element(out, item_tag, item, item_tag)),
        Value::String(text) => *out += &escape(text.as_str()),
        Value::Bool(_) | Value::Number(_) => *out += &value.to_string(),
        Value::Null => {}
    }
    *out += &format!("</{name}>");
}
