//! No idle runner stays registered for long without a launch behind it, while GitHub answers.

use std::collections::BTreeSet;
use std::time::Duration;

use model::id::RunnerName;
use wire::ledger::Key;

use super::Installation;
use crate::github::RunnerId;

const AT_MOST: Duration = Duration::from_mins(2);

impl Installation {
    /// Asked after each tick. One that was stopped, or while GitHub has trouble, begins the time anew; and so does one
    /// while claims want more points than there are, for they go first.
    pub(super) fn left_alone(&mut self, is_done: bool) -> Vec<String> {
        let has_trouble = {
            let github = self.github();
            !github.api_faults.is_empty() || github.is_short_of_points(self.clock.of_github())
        };
        if !is_done || has_trouble {
            self.alone.clear();
            return Vec::new();
        }
        let alone = self.without_launch();
        let now = self.clock.now();
        let n_before = self.alone.len();
        self.alone.retain(|id, _| alone.contains(id));
        if self.alone.len() < n_before {
            // Of many, some go at each sweep: as many as their part of the points allows.
            self.alone.values_mut().for_each(|since| *since = now);
        }
        let mut faults = Vec::new();
        for id in alone {
            let since = *self.alone.entry(id).or_insert(now);
            if now.since(since) > AT_MOST {
                faults.push(format!("runner {id} is registered without a launch for {:?}", now.since(since)));
            }
        }
        faults
    }

    fn without_launch(&self) -> BTreeSet<RunnerId> {
        let rows = self.ledger.look();
        let is_alone = |name: &str| {
            RunnerName::parse(name).is_some_and(|name| {
                rows.get(&Key::Launch(name.launch)).is_none()
                    && rows.get(&Key::EndedLaunch(name.launch)).is_some()
            })
        };
        let github = self.github();
        let idle = github.runners.values().filter(|runner| !runner.is_busy());
        idle.filter(|runner| is_alone(&runner.name)).map(|runner| runner.id).collect()
    }
}
