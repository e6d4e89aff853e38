//! What was asked of the outside, by name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared by the ports of one world. Names are those of the services' own operations.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<BTreeMap<String, Count>>>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub n: u64,
    /// Those of them that were refused because there were too many.
    pub n_refused: u64,
}

impl Calls {
    /// What was asked since this was last taken.
    pub fn take(&self) -> BTreeMap<String, Count> {
        std::mem::take(&mut self.lock())
    }

    pub(crate) fn add(&self, name: &str, n: u64, is_refused: bool) {
        let mut counts = self.lock();
        if !counts.contains_key(name) {
            counts.insert(name.to_owned(), Count::default());
        }
        if let Some(count) = counts.get_mut(name) {
            count.n += n;
            count.n_refused += u64::from(is_refused);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
