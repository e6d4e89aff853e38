//! Every call that came through the door, by caller and action: what a budget is asserted on.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use http::HeaderMap;

use super::route::{self, Signatory, signatory};
use crate::side_door::SideDoor;

/// One call of an AWS API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// A function's name, a task's or instance's id, `root`, or `anonymous`.
    pub caller: String,
    pub service: String,
    pub action: String,
}

/// The calls since the world began or since they were last taken.
#[derive(Debug, Default)]
pub struct Calls {
    made: Mutex<Vec<Call>>,
    claims: Mutex<Vec<String>>,
    /// An access key belongs to one caller for as long as it lives.
    known: Mutex<BTreeMap<String, String>>,
}

impl Calls {
    /// Every call in the order they arrived.
    pub fn all(&self) -> Vec<Call> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every call so far, and forgets them.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How often one caller made each call, as `service:Action`.
    pub fn by(&self, caller: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in self.made.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if call.caller == caller {
                *counts.entry(format!("{}:{}", call.service, call.action)).or_default() += 1;
            }
        }
        counts
    }

    /// The bodies of every claim, which are between a task and the broker.
    pub fn claims(&self) -> Vec<String> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn claimed(&self, body: &[u8]) {
        let body = String::from_utf8_lossy(body).into_owned();
        self.claims.lock().unwrap_or_else(PoisonError::into_inner).push(body);
    }

    pub(super) fn count(&self, call: Call) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// Who signed, taken at their word: whether the signature holds is asked by who answers.
    pub(super) async fn caller(&self, side_door: &SideDoor, headers: &HeaderMap) -> String {
        let Some(key) = route::access_key(headers) else { return "anonymous".to_owned() };
        if signatory(headers) == Signatory::Root {
            return "root".to_owned();
        }
        if let Some(name) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key) {
            return name.clone();
        }
        let Ok(Some(arn)) = side_door.caller(key).await else { return "unknown".to_owned() };
        // The session's name: functions run under their own, tasks and instances under their id.
        let name = arn.rsplit('/').next().unwrap_or(&arn).to_owned();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), name.clone());
        name
    }
}
