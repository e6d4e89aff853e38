//! What is not asked in AWS's JSON: the configuration's bucket, GitHub, and the engine's registry.

use http::request::Parts;
use http::{Method, StatusCode};
use serde_json::json;

use super::Outside;
use crate::bench::document;
use crate::bench::http::{Answer, text, with};
use crate::bench::scene;

const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const ETAG: &str = "\"d41d8cd98f00b204e9800998ecf8427e\"";
const JSON: &str = "application/json; charset=utf-8";

impl Outside {
    pub(super) fn elsewhere(&self, parts: &Parts) -> Option<Answer> {
        let path = parts.uri.path().trim_start_matches('/');
        match (&parts.method, path.split('/').collect::<Vec<_>>().as_slice()) {
            (&Method::GET, [document::BUCKET, document::KEY]) => Some(self.document(parts)),
            (&Method::POST, ["app", "installations", _, "access_tokens"]) => Some(access_token()),
            (&Method::GET, ["repos", _, _, "actions", "runs", run]) => Some(workflow_run(run)),
            (&Method::HEAD | &Method::GET, ["v2", "engine", "manifests", tag]) => Some(moved(parts, tag)),
            (&Method::GET, ["token"]) => {
                Some(text(StatusCode::OK, JSON, r#"{"token":"anonymous"}"#.to_owned()))
            }
            (&Method::HEAD, ["v2", "dagger", "engine", "manifests", _]) => Some(manifest(parts)),
            _ => None,
        }
    }

    fn document(&self, parts: &Parts) -> Answer {
        let known = parts.headers.get(http::header::IF_NONE_MATCH);
        let answer = match known.is_some_and(|etag| etag == ETAG) {
            true => text(StatusCode::NOT_MODIFIED, "application/json", String::new()),
            false => text(StatusCode::OK, "application/json", self.document.clone()),
        };
        with(answer, "etag", ETAG)
    }
}

fn access_token() -> Answer {
    // Later than any run of the benchmark.
    let body = json!({
        "token": format!("ghs_{}", "0".repeat(36)),
        "expires_at": "2099-01-01T00:00:00Z",
        "permissions": { "actions": "read", "organization_self_hosted_runners": "write" },
        "repository_selection": "all",
    });
    limited(text(StatusCode::CREATED, JSON, body.to_string()))
}

fn workflow_run(id: &str) -> Answer {
    let repository = json!({ "id": scene::REPOSITORY, "name": "engine", "full_name": "acme/engine" });
    let body = json!({
        "id": id.parse::<u64>().unwrap_or_default(),
        "event": "push",
        "status": "queued",
        "conclusion": null,
        "repository": repository,
        "head_repository": repository,
    });
    limited(text(StatusCode::OK, JSON, body.to_string()))
}

fn limited(answer: Answer) -> Answer {
    let answer = with(answer, "x-ratelimit-limit", "5000");
    let answer = with(answer, "x-ratelimit-remaining", "4999");
    let answer = with(answer, "x-ratelimit-reset", "4070908800");
    with(answer, "x-ratelimit-resource", "core")
}

/// The engine's own registry is another's front.
fn moved(parts: &Parts, tag: &str) -> Answer {
    let location = format!("http://{}/v2/dagger/engine/manifests/{tag}", host(parts));
    with(text(StatusCode::TEMPORARY_REDIRECT, "text/plain", String::new()), "location", &location)
}

fn manifest(parts: &Parts) -> Answer {
    if !parts.headers.contains_key(http::header::AUTHORIZATION) {
        let realm = format!("http://{}/token", host(parts));
        let challenge =
            format!(r#"Bearer realm="{realm}",service="ghcr.io",scope="repository:dagger/engine:pull""#);
        let answer = text(StatusCode::UNAUTHORIZED, "application/json", String::new());
        return with(answer, "www-authenticate", &challenge);
    }
    let answer = text(StatusCode::OK, "application/vnd.oci.image.index.v1+json", String::new());
    with(answer, "docker-content-digest", DIGEST)
}

fn host(parts: &Parts) -> &str {
    parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}
