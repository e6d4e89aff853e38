//! What readers see: every state a thing was in, until all readers are past it.

use super::time::Time;
use std::collections::BTreeMap;

/// Published states by ARN, oldest first. Reads lag writes, so more than the last is kept.
#[derive(Clone, Debug)]
pub(crate) struct Seen<T>(BTreeMap<String, Vec<(Time, T)>>);

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Seen<T> {
    pub(crate) fn publish(&mut self, arn: &str, now: Time, lag: Time, state: T) {
        let horizon = now.saturating_sub(lag);
        let Some(states) = self.0.get_mut(arn) else {
            self.0.insert(arn.to_owned(), vec![(now, state)]);
            return;
        };
        states.push((now, state));
        let n_past = states.iter().filter(|(at, _)| *at <= horizon).count();
        states.drain(..n_past.saturating_sub(1));
    }

    pub(crate) fn forget(&mut self, arn: &str) {
        self.0.remove(arn);
    }

    /// The state that was true at `at`, if the thing was there.
    pub(crate) fn at(&self, arn: &str, at: Time) -> Option<&T> {
        true_at(self.0.get(arn)?, at)
    }

    /// Lets go of what readers at `at` see in its last state, if that is one of these.
    pub(crate) fn settled(&mut self, at: Time, is_last: impl Fn(&T) -> bool) -> Self {
        let is_settled = |states: &mut Vec<(Time, T)>| {
            states.last().is_some_and(|(published, state)| *published <= at && is_last(state))
        };
        Self(self.0.extract_if(.., |_, states| is_settled(states)).collect())
    }

    pub(crate) fn take_in(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    pub(crate) fn all_at(&self, at: Time) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().filter_map(move |(arn, states)| Some((arn.as_str(), true_at(states, at)?)))
    }
}

fn true_at<T>(states: &[(Time, T)], at: Time) -> Option<&T> {
    states.iter().rev().find(|(published, _)| *published <= at).map(|(_, state)| state)
}
