//! The calls that made the compute model what it is: made again, they make it so again.

use std::sync::{Mutex, PoisonError};

use http::HeaderMap;
use serde::{Deserialize, Serialize};

/// A call as the model answered it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Recorded {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Vec<Recorded>>);

/// What the model must know of a call to answer it again. Its signature has been checked the first time.
const HEADERS: [&str; 3] = ["content-type", "x-amz-target", "authorization"];

impl Journal {
    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn remember(&self, recorded: Recorded) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
    }
}

/// The call, if it may have changed anything.
pub(super) fn record(action: &str, headers: &HeaderMap, body: &[u8]) -> Option<Recorded> {
    if action.starts_with("Describe") || action.starts_with("List") {
        return None;
    }
    let headers = HEADERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), headers.get(*name)?.to_str().ok()?.to_owned())));
    Some(Recorded { headers: headers.collect(), body: String::from_utf8(body.to_vec()).ok()? })
}
