//! What was asked of the outside, by name, and what becomes of it on its way.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use control::PortError;

/// Shared by the ports of one world. Names are those of the services' own operations.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    counts: BTreeMap<String, Count>,
    faults: BTreeMap<String, VecDeque<CallFault>>,
}

/// What becomes of a call instead of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFault {
    Throttled,
    /// The service has trouble of its own.
    Failed,
    Denied,
    /// It is done, and nobody hears of it.
    Lost,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub n: u64,
    /// Those of them that were refused because there were too many.
    pub n_refused: u64,
}

impl Calls {
    /// What was asked since this was last taken.
    pub fn take(&self) -> BTreeMap<String, Count> {
        std::mem::take(&mut self.lock().counts)
    }

    /// So many of the next calls of that name come to this.
    pub fn trouble(&self, name: &str, fault: CallFault, times: u32) {
        let mut state = self.lock();
        state.faults.entry(name.to_owned()).or_default().extend((0..times).map(|_| fault));
    }

    /// No more of what was to come does.
    pub fn trouble_no_more(&self) {
        self.lock().faults.clear();
    }

    pub(crate) fn take_fault(&self, name: &str) -> Option<CallFault> {
        self.lock().faults.get_mut(name)?.pop_front()
    }

    /// Makes a call that goes as far as its fault lets it, and counts it as `n`.
    pub(crate) fn around<T, E: From<PortError>>(
        &self,
        name: &str,
        n: u64,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let fault = self.take_fault(name);
        self.add(name, n, fault == Some(CallFault::Throttled));
        let source = || format!("{name} is to fail").into();
        Err(E::from(match fault {
            None => return make(),
            Some(CallFault::Throttled) => PortError::Throttled { retry_after: None, source: source() },
            Some(CallFault::Failed) => PortError::Transient { source: source() },
            Some(CallFault::Denied) => PortError::Denied { source: source() },
            Some(CallFault::Lost) => {
                drop(make());
                PortError::Transient { source: format!("the answer to {name} never came").into() }
            }
        }))
    }

    pub(crate) fn add(&self, name: &str, n: u64, is_refused: bool) {
        let counts = &mut self.lock().counts;
        if !counts.contains_key(name) {
            counts.insert(name.to_owned(), Count::default());
        }
        if let Some(count) = counts.get_mut(name) {
            count.n += n;
            count.n_refused += u64::from(is_refused);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
