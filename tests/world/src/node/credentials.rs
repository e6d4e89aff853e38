//! The endpoint on a node that gives each task its role's credentials and its own metadata.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::side_door::Session;

/// What each task may ask, under the id that only its containers were told.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    valid: Mutex<BTreeMap<String, Grant>>,
    /// Every session there ever was.
    given: Mutex<Vec<Session>>,
}

#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) session: Option<Session>,
    pub(super) metadata: Value,
}

impl Credentials {
    pub(super) fn grant(&self, id: &str, grant: Grant) {
        lock(&self.given).extend(grant.session.clone());
        lock(&self.valid).insert(id.to_owned(), grant);
    }

    pub(super) fn revoke(&self, id: &str) {
        lock(&self.valid).remove(id);
    }

    pub(super) fn given(&self) -> Vec<Session> {
        lock(&self.given).clone()
    }

    fn find(&self, id: &str) -> Option<Grant> {
        lock(&self.valid).get(id).cloned()
    }
}

pub(super) fn router(credentials: Arc<Credentials>) -> Router {
    Router::new()
        .route("/v2/credentials/{id}", get(session))
        .route("/v4/{id}/task", get(metadata))
        .with_state(credentials)
}

async fn session(State(credentials): State<Arc<Credentials>>, Path(id): Path<String>) -> Response {
    match credentials.find(&id).and_then(|grant| grant.session) {
        Some(session) => Json(session).into_response(),
        None => {
            let said = json!({"code": "InvalidIdInRequest", "message": "credentials not found", "HTTPErrorCode": 400});
            (StatusCode::BAD_REQUEST, Json(said)).into_response()
        }
    }
}

async fn metadata(State(credentials): State<Arc<Credentials>>, Path(id): Path<String>) -> Response {
    match credentials.find(&id) {
        Some(grant) => Json(grant.metadata).into_response(),
        None => (StatusCode::NOT_FOUND, "").into_response(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
