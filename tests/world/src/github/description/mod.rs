//! GitHub's own OpenAPI description: which calls there are, what may be asked, what must be answered.

mod load;
mod schema;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

pub(crate) use load::load;
use schema::{Compiled, Schemas};

/// The operations that are served. All else in the description is skipped unread.
pub(crate) struct Description {
    operations: Vec<Operation>,
    schemas: Schemas,
    examples: BTreeMap<String, Value>,
    basic_error: OnceLock<Compiled>,
}

pub(crate) struct Operation {
    /// GitHub's name, as `actions/generate-runner-jitconfig-for-org`.
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) documentation_url: String,
    segments: Vec<Segment>,
    parameters: Vec<Parameter>,
    body: Option<Body>,
    answers: BTreeMap<u16, Option<Shape>>,
}

enum Segment {
    Fixed(String),
    Named(String),
}

struct Parameter {
    name: String,
    is_in_path: bool,
    shape: Shape,
}

struct Body {
    is_required: bool,
    properties: Vec<String>,
    shape: Shape,
}

/// A schema, compiled when it is first needed.
struct Shape {
    source: Value,
    compiled: OnceLock<Compiled>,
}

/// A call that the description knows, taken apart.
pub(crate) struct Matched<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) path: BTreeMap<String, String>,
}

impl Description {
    pub(crate) fn matching(&self, method: &str, path: &str) -> Option<Matched<'_>> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        self.operations
            .iter()
            .filter(|operation| operation.method == method)
            .find_map(|operation| operation.capture(&parts).map(|path| Matched { operation, path }))
    }

    /// An example of the description, from which answers are made.
    pub(crate) fn example(&self, name: &str) -> Value {
        self.examples.get(name).cloned().unwrap_or(Value::Null)
    }

    /// What is wrong with a call, if anything is.
    pub(crate) fn check_call(
        &self,
        call: &Matched<'_>,
        query: &BTreeMap<String, String>,
        body: Option<&Value>,
    ) -> Vec<String> {
        let operation = call.operation;
        let mut faults = Vec::new();
        for parameter in &operation.parameters {
            let given = if parameter.is_in_path { &call.path } else { query };
            if let Some(text) = given.get(&parameter.name) {
                let value = schema::coerce(&parameter.shape.source, text);
                let found = self.check(&parameter.shape, &value);
                faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", parameter.name)));
            }
        }
        let known = |name: &str| operation.parameters.iter().any(|p| !p.is_in_path && p.name == name);
        faults.extend(
            query.keys().filter(|name| !known(name)).map(|name| format!("{name}: no such query parameter")),
        );
        match (&operation.body, body) {
            (Some(expected), Some(body)) => {
                faults.extend(self.check(&expected.shape, body));
                let unknown = |name: &&String| !expected.properties.contains(name);
                let names = body.as_object().map(Map::keys).into_iter().flatten().filter(unknown);
                faults.extend(names.map(|name| format!("/{name}: no such property")));
            }
            (Some(expected), None) if expected.is_required => faults.push("a body is required".to_owned()),
            (None, Some(body)) if body.as_object().is_none_or(|body| !body.is_empty()) => {
                faults.push("no body is expected".to_owned());
            }
            (Some(_) | None, None) | (None, Some(_)) => {}
        }
        faults
    }

    /// What is wrong with one of our own answers, if anything is.
    pub(crate) fn check_answer(
        &self,
        operation: &Operation,
        status: u16,
        body: Option<&Value>,
    ) -> Vec<String> {
        match (operation.answers.get(&status), body) {
            (Some(Some(shape)), Some(body)) => self.check(shape, body),
            (Some(None), None) => Vec::new(),
            (Some(Some(_)), None) => vec![format!("{status} without the body it must have")],
            (Some(None), Some(_)) => vec![format!("{status} with a body it must not have")],
            // GitHub describes few refusals of few operations; the shape is one for all.
            (None, Some(body)) if status >= 400 => {
                let basic = serde_json::json!({ "$ref": "#/components/schemas/basic-error" });
                self.basic_error.get_or_init(|| self.schemas.compile(&basic)).faults(body)
            }
            (None, Some(_) | None) => vec![format!("{status} is no answer of {}", operation.id)],
        }
    }

    fn check(&self, shape: &Shape, value: &Value) -> Vec<String> {
        shape.compiled.get_or_init(|| self.schemas.compile(&shape.source)).faults(value)
    }
}

impl Operation {
    fn capture(&self, parts: &[&str]) -> Option<BTreeMap<String, String>> {
        if parts.len() != self.segments.len() {
            return None;
        }
        let mut captured = BTreeMap::new();
        for (segment, part) in self.segments.iter().zip(parts) {
            match segment {
                Segment::Fixed(text) if text == part => {}
                Segment::Fixed(_) => return None,
                Segment::Named(name) => {
                    captured.insert(name.clone(), crate::github::percent_decoded(part));
                }
            }
        }
        Some(captured)
    }
}

impl Shape {
    fn new(source: Value) -> Self {
        Self { source, compiled: OnceLock::new() }
    }
}

impl std::fmt::Debug for Description {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Description").field("operations", &self.operations.len()).finish_non_exhaustive()
    }
}
