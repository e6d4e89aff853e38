//! The registry as a client of the distribution specification meets it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

use std::time::Duration;

use serde_json::Value;
use world::github::http::{self, Response};
use world::registry::{Architecture, Front, RegistryHandle, Trouble};

const BOTH: &[Architecture] = &[Architecture::Amd64, Architecture::Arm64];
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

async fn registry() -> RegistryHandle {
    let any = "127.0.0.1:0".parse().unwrap();
    RegistryHandle::start(any, any).await.unwrap()
}

async fn get(method: &str, url: &str, headers: &[(&str, &str)]) -> Response {
    let headers: Vec<_> = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    http::send(method, url, &headers, Vec::new(), Duration::from_secs(10)).await.unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

fn code(answer: &Response) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["errors"][0]["code"].as_str().unwrap().to_owned()
}

/// Follows the challenge of a refused request, as every client does.
async fn token(refused: &Response) -> Response {
    assert_eq!(refused.status, 401);
    let challenge = header(refused, "www-authenticate");
    let part = |name: &str| challenge.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap();
    let url = format!("{}?service={}&scope={}", part("realm"), part("service"), part("scope"));
    get("GET", &url, &[]).await
}

async fn bearer(refused: &Response) -> String {
    let answer: Value = serde_json::from_slice(&token(refused).await.body).unwrap();
    format!("Bearer {}", answer["token"].as_str().unwrap())
}

#[tokio::test]
async fn a_tag_becomes_a_digest_behind_the_redirect_and_a_token() {
    let registry = registry().await;
    let digest = registry.publish("dagger/engine", "v0.19.4", BOTH);
    let front = format!("http://{}/v2/engine/manifests/v0.19.4", registry.front());
    let moved = get("HEAD", &front, &[("accept", INDEX)]).await;
    assert_eq!(moved.status, 307);
    let there = header(&moved, "location").to_owned();
    assert_eq!(there, format!("http://{}/v2/dagger/engine/manifests/v0.19.4", registry.origin()));
    let refused = get("HEAD", &there, &[("accept", INDEX)]).await;
    let bearer = bearer(&refused).await;
    let found = get("GET", &there, &[("accept", INDEX), ("authorization", &bearer)]).await;
    assert_eq!((found.status, header(&found, "docker-content-digest")), (200, digest.as_str()));
    assert_eq!(header(&found, "content-type"), INDEX);
    let index: Value = serde_json::from_slice(&found.body).unwrap();
    let platforms: Vec<_> = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["platform"]["architecture"].clone())
        .collect();
    assert_eq!(platforms, ["amd64", "arm64"]);
    let head = get("HEAD", &there, &[("accept", INDEX), ("authorization", &bearer)]).await;
    assert_eq!((header(&head, "docker-content-digest"), head.body.len()), (digest.as_str(), 0));
}

#[tokio::test]
async fn without_credentials_the_proxy_gets_itself_some() {
    let registry = registry().await;
    registry.set_front(Front::Proxy);
    let digest = registry.publish("dagger/engine", "v0.19.4", BOTH);
    let url = format!("http://{}/v2/engine/manifests/v0.19.4", registry.front());
    let found = get("HEAD", &url, &[("accept", INDEX)]).await;
    assert_eq!((found.status, header(&found, "docker-content-digest")), (200, digest.as_str()));
    let ping = get("GET", &format!("http://{}/v2/", registry.front()), &[]).await;
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"ghcr.io\"", registry.front());
    assert!(header(&ping, "www-authenticate").starts_with(&realm));
    let url_of_token = format!("http://{}/token?scope=repository:engine:pull", registry.front());
    let answer: Value = serde_json::from_slice(&get("GET", &url_of_token, &[]).await.body).unwrap();
    let bearer = format!("Bearer {}", answer["token"].as_str().unwrap());
    let found = get("HEAD", &url, &[("accept", INDEX), ("authorization", &bearer)]).await;
    assert_eq!(found.status, 200);
}

#[tokio::test]
async fn an_unknown_tag_is_unknown_until_it_is_published() {
    let registry = registry().await;
    registry.publish("dagger/engine", "v0.19.4", BOTH);
    let url = format!("http://{}/v2/dagger/engine/manifests/v9.9.9", registry.origin());
    let bearer = bearer(&get("GET", &url, &[]).await).await;
    let headers = [("accept", INDEX), ("authorization", bearer.as_str())];
    let missing = get("GET", &url, &headers).await;
    assert_eq!((missing.status, code(&missing)), (404, "MANIFEST_UNKNOWN".to_owned()));
    let first = registry.publish("dagger/engine", "v9.9.9", BOTH);
    assert_eq!(header(&get("GET", &url, &headers).await, "docker-content-digest"), first);
    let moved = registry.publish("dagger/engine", "v9.9.9", BOTH);
    assert_ne!(first, moved);
    let by_digest = format!("http://{}/v2/dagger/engine/manifests/{first}", registry.origin());
    assert_eq!(get("GET", &by_digest, &headers).await.status, 200);
}

#[tokio::test]
async fn tokens_open_one_repository_and_indexes_need_their_accept_header() {
    let registry = registry().await;
    registry.publish("dagger/engine", "v1", BOTH);
    registry.publish("acme/runner", "v1", BOTH);
    let url = |name: &str| format!("http://{}/v2/{name}/manifests/v1", registry.origin());
    let bearer = bearer(&get("GET", &url("acme/runner"), &[]).await).await;
    let other = get("GET", &url("dagger/engine"), &[("authorization", &bearer), ("accept", INDEX)]).await;
    assert_eq!((other.status, code(&other)), (403, "DENIED".to_owned()));
    let bare = get("GET", &url("acme/runner"), &[("authorization", &bearer)]).await;
    assert_eq!((bare.status, code(&bare)), (404, "MANIFEST_UNKNOWN".to_owned()));
    let denied = token(&get("GET", &url("nobody/nothing"), &[]).await).await;
    assert_eq!((denied.status, code(&denied)), (403, "DENIED".to_owned()));
}

#[tokio::test]
async fn trouble_is_an_answer_too() {
    let registry = registry().await;
    let url = format!("http://{}/v2/engine/manifests/v1", registry.front());
    registry.trouble(Some(Trouble::TooManyRequests { retry_after: Duration::from_secs(30) }));
    let busy = get("GET", &url, &[]).await;
    assert_eq!((busy.status, header(&busy, "retry-after")), (429, "30"));
    registry.trouble(Some(Trouble::Outage));
    assert_eq!(get("GET", &url, &[]).await.status, 503);
    registry.trouble(None);
    assert_eq!(get("GET", &url, &[]).await.status, 307);
    assert_eq!(registry.requests().len(), 3);
}
