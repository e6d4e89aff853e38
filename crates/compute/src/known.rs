//! Definitions that were looked up before.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use control::port::DefinitionError;
use model::id::Revision;
use model::label::Version;
use model::observation::DefinitionKey;
use model::time::Timestamp;

use crate::compute::Clock;

/// How long `latest` stays what it was: a release is not so urgent that every tick asks.
const LATEST_FOR: Duration = Duration::from_mins(10);

/// A version that was published a minute ago has to work in the same minute.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

pub(crate) struct Definitions {
    clock: Clock,
    slots: Mutex<BTreeMap<DefinitionKey, Slot>>,
}

/// Locked while it is looked up, so that whoever else wants the same waits for the one answer.
type Slot = Arc<tokio::sync::Mutex<Option<Known>>>;

struct Known {
    answer: Result<Revision, String>,
    until: Option<Timestamp>,
}

impl Definitions {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, slots: Mutex::default() }
    }

    pub(crate) async fn get<F>(
        &self,
        key: &DefinitionKey,
        look_up: impl FnOnce() -> F,
    ) -> Result<Revision, DefinitionError>
    where
        F: Future<Output = Result<Revision, DefinitionError>>,
    {
        let slot = self.slot(key);
        let mut known = slot.lock().await;
        if let Some(known) = &*known
            && known.until.is_none_or(|until| (self.clock)() < until)
        {
            return known.answer.clone().map_err(DefinitionError::Missing);
        }
        let (answer, keep) = match look_up().await {
            Ok(revision) => {
                let is_latest = key.version == Some(Version::Latest);
                (Ok(revision), is_latest.then_some(LATEST_FOR))
            }
            Err(DefinitionError::Missing(why)) => (Err(why), Some(AGAIN_AFTER)),
            // A registry in trouble does not stop what `latest` was a while ago.
            Err(DefinitionError::Port(error)) => match known.take().map(|known| known.answer) {
                Some(Ok(revision)) => (Ok(revision), Some(AGAIN_AFTER)),
                Some(Err(_)) | None => return Err(error.into()),
            },
        };
        let until = keep.map(|keep| (self.clock)().after(keep));
        *known = Some(Known { answer: answer.clone(), until });
        answer.map_err(DefinitionError::Missing)
    }

    pub(crate) async fn forget(&self, revision: &Revision) {
        let slots: Vec<Slot> = self.all().values().cloned().collect();
        for slot in slots {
            let mut known = slot.lock().await;
            if known.as_ref().is_some_and(|known| known.answer.as_ref() == Ok(revision)) {
                *known = None;
            }
        }
    }

    fn slot(&self, key: &DefinitionKey) -> Slot {
        self.all().entry(key.clone()).or_default().clone()
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<DefinitionKey, Slot>> {
        // Nothing is left half done under this lock, so a panic elsewhere spoils nothing.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Definitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Definitions").finish_non_exhaustive()
    }
}
