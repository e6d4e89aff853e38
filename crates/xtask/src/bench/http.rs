//! A small HTTP server on the loopback, with connections that are kept as real endpoints keep them.

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(super) type Answer = Response<Full<Bytes>>;

/// Takes no more connections when it is dropped. Has to be made inside a `LocalSet`.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start<A, F>(answer: A) -> Result<Self>
    where
        A: Fn(Parts, Bytes) -> F + Clone + 'static,
        F: Future<Output = Answer> + 'static,
    {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("listening on the loopback")?;
        let address = listener.local_addr()?;
        let accepting = tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Otherwise an answer in two parts waits for an acknowledgement that waits for it.
                drop(stream.set_nodelay(true));
                let answer = answer.clone();
                let service = service_fn(move |request| read_and_answer(request, answer.clone()));
                // A connection ends when its process does; there is nothing to tell of it.
                tokio::task::spawn_local(
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Ok(Self { address, accepting })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn read_and_answer<A, F>(request: Request<Incoming>, answer: A) -> Result<Answer, Infallible>
where
    A: Fn(Parts, Bytes) -> F,
    F: Future<Output = Answer>,
{
    let (parts, body) = request.into_parts();
    Ok(match body.collect().await {
        Ok(body) => answer(parts, body.to_bytes()).await,
        Err(_) => text(StatusCode::BAD_REQUEST, "text/plain", String::new()),
    })
}

pub(super) fn text(status: StatusCode, kind: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    answer
}

/// The same with one more header.
pub(super) fn with(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    let value = http::HeaderValue::from_str(value).expect("our own headers are of visible characters");
    answer.headers_mut().insert(name, value);
    answer
}
