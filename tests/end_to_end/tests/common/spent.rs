//! What jobs cost: every call of our functions, by name.

use std::collections::BTreeMap;

use world::Call;

use super::Scene;

/// A tick follows its bell within a fraction of a second: after this many looks none is to come.
const QUIET_LOOKS: u32 = 60;

/// What our functions asked of AWS.
#[derive(Debug)]
pub(crate) struct Spent {
    pub(crate) by_name: BTreeMap<String, usize>,
}

impl Spent {
    pub(crate) fn total(&self) -> usize {
        self.by_name.values().sum()
    }
}

impl Scene {
    /// Waits until our functions have nothing left to do, and takes what they have asked of AWS.
    pub(crate) fn settled(&self) -> Spent {
        let mut last = (usize::MAX, 0);
        self.until("the functions to rest", || {
            let n_calls = self.n_calls();
            last = if n_calls == last.0 { (n_calls, last.1 + 1) } else { (n_calls, 0) };
            (last.1 >= QUIET_LOOKS).then_some(())
        });
        self.take_calls()
    }

    fn n_calls(&self) -> usize {
        self.world().calls().all().iter().filter(|call| call.caller.starts_with("quillon-")).count()
    }

    /// The calls of our functions since they were last taken, by function and name.
    pub(crate) fn take_calls(&self) -> Spent {
        let mut by_name = BTreeMap::new();
        for Call { caller, service, action } in self.world().calls().take() {
            if let Some(function) = caller.strip_prefix("quillon-") {
                *by_name.entry(format!("{function} {service}:{action}")).or_default() += 1;
            }
        }
        Spent { by_name }
    }
}
