//! What readers see: every state a thing was in, until all readers are past it.

use super::time::Time;
use serde_json::Value;
use std::collections::BTreeMap;

/// Published states by ARN, oldest first. Reads lag writes, so more than the last is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(BTreeMap<String, Vec<(Time, Value)>>);

impl Seen {
    pub(crate) fn publish(&mut self, arn: &str, now: Time, lag: Time, state: Value) {
        let states = self.0.entry(arn.to_owned()).or_default();
        states.push((now, state));
        let horizon = now.saturating_sub(lag);
        let n_past = states.iter().filter(|(at, _)| *at <= horizon).count();
        states.drain(..n_past.saturating_sub(1));
    }

    pub(crate) fn forget(&mut self, arn: &str) {
        self.0.remove(arn);
    }

    /// The state that was true at `at`, if the thing was there.
    pub(crate) fn at(&self, arn: &str, at: Time) -> Option<&Value> {
        let states = self.0.get(arn)?;
        states.iter().rev().find(|(published, _)| *published <= at).map(|(_, state)| state)
    }

    pub(crate) fn all_at(&self, at: Time) -> impl Iterator<Item = (&str, &Value)> {
        self.0.keys().filter_map(move |arn| Some((arn.as_str(), self.at(arn, at)?)))
    }
}
