//! One request, one answer, in the words of the distribution specification and of ghcr.io.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::Full;
use serde_json::json;

use super::image::INDEX;
use super::store::{Front, Grant, Request, Store, Trouble};

/// Names in front are shorter by this.
const OWNER: &str = "dagger";
const SERVICE: &str = "ghcr.io";

pub(super) struct Server {
    pub(super) part: Part,
    pub(super) origin: SocketAddr,
    pub(super) store: Arc<Mutex<Store>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Front,
    Origin,
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Server {
    pub(super) fn answer<B>(&self, request: &hyper::Request<B>, now: Duration) -> Response<Full<Bytes>> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let is_known = ["GET", "HEAD"].contains(&request.method().as_str());
        let mut answer = match store.trouble {
            Some(Trouble::Outage) => fault(503, "UNAVAILABLE", "service unavailable"),
            Some(Trouble::TooManyRequests { retry_after }) => {
                let mut answer = fault(429, "TOOMANYREQUESTS", "too many requests");
                answer.headers.push(("retry-after", retry_after.as_secs().to_string()));
                answer
            }
            None if !is_known => fault(405, "UNSUPPORTED", "the operation is unsupported"),
            None => self.route(&mut store, target, request.headers(), now),
        };
        store.requests.push(Request {
            is_front: self.part == Part::Front,
            method: request.method().to_string(),
            target: target.to_owned(),
            status: answer.status,
        });
        let mut response = Response::builder()
            .status(answer.status)
            .header("docker-distribution-api-version", "registry/2.0")
            .header("content-length", answer.body.len());
        for (name, value) in answer.headers {
            response = response.header(name, value);
        }
        if request.method() == http::Method::HEAD {
            answer.body.clear();
        }
        response.body(Full::new(Bytes::from(answer.body))).expect("our own header values are plain text")
    }

    fn route(&self, store: &mut Store, target: &str, headers: &HeaderMap, now: Duration) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let host = headers.get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if path == "/token" {
            return self.token(store, query, now);
        }
        let Some(rest) = path.strip_prefix("/v2/").or((path == "/v2").then_some("")) else {
            return fault(404, "NAME_UNKNOWN", "repository name not known to registry");
        };
        if rest.is_empty() {
            return challenge(host, "user/image", "authentication required");
        }
        let Some((name, reference)) = rest.rsplit_once("/manifests/") else {
            return fault(404, "BLOB_UNKNOWN", "blob unknown to registry");
        };
        let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
        let name = match (self.part, store.front) {
            (Part::Origin, _) => name.to_owned(),
            (Part::Front, Front::Proxy) if authorization.is_none() => {
                return manifest(store, &format!("{OWNER}/{name}"), reference, headers);
            }
            (Part::Front, Front::Proxy) => format!("{OWNER}/{name}"),
            (Part::Front, Front::Redirect) => {
                let location = format!("http://{}/v2/{OWNER}/{name}/manifests/{reference}", self.origin);
                let mut answer = Answer { status: 307, headers: Vec::new(), body: Vec::new() };
                answer.headers.push(("location", location));
                return answer;
            }
        };
        let token = authorization.and_then(|value| value.strip_prefix("Bearer "));
        // What the name in front passes on, it passes on with the other's host in it.
        let realm = self.origin.to_string();
        match token.map(|token| store.grant(token, &name, now)) {
            Some(Grant::Open) => manifest(store, &name, reference, headers),
            Some(Grant::Elsewhere) => fault(403, "DENIED", "requested access to the resource is denied"),
            Some(Grant::Invalid) | None => challenge(&realm, &name, "authentication required"),
        }
    }

    /// A token for whoever asks, for images that are public. Others are denied, whether they exist or not.
    fn token(&self, store: &mut Store, query: &str, now: Duration) -> Answer {
        let scope = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "scope");
        let scope = scope.map(|(_, value)| value.into_owned()).unwrap_or_default();
        let Some(name) = scope.strip_prefix("repository:").and_then(|rest| rest.rsplit_once(':')) else {
            return fault(400, "UNSUPPORTED", "a scope is `repository:<name>:pull`");
        };
        let name = match self.part {
            Part::Origin => name.0.to_owned(),
            Part::Front => format!("{OWNER}/{}", name.0),
        };
        if !store.knows(&name) {
            return fault(403, "DENIED", "requested access to the resource is denied");
        }
        let token = store.issue(&name, now);
        Answer {
            status: 200,
            headers: vec![("content-type", "application/json".to_owned())],
            body: json!({ "token": token }).to_string().into_bytes(),
        }
    }
}

fn manifest(store: &Store, name: &str, reference: &str, headers: &HeaderMap) -> Answer {
    let Some(document) = store.document(name, reference) else {
        return fault(404, "MANIFEST_UNKNOWN", "manifest unknown");
    };
    let takes = |media_type: &str| {
        let accepted = headers.get_all("accept").iter().filter_map(|value| value.to_str().ok());
        accepted.flat_map(|value| value.split(',')).any(|one| {
            let one = one.split(';').next().unwrap_or_default().trim();
            one == media_type || one == "*/*"
        })
    };
    if document.media_type == INDEX && !takes(INDEX) {
        let message = "OCI index found, but Accept header does not support OCI indexes";
        return fault(404, "MANIFEST_UNKNOWN", message);
    }
    Answer {
        status: 200,
        headers: vec![
            ("content-type", document.media_type.to_owned()),
            ("docker-content-digest", document.digest.clone()),
            ("etag", format!("\"{}\"", document.digest)),
        ],
        body: document.bytes.clone(),
    }
}

fn challenge(host: &str, name: &str, message: &str) -> Answer {
    let mut answer = fault(401, "UNAUTHORIZED", message);
    let value = format!(
        "Bearer realm=\"http://{host}/token\",service=\"{SERVICE}\",scope=\"repository:{name}:pull\""
    );
    answer.headers.push(("www-authenticate", value));
    answer
}

fn fault(status: u16, code: &str, message: &str) -> Answer {
    Answer {
        status,
        headers: vec![("content-type", "application/json".to_owned())],
        body: json!({ "errors": [{ "code": code, "message": message }] }).to_string().into_bytes(),
    }
}
