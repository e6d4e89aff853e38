//! A small GitHub with one organization, a client of it, and somewhere for its webhooks to go.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use sim::github::{InstallationId, RepositoryId, Settings, Visibility};
use world::github::http::{self, Response};
use world::github::{App, AppKey, GitHubConfig, GitHubHandle};

pub(crate) const SECRET: &str = "It's a Secret to Everybody";
pub(crate) const SOON: Duration = Duration::from_secs(10);

pub(crate) struct Desk {
    pub(crate) github: GitHubHandle,
    pub(crate) key: AppKey,
    pub(crate) installation: InstallationId,
    pub(crate) repository: RepositoryId,
    pub(crate) received: Arc<Mutex<Vec<Received>>>,
    receiver: tokio::task::JoinHandle<()>,
}

#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> String {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let key = AppKey::generate().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook_url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let receiver = tokio::spawn(receive(listener, Arc::clone(&received)));
        let github = GitHubHandle::start(GitHubConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            node_modules: world::Options::of_this_process().unwrap().setup().node_modules().unwrap(),
            seed: 7,
            settings,
            registrars: Vec::new(),
            app: App {
                public_key_pem: key.public_pem.clone(),
                webhook_secret: SECRET.to_owned(),
                hook_url: Some(hook_url),
            },
        })
        .await
        .unwrap();
        github.add_organization("acme");
        let repository = github.add_repository("acme", "shop", Visibility::Private);
        let installation = github.install("acme");
        Self { github, key, installation, repository, received, receiver }
    }

    pub(crate) fn jwt(&self, iat: i64, exp: i64) -> String {
        let now = i64::try_from(jsonwebtoken::get_current_timestamp()).unwrap();
        let claims = json!({ "iss": 123_456, "iat": now + iat, "exp": now + exp });
        let key = jsonwebtoken::EncodingKey::from_rsa_pem(self.key.private_pem.as_bytes()).unwrap();
        let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
        format!("Bearer {}", jsonwebtoken::encode(&header, &claims, &key).unwrap())
    }

    pub(crate) async fn token(&self) -> String {
        self.token_with(&json!({})).await
    }

    pub(crate) async fn token_with(&self, body: &Value) -> String {
        let path = format!("/app/installations/{}/access_tokens", self.installation);
        let answer = self.ask("POST", &path, &self.jwt(-60, 540), Some(body)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        format!("token {}", body_of(&answer)["token"].as_str().unwrap())
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        authorization: &str,
        body: Option<&Value>,
    ) -> Response {
        self.try_ask(method, path, authorization, body).await.unwrap()
    }

    pub(crate) async fn try_ask(
        &self,
        method: &str,
        path: &str,
        authorization: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Response> {
        self.ask_with(method, path, &[("authorization", authorization)], body).await
    }

    pub(crate) async fn ask_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Response> {
        let usual = [("user-agent", "desk"), ("content-type", "application/json")];
        let headers =
            usual.iter().chain(headers).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let headers: Vec<(String, String)> = headers.collect();
        let url = format!("{}{path}", self.github.url());
        let body = body.map(Value::to_string).unwrap_or_default();
        http::send(method, &url, &headers, body.into_bytes(), SOON).await
    }

    pub(crate) async fn register(&self, token: &str, name: &str, labels: &[&str]) -> Value {
        let body = json!({ "name": name, "runner_group_id": 1, "labels": labels });
        let answer =
            self.ask("POST", "/orgs/acme/actions/runners/generate-jitconfig", token, Some(&body)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        body_of(&answer)
    }

    /// Waits until this many webhooks have been answered, and takes them.
    pub(crate) async fn webhooks(&self, n: usize) -> Vec<Received> {
        let answered = |github: &sim::github::GitHub| {
            let ended = github.deliveries.values().filter(|delivery| delivery.outcome().is_some());
            (ended.count() >= n).then_some(())
        };
        self.github.wait_for("webhooks", SOON, answered).await.unwrap();
        std::mem::take(&mut *self.received.lock().unwrap())
    }

    /// Every test ends with this: neither side broke GitHub's description.
    pub(crate) fn assert_faithful(&self) {
        assert_eq!(self.github.answered_wrong(), []);
        assert_eq!(self.github.asked_wrong(), []);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.receiver.abort();
    }
}

pub(crate) fn body_of(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

pub(crate) fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let found = answer.headers.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value)
}

async fn receive(listener: tokio::net::TcpListener, received: Arc<Mutex<Vec<Received>>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let received = Arc::clone(&received);
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let received = Arc::clone(&received);
            async move {
                let (parts, body) = request.into_parts();
                let text = |value: &hyper::header::HeaderValue| value.to_str().unwrap().to_owned();
                let headers = parts.headers.iter().map(|(k, v)| (k.to_string(), text(v))).collect();
                let body = body.collect().await?.to_bytes().to_vec();
                received.lock().unwrap().push(Received { headers, body });
                let answer = hyper::Response::builder().status(202).body(Full::<Bytes>::default());
                Ok::<_, hyper::Error>(answer.unwrap())
            }
        });
        tokio::spawn(
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
        );
    }
}
