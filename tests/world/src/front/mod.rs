#![doc = include_str!("README.md")]

mod calls;
mod fault;
mod journal;
mod peer;
mod refusal;
mod relay;
mod route;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, State},
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;

pub use self::{
    calls::{Call, Calls},
    fault::{Fault, Faults, Trouble},
};
pub(crate) use self::{
    journal::{Journal, Recorded},
    relay::Relay,
    route::{Signatory, signatory},
};
use self::{
    relay::plain,
    route::{Destination, Route},
};
use crate::{identity, side_door::SideDoor};

/// What stands behind the door.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) relay: Relay,
    pub(crate) side_door: SideDoor,
    pub(crate) calls: Arc<Calls>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) journal: Arc<Journal>,
    /// The compute model, with identities checked.
    pub(crate) compute: SocketAddr,
    pub(crate) ministack: SocketAddr,
    pub(crate) own: SocketAddr,
}

pub(crate) fn router(front: Arc<Front>) -> Router {
    Router::new().fallback(enter).with_state(front)
}

async fn enter(
    State(front): State<Arc<Front>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    if request.uri().path().starts_with("/_world/") {
        return plain(404, "there is no such door");
    }
    let is_claim = request.uri().path().ends_with("/claim");
    // A form's action stands in its body, and the model's calls and claims are kept. Everything else streams
    // through.
    let is_read = is_claim || route::is_form(request.headers()) || route::is_for_ecs(request.headers());
    let (request, body) = if is_read {
        let (parts, body) = request.into_parts();
        let Ok(bytes) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
            return plain(400, "the body ended early");
        };
        (Request::from_parts(parts, Body::from(bytes.clone())), bytes)
    } else {
        (request, Bytes::new())
    };
    if is_claim {
        front.calls.claimed(&body);
    }
    let route = Route::of(request.method(), request.uri(), request.headers(), &body);
    let caller = front.calls.caller(&front.side_door, request.headers()).await;
    let call = Call { caller, service: route.service.clone(), action: route.action.clone() };
    let trouble = front.faults.meet(&call);
    front.calls.count(call);
    let before = trouble.as_ref().filter(|trouble| **trouble != Trouble::StopAfter);
    if let Some(instead) = fault::befall(before, &route, from, front.own).await {
        return instead;
    }
    let answer = match route.destination {
        Destination::Compute => compute(&front, &route, request, &body).await,
        Destination::Ministack => front.relay.pass(request, front.ministack).await,
    };
    if trouble == Some(Trouble::StopAfter) {
        return fault::stop_after(answer, from, front.own).await;
    }
    answer
}

/// The model asks who its callers are and what they may do, for the mark that is put here.
async fn compute(front: &Front, route: &Route, mut request: Request<Body>, body: &[u8]) -> Response<Body> {
    let recorded = journal::record(&route.action, request.headers(), body);
    request.headers_mut().insert(identity::THROUGH_THE_FRONT_DOOR, HeaderValue::from_static("1"));
    let answer = front.relay.pass(request, front.compute).await;
    if let Some(recorded) = recorded.filter(|_| answer.status().is_success()) {
        front.journal.remember(recorded);
    }
    answer
}
