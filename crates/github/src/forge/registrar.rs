//! Further Apps, which register runners and do nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use control::PortError;
use control::port::Secret;
use http::{Method, StatusCode};
use model::id::{InstallationId, ScopeId};
use model::registration::Scope;
use model::time::Timestamp;
use serde::Deserialize;

use super::{read, segment};
use crate::app::App;
use crate::client::{Call, Client};
use crate::error::{call_error, sort};
use crate::limit::{Caller, Purpose, Route};

const FIND: &str = "installation of a further App";

/// An App that may not register somewhere is seldom allowed to within this.
const LEFT_ALONE: Duration = Duration::from_mins(5);

pub(super) struct Registrar {
    pub(super) app: App,
    /// An installation's number is the account's as this App has it: nobody else knows it.
    known: Mutex<BTreeMap<ScopeId, Known>>,
}

#[derive(Clone, Copy)]
enum Known {
    At(InstallationId),
    /// It may not register there, and is not asked until then.
    No(Timestamp),
}

impl Registrar {
    pub(super) fn new(id: u64, key: Arc<dyn Secret>) -> Self {
        Self { app: App::new(id, key), known: Mutex::default() }
    }

    /// The same place, as this App may speak of it.
    pub(super) async fn scope(&self, client: &Client, at: &Scope) -> Result<Scope, PortError> {
        let known = self.known().get(&at.id).copied();
        let installation = match known {
            Some(Known::At(installation)) => installation,
            Some(Known::No(until)) if (client.clock)() < until => {
                let said = format!("not asked, App {} was refused at {} before", self.app.id, at.id);
                return Err(PortError::Denied { source: call_error(FIND, said) });
            }
            Some(Known::No(_)) | None => {
                let found = self.find(client, at).await?;
                self.known().insert(at.id.clone(), Known::At(found));
                found
            }
        };
        Ok(Scope { id: at.id.clone(), installation })
    }

    /// It was refused there: it may have been removed, and installed anew under another number.
    pub(super) fn leave_alone(&self, at: &Scope, error: &PortError, now: Timestamp) {
        if matches!(self.known().get(&at.id), Some(Known::No(until)) if now < *until) {
            return;
        }
        let why = control::Chain(error).to_string();
        tracing::warn!(app.id = self.app.id, scope = %at.id, error = why, "a further App is left alone for a while");
        self.known().insert(at.id.clone(), Known::No(now.after(LEFT_ALONE)));
    }

    async fn find(&self, client: &Client, at: &Scope) -> Result<InstallationId, PortError> {
        #[derive(Deserialize)]
        struct Installation {
            id: u64,
        }
        let owner = segment(at.owner(), FIND)?;
        let path = match at.repository() {
            Some(name) => format!("/repos/{owner}/{}/installation", segment(name, FIND)?),
            None => format!("/orgs/{owner}/installation"),
        };
        let call = Call {
            doing: FIND,
            caller: Caller::App(self.app.id),
            purpose: Purpose::Job,
            route: Route::Installation,
            method: Method::GET,
            path: &path,
            body: None,
        };
        let answer = self.app.send(client, &call).await?;
        match answer.status {
            StatusCode::OK => {
                let Installation { id } = read(FIND, &answer)?;
                Ok(InstallationId(id))
            }
            // The key is not this App's, or the App is not installed there.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                let said = format!("{} for App {} at {}", answer.status.as_u16(), self.app.id, at.id);
                Err(PortError::Denied { source: call_error(FIND, said) })
            }
            _ => Err(sort(FIND, &answer)),
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<ScopeId, Known>> {
        // What is remembered is at worst a little old, so a panic elsewhere spoils nothing.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
