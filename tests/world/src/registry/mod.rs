//! An OCI registry of manifests: tags that move, tokens that expire, and Dagger's own name in front of it.

mod image;
mod serve;
mod store;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use image::Architecture;
pub use store::{Front, Request, Trouble};

use serve::{Part, Server};
use store::Store;

/// Where manifests really are, and the name in front of it, until this is dropped.
#[derive(Debug)]
pub struct RegistryHandle {
    front: SocketAddr,
    origin: SocketAddr,
    store: Arc<Mutex<Store>>,
    tasks: Vec<JoinHandle<()>>,
}

impl RegistryHandle {
    /// Listens on two addresses, as `registry.dagger.io` and `ghcr.io` are two hosts. Port 0 takes a free one.
    pub async fn start(front: SocketAddr, origin: SocketAddr) -> Result<Self> {
        let bind = async |address| {
            TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
        };
        let (front, origin) = (bind(front).await?, bind(origin).await?);
        let store = Arc::new(Mutex::new(Store::default()));
        let (front_at, origin_at) = (front.local_addr()?, origin.local_addr()?);
        let server = |part| Server { part, origin: origin_at, store: Arc::clone(&store) };
        let tasks = vec![
            tokio::spawn(accept(front, server(Part::Front))),
            tokio::spawn(accept(origin, server(Part::Origin))),
        ];
        Ok(Self { front: front_at, origin: origin_at, store, tasks })
    }

    /// What stands for `registry.dagger.io` in an image's name: `<this>/engine`.
    pub fn front(&self) -> String {
        self.front.to_string()
    }

    /// What stands for `ghcr.io`: `<this>/dagger/engine`.
    pub fn origin(&self) -> String {
        self.origin.to_string()
    }

    /// Makes a tag, or moves it to a new image. The answer is the digest of its index.
    pub fn publish(&self, name: &str, tag: &str, architectures: &[Architecture]) -> String {
        self.with(|store| store.publish(name, tag, architectures))
    }

    pub fn remove(&self, name: &str, tag: &str) {
        self.with(|store| store.remove(name, tag));
    }

    /// What goes wrong from now on, if anything.
    pub fn trouble(&self, trouble: Option<Trouble>) {
        self.with(|store| store.trouble = trouble);
    }

    /// How the name in front answers.
    pub fn set_front(&self, front: Front) {
        self.with(|store| store.front = front);
    }

    pub fn requests(&self) -> Vec<Request> {
        self.with(|store| store.requests.clone())
    }

    fn with<T>(&self, f: impl FnOnce(&mut Store) -> T) -> T {
        f(&mut self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for RegistryHandle {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn accept(listener: TcpListener, server: Server) {
    let server = Arc::new(server);
    let mut connections = tokio::task::JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _best_effort = stream.set_nodelay(true);
        let server = Arc::clone(&server);
        let service = hyper::service::service_fn(move |request| {
            let answer = server.answer(&request, now());
            async move { Ok::<_, std::convert::Infallible>(answer) }
        });
        connections.spawn(async move {
            let http = hyper::server::conn::http1::Builder::new();
            // A client that hangs up is no news.
            let _ended = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Since 1970; tokens are judged by the clock that their holders read.
fn now() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "real clients talk to this world, in real time")]
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
