//! OpenAPI 3.0's dialect turned into JSON Schema, and compiled.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Map, Value, json};

const PREFIX: &str = "#/components/schemas/";

/// The component schemas that something served refers to.
pub(super) struct Schemas(pub(super) BTreeMap<String, Value>);

pub(super) struct Compiled(Result<jsonschema::Validator, String>);

impl Schemas {
    pub(super) fn compile(&self, source: &Value) -> Compiled {
        let mut needed = Map::new();
        let mut wanted: Vec<String> = references(source).into_iter().collect();
        while let Some(name) = wanted.pop() {
            if let Some(schema) = self.0.get(&name).filter(|_| !needed.contains_key(&name)) {
                wanted.extend(references(schema));
                needed.insert(name, schema.clone());
            }
        }
        let document = json!({ "allOf": [source], "components": { "schemas": needed } });
        let compiled = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft4)
            .should_validate_formats(true)
            .build(&document);
        Compiled(compiled.map_err(|error| error.to_string()))
    }
}

impl Compiled {
    pub(super) fn faults(&self, value: &Value) -> Vec<String> {
        match &self.0 {
            Ok(validator) => validator
                .iter_errors(value)
                .map(|error| format!("{}: {}", error.instance_path(), error.masked()))
                .collect(),
            Err(error) => vec![format!("the schema itself: {error}")],
        }
    }
}

/// All component schemas that these refer to, directly or not.
pub(super) fn closure<'a>(
    sources: impl Iterator<Item = &'a Value>,
    read: impl Fn(&str) -> Result<Value>,
) -> Result<Schemas> {
    let mut found = BTreeMap::new();
    let mut wanted: BTreeSet<String> = sources.flat_map(references).collect();
    wanted.insert("basic-error".to_owned());
    while let Some(name) = wanted.pop_first() {
        if found.contains_key(&name) {
            continue;
        }
        let schema = converted(&read(&name)?);
        wanted.extend(references(&schema));
        found.insert(name, schema);
    }
    Ok(Schemas(found))
}

/// `nullable` is OpenAPI's own word: JSON Schema says it with another type. Prose is dropped.
pub(super) fn converted(schema: &Value) -> Value {
    let fields = match schema {
        Value::Object(fields) => fields,
        Value::Array(items) => return items.iter().map(converted).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return schema.clone(),
    };
    let is_prose = |key: &str, value: &Value| {
        matches!(key, "description" | "title" | "example" | "externalDocs" | "deprecated" | "discriminator")
            && !value.is_object()
            || key == "examples"
            || key == "nullable" && value.is_boolean()
    };
    let mut out: Map<String, Value> = fields
        .iter()
        .filter(|(key, value)| !is_prose(key, value))
        .map(|(key, value)| (key.clone(), if key == "enum" { value.clone() } else { converted(value) }))
        .collect();
    if fields.get("nullable") != Some(&Value::Bool(true)) {
        return Value::Object(out);
    }
    match out.remove("type") {
        Some(kind) => {
            out.insert("type".to_owned(), json!([kind, "null"]));
            if let Some(Value::Array(values)) = out.get_mut("enum") {
                values.push(Value::Null);
            }
            Value::Object(out)
        }
        None => json!({ "anyOf": [{ "type": "null" }, out] }),
    }
}

/// A query or path text as the type its schema wants.
pub(super) fn coerce(schema: &Value, text: &str) -> Value {
    match schema["type"].as_str() {
        Some("integer" | "number") => text.parse::<i64>().map_or_else(|_| json!(text), |n| json!(n)),
        Some("boolean") => text.parse::<bool>().map_or_else(|_| json!(text), |b| json!(b)),
        Some(_) | None => json!(text),
    }
}

/// The properties a body may have, through `oneOf` and its like.
pub(super) fn property_names(schema: &Value) -> Vec<String> {
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
    let nested = ["oneOf", "anyOf", "allOf"]
        .into_iter()
        .filter_map(|key| schema[key].as_array())
        .flatten()
        .flat_map(property_names);
    own.chain(nested).collect()
}

fn references(schema: &Value) -> BTreeSet<String> {
    match schema {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix(PREFIX));
            fields.values().flat_map(references).chain(own.map(str::to_owned)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => BTreeSet::new(),
    }
}
