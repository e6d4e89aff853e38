//! Passes a request on with its host, target and body as they came, for the signature covers them.

use std::net::SocketAddr;

use axum::body::Body;
use http::{
    HeaderMap, HeaderName, Request, Response, Uri,
    header::{CONNECTION, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
    uri::{PathAndQuery, Scheme},
};
use hyper_util::{client::legacy::Client, client::legacy::connect::HttpConnector, rt::TokioExecutor};

/// One pool of connections for everything behind the door.
#[derive(Clone, Debug)]
pub(crate) struct Relay(Client<HttpConnector, Body>);

/// These speak of one connection and not of the request.
const HOP_BY_HOP: [HeaderName; 6] = [CONNECTION, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

impl Relay {
    pub(crate) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(Client::builder(TokioExecutor::new()).set_host(false).build(connector))
    }

    pub(crate) async fn pass(&self, mut request: Request<Body>, to: SocketAddr) -> Response<Body> {
        let target = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let uri =
            Uri::builder().scheme(Scheme::HTTP).authority(to.to_string()).path_and_query(target).build();
        match uri {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return plain(400, "the request's target cannot be passed on"),
        }
        without_hops(request.headers_mut());
        match self.0.request(request).await {
            Ok(mut answer) => {
                without_hops(answer.headers_mut());
                answer.map(Body::new)
            }
            Err(error) => plain(502, &format!("nobody answers at {to}: {error}")),
        }
    }
}

/// An answer that no service of AWS gives, so that nobody takes the world's own fault for one.
pub(super) fn plain(status: u16, text: &str) -> Response<Body> {
    let mut answer = Response::new(Body::from(format!("world: {text}\n")));
    *answer.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    answer
}

fn without_hops(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}
