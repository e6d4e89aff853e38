//! Runners as registrations: made just in time, listed, deleted, and removed by GitHub itself.

use super::id::{GroupId, RunnerId};
use super::runner::{GoneRunner, JitRequest, Removal, Runner, Scope};
use super::time::Timestamp;
use super::{GitHub, Output, Refusal, Timer};

const FORBIDDEN_IN_A_NAME: &[char] = &['"', '/', ':', '<', '>', '\\', '|', '*', '?'];

impl GitHub {
    pub fn register(&mut self, scope: Scope, request: JitRequest, now: Timestamp) -> Result<Runner, Refusal> {
        self.advance(now);
        let group = self.group_for(&scope, request.group)?;
        check_name(&request.name)?;
        if request.labels.is_empty() || request.labels.len() > 100 {
            return Err(Refusal::Unprocessable("Invalid request.\n\nlabels must have 1 to 100 items".into()));
        }
        if self.runners.values().any(|r| r.scope == scope && r.name.eq_ignore_ascii_case(&request.name)) {
            let message = format!("Already exists - A runner with the name {} already exists.", request.name);
            return Err(Refusal::Conflict(message));
        }
        let in_group = |r: &&Runner| r.scope == scope && r.group == group;
        if self.runners.values().filter(in_group).count() >= self.settings.limits.runners_per_group {
            return Err(Refusal::Unprocessable("Runner group has reached its limit of runners".to_owned()));
        }
        let id = RunnerId(self.ids.runner.next());
        let runner = Runner {
            id,
            scope,
            name: request.name,
            group,
            labels: request.labels,
            work_folder: request.work_folder.unwrap_or_else(|| "_work".to_owned()),
            client_id: self.dice.guid(),
            created_at: now,
            version: None,
            session: None,
            was_connected: false,
            job: None,
        };
        self.runners.insert(id, runner.clone());
        self.after(now + self.settings.timing.unused_removal, Timer::Reap(id));
        Ok(runner)
    }

    /// The runners of a scope, all or those of one name.
    pub fn runners_of(&self, scope: &Scope, name: Option<&str>) -> Vec<&Runner> {
        self.runners
            .values()
            .filter(|r| r.scope == *scope && name.is_none_or(|name| r.name.eq_ignore_ascii_case(name)))
            .collect()
    }

    pub fn runner_of(&self, scope: &Scope, id: RunnerId) -> Result<&Runner, Refusal> {
        self.runners.get(&id).filter(|runner| runner.scope == *scope).ok_or(Refusal::NotFound)
    }

    pub fn delete_runner(&mut self, scope: &Scope, id: RunnerId, now: Timestamp) -> Result<(), Refusal> {
        self.advance(now);
        let runner = self.runner_of(scope, id)?;
        if runner.is_busy() {
            let message = format!("Runner \"{}\" is still running a job\"", runner.name);
            return Err(Refusal::Unprocessable(message));
        }
        self.remove_runner(id, Removal::Deleted, now);
        self.match_jobs(now);
        Ok(())
    }

    pub(super) fn remove_runner(&mut self, id: RunnerId, why: Removal, now: Timestamp) {
        let Some(runner) = self.runners.remove(&id) else { return };
        self.gone.insert(id, GoneRunner { name: runner.name, at: now, why });
        self.bound.retain(|_, bound| *bound != id);
        if let Some(job) = self.offered.remove(&id) {
            self.withdraw(job, id);
        }
        self.outputs.push(Output::Wake(id));
    }

    pub(super) fn idle_ends(&mut self, id: RunnerId, now: Timestamp) {
        let Some(runner) = self.runners.get(&id).filter(|runner| !runner.is_busy()) else { return };
        if !self.is_online(runner, now) || self.offered.contains_key(&id) {
            self.after(now + self.settings.timing.offer, Timer::IdleEnds(id));
            return;
        }
        self.remove_runner(id, Removal::Idle, now);
    }

    pub(super) fn reap(&mut self, id: RunnerId, now: Timestamp) {
        let Some(runner) = self.runners.get(&id) else { return };
        let contact = runner.session.as_ref().map_or(runner.created_at, |session| session.last_seen);
        let due = contact + self.settings.timing.unused_removal;
        if due > now || runner.is_busy() {
            self.after(due.max(now + self.settings.timing.presence), Timer::Reap(id));
            return;
        }
        self.remove_runner(id, Removal::NeverConnected, now);
    }

    fn group_for(&self, scope: &Scope, wanted: GroupId) -> Result<GroupId, Refusal> {
        let is_there = match scope {
            Scope::Repository(_) => wanted == GroupId(1),
            Scope::Organization(login) => self.groups.contains_key(&(login.to_ascii_lowercase(), wanted)),
        };
        if is_there { Ok(wanted) } else { Err(Refusal::NotFound) }
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let message = if name.is_empty() || name.chars().count() > 64 {
        "Runner name must be between 1 and 64 characters".to_owned()
    } else if let Some(bad) = name.chars().find(|c| FORBIDDEN_IN_A_NAME.contains(c)) {
        format!("Runner name contains an invalid character: {bad}")
    } else {
        return Ok(());
    };
    Err(Refusal::Unprocessable(message))
}
