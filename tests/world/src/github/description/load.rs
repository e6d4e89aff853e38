//! Reading the description: 13 MB, of which only what is served is parsed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::schema;
use super::{Body, Description, Operation, Parameter, Segment, Shape};

const FILE: &str = "@octokit/openapi/generated/api.github.com.json";

/// Every call that is served, and nothing else.
const SERVED: &[(&str, &str)] = &[
    ("get", "/app"),
    ("get", "/app/hook/config"),
    ("patch", "/app/hook/config"),
    ("get", "/app/hook/deliveries"),
    ("get", "/app/hook/deliveries/{delivery_id}"),
    ("post", "/app/hook/deliveries/{delivery_id}/attempts"),
    ("get", "/app/installations"),
    ("get", "/app/installations/{installation_id}"),
    ("post", "/app/installations/{installation_id}/access_tokens"),
    ("get", "/orgs/{org}/installation"),
    ("get", "/repos/{owner}/{repo}/installation"),
    ("get", "/orgs/{org}/actions/runner-groups"),
    ("get", "/orgs/{org}/actions/runners"),
    ("post", "/orgs/{org}/actions/runners/generate-jitconfig"),
    ("get", "/orgs/{org}/actions/runners/{runner_id}"),
    ("delete", "/orgs/{org}/actions/runners/{runner_id}"),
    ("get", "/repos/{owner}/{repo}/actions/runners"),
    ("post", "/repos/{owner}/{repo}/actions/runners/generate-jitconfig"),
    ("get", "/repos/{owner}/{repo}/actions/runners/{runner_id}"),
    ("delete", "/repos/{owner}/{repo}/actions/runners/{runner_id}"),
    ("get", "/repos/{owner}/{repo}/actions/jobs/{job_id}"),
    ("post", "/repos/{owner}/{repo}/actions/jobs/{job_id}/rerun"),
    ("get", "/repos/{owner}/{repo}/actions/runs/{run_id}"),
    ("get", "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs"),
    ("post", "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun"),
    ("post", "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs"),
    ("post", "/repos/{owner}/{repo}/actions/runs/{run_id}/cancel"),
    ("post", "/repos/{owner}/{repo}/check-runs"),
    ("get", "/repos/{owner}/{repo}/commits/{ref}/check-runs"),
    ("get", "/repos/{owner}/{repo}"),
    ("get", "/rate_limit"),
];

/// The examples that answers are made from.
const EXAMPLES: &[&str] = &[
    "check-run-example-of-in-progress-conclusion",
    "full-repository-default-response",
    "hook-delivery",
    "installation",
    "integration",
    "job",
    "rate-limit-overview",
    "runner-groups-org",
    "webhook-config",
    "workflow-run",
];

type Raw<'a> = BTreeMap<String, &'a RawValue>;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    paths: Raw<'a>,
    #[serde(borrow)]
    components: Components<'a>,
}

#[derive(Deserialize)]
struct Components<'a> {
    #[serde(borrow)]
    schemas: Raw<'a>,
    #[serde(borrow)]
    parameters: Raw<'a>,
    #[serde(borrow)]
    responses: Raw<'a>,
    #[serde(borrow)]
    examples: Raw<'a>,
}

pub(crate) fn load(node_modules: &Path) -> Result<Description> {
    let path = node_modules.join(FILE);
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("no description of GitHub at {}; `npm ci` in tests/world brings it", path.display())
    })?;
    let file: File<'_> =
        serde_json::from_str(&text).with_context(|| format!("{} is no description", path.display()))?;
    let mut operations = Vec::new();
    for (method, path) in SERVED {
        let described = raw(&file.paths, path)?;
        let described = described.get(*method).ok_or_else(|| anyhow!("{method} {path} is not described"))?;
        operations.push(operation(method, path, described, &file.components)?);
    }
    let sources = operations.iter().flat_map(Operation::sources);
    let mut schemas = schema::closure(sources, |name| raw(&file.components.schemas, name))?;
    // GitHub answers null for a fork that was deleted since.
    let run = schemas.0.get_mut("workflow-run").ok_or_else(|| anyhow!("no run is described"))?;
    let head = run["properties"]["head_repository"].take();
    run["properties"]["head_repository"] = json!({ "anyOf": [{ "type": "null" }, head] });
    let mut examples = BTreeMap::new();
    for name in EXAMPLES {
        let mut example = raw(&file.components.examples, name)?;
        examples.insert((*name).to_owned(), example["value"].take());
    }
    Ok(Description { operations, schemas, examples, basic_error: std::sync::OnceLock::new() })
}

fn operation(method: &str, path: &str, described: &Value, components: &Components<'_>) -> Result<Operation> {
    let segments = path.trim_matches('/').split('/').map(|part| {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => Segment::Named(name.to_owned()),
            None => Segment::Fixed(part.to_owned()),
        }
    });
    let mut parameters = Vec::new();
    for parameter in described["parameters"].as_array().into_iter().flatten() {
        let parameter = resolved(parameter, &components.parameters)?;
        parameters.push(Parameter {
            name: text(&parameter["name"]),
            is_in_path: parameter["in"] == "path",
            shape: Shape::new(schema::converted(&parameter["schema"])),
        });
    }
    let mut answers = BTreeMap::new();
    for (status, answer) in described["responses"].as_object().into_iter().flatten() {
        let answer = resolved(answer, &components.responses)?;
        let mut shape = json_schema(&answer).map(Shape::new);
        if path == "/app/installations" {
            // Here the description wants an account to be a user *and* an enterprise; elsewhere, either.
            let items = json!({ "$ref": "#/components/schemas/installation" });
            shape = Some(Shape::new(json!({ "type": "array", "items": items })));
        }
        answers.insert(status.parse().with_context(|| format!("{path}: status {status}"))?, shape);
    }
    let request = &described["requestBody"];
    let body = json_schema(request).map(|source| Body {
        is_required: request["required"] == true,
        properties: schema::property_names(&source),
        shape: Shape::new(source),
    });
    Ok(Operation {
        id: text(&described["operationId"]),
        method: method.to_ascii_uppercase(),
        documentation_url: text(&described["externalDocs"]["url"]),
        segments: segments.collect(),
        parameters,
        body,
        answers,
    })
}

impl Operation {
    fn sources(&self) -> impl Iterator<Item = &Value> {
        let parameters = self.parameters.iter().map(|parameter| &parameter.shape.source);
        let body = self.body.iter().map(|body| &body.shape.source);
        let answers = self.answers.values().flatten().map(|shape| &shape.source);
        parameters.chain(body).chain(answers)
    }
}

fn json_schema(described: &Value) -> Option<Value> {
    described["content"].get("application/json").map(|content| schema::converted(&content["schema"]))
}

fn resolved(value: &Value, components: &Raw<'_>) -> Result<Value> {
    match value["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        Some(name) => raw(components, name),
        None => Ok(value.clone()),
    }
}

fn raw(from: &Raw<'_>, name: &str) -> Result<Value> {
    let raw = from.get(name).ok_or_else(|| anyhow!("the description has no `{name}`"))?;
    serde_json::from_str(raw.get()).with_context(|| format!("`{name}` of the description"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_served_is_read() {
        let modules = crate::Options::of_this_process().unwrap().setup().node_modules().unwrap();
        let description = load(&modules).unwrap();
        assert_eq!(description.operations.len(), SERVED.len());
        assert!(description.schemas.0.len() < 120, "{} schemas", description.schemas.0.len());
    }
}
