//! An HTTP server on the loopback that answers as a test tells it, and remembers what it was asked.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Asked {
    /// `RunTask`, `LaunchInstances`: what AWS is to do.
    pub(crate) fn operation(&self) -> &str {
        if let Some(target) = self.headers.get("x-amz-target") {
            let target = target.to_str().unwrap();
            return target.strip_prefix("AmazonEC2ContainerServiceV20141113.").unwrap();
        }
        let action = self.body.split('&').find_map(|pair| pair.strip_prefix("Action="));
        action.unwrap_or_default()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

pub(crate) fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply { status, headers: Vec::new(), body: body.into() }
}

impl Reply {
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// How often everybody else has a turn before an answer is given: whatever was asked at once has arrived by then.
const TURNS: usize = 100;

struct Desk {
    answer: Box<dyn Fn(&Asked) -> Reply + Send + Sync>,
    asked: Mutex<Vec<Asked>>,
    open: Mutex<BTreeMap<String, Open>>,
}

/// Questions of one operation that are not answered yet.
#[derive(Clone, Copy, Default)]
struct Open {
    n: usize,
    most: usize,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    desk: Arc<Desk>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Desk { answer: Box::new(answer), asked: Mutex::default(), open: Mutex::default() };
        let desk = Arc::new(desk);
        let router = Router::new().fallback(handle).with_state(desk.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, desk, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.desk.asked.lock().unwrap().clone()
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.asked().iter().map(|asked| asked.operation().to_owned()).collect()
    }

    /// Of how many questions of this operation nobody had an answer, at the most.
    pub(crate) fn most_at_once(&self, operation: &str) -> usize {
        self.desk.open.lock().unwrap().get(operation).map_or(0, |open| open.most)
    }
}

impl Desk {
    fn count(&self, operation: &str, change: impl FnOnce(Open) -> Open) {
        let mut open = self.open.lock().unwrap();
        let of_it = open.entry(operation.to_owned()).or_default();
        *of_it = change(*of_it);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

async fn handle(State(desk): State<Arc<Desk>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let now = Asked {
        method: parts.method.to_string(),
        target: parts.uri.path_and_query().unwrap().to_string(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let operation = now.operation().to_owned();
    desk.count(&operation, |open| Open { n: open.n + 1, most: open.most.max(open.n + 1) });
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    desk.count(&operation, |open| Open { n: open.n - 1, ..open });
    let reply = (desk.answer)(&now);
    desk.asked.lock().unwrap().push(now);
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap()
}
