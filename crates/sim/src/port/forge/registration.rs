//! Runners: registered by one of several Apps, found by name and removed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use control::PortError;
use control::port::{JitConfig, Passed, Removed};
use model::id::{InstallationId, RunnerName, ScopeId};
use model::job::Repository;
use model::registration::{Scope, turns};

use super::error::CallError;
use super::{LIST, SimForge, charge, of_app, of_scope};
use crate::github::{self, Access, Charge, GroupId, JitRequest, Refusal, RunnerId, Weight};

/// A further App, which registers runners and does nothing else.
#[derive(Debug)]
pub(super) struct Registrar {
    app_id: u64,
    /// Where it is installed, once it has asked.
    known: Mutex<BTreeMap<ScopeId, InstallationId>>,
}

impl Registrar {
    pub(super) fn new(app_id: u64) -> Self {
        Self { app_id, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<ScopeId, InstallationId>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SimForge {
    /// By the App whose turn it is, or by the next that may.
    pub(super) fn register_runner(
        &self,
        at: &Repository,
        name: RunnerName,
        labels: &[String],
    ) -> Result<JitConfig, PortError> {
        let request = JitRequest {
            name: name.to_string(),
            group: GroupId(1),
            labels: labels.to_vec(),
            work_folder: Some("_work".to_owned()),
        };
        let scope = Scope::of(at);
        let mut passed = Passed::default();
        for turn in turns(name, 1 + self.registrars.len()) {
            let made = match turn.checked_sub(1).and_then(|further| self.registrars.get(further)) {
                None => self.register_by(&scope, name, &request),
                Some(further) => self.scope_of(further, &scope).map_err(PortError::from).and_then(|there| {
                    let made = self.register_by(&there, name, &request);
                    if matches!(made, Err(PortError::Denied { .. } | PortError::NotFound { .. })) {
                        further.known().remove(&scope.id);
                    }
                    made
                }),
            };
            match made {
                Ok(config) => return Ok(config),
                Err(error) => passed.over(error)?,
            }
        }
        Err(passed.why())
    }

    /// The same place, as this App may speak of it.
    fn scope_of(&self, by: &Registrar, at: &Scope) -> Result<Scope, CallError> {
        let known = by.known().get(&at.id).copied();
        if let Some(installation) = known {
            return Ok(Scope { id: at.id.clone(), installation });
        }
        let there = self.there(at)?;
        let operation = format!("apps/get-{}-installation", of_scope(at, ""));
        let found = self.call(operation, &of_app(by.app_id, Weight::Read), |github, _| {
            github.installation_at(by.app_id, &there).map(|it| it.id).ok_or(Refusal::NotFound)
        })?;
        let installation = InstallationId(found.0);
        by.known().insert(at.id.clone(), installation);
        Ok(Scope { id: at.id.clone(), installation })
    }

    fn register_by(
        &self,
        at: &Scope,
        name: RunnerName,
        request: &JitRequest,
    ) -> Result<JitConfig, PortError> {
        let mut made = self.generate(at, request);
        if matches!(made, Err(CallError::Refused(Refusal::Conflict(_)))) {
            if let Some(lost) = self.find(at, name)?
                && self.delete(at, lost)? == Removed::Busy
            {
                return Err(PortError::Refused { source: format!("the runner {name} is at work").into() });
            }
            made = self.generate(at, request);
        }
        Ok(JitConfig(made?.client_id.into()))
    }

    fn generate(&self, at: &Scope, request: &JitRequest) -> Result<github::Runner, CallError> {
        let there = self.there(at)?;
        let charge = Charge {
            resource: self.github().settings.limits.registration_resource,
            registers: Some(there.clone()),
            ..charge(at.installation, Weight::Write)
        };
        let permission = match there {
            github::Scope::Organization(_) => "organization_self_hosted_runners",
            github::Scope::Repository(_) => "administration",
        };
        let by = github::InstallationId(at.installation.0);
        let request = request.clone();
        let operation = of_scope(at, "actions/generate-runner-jitconfig-for-");
        self.call(operation, &charge, |github, now| {
            github.may(by, permission, Access::Write)?;
            github.register(there, request, now)
        })
    }

    pub(super) fn find(&self, at: &Scope, name: RunnerName) -> Result<Option<RunnerId>, CallError> {
        let there = self.there(at)?;
        self.call(of_scope(at, LIST), &charge(at.installation, Weight::Read), |github, _| {
            Ok(github.runners_of(&there, Some(&name.to_string())).first().map(|runner| runner.id))
        })
    }

    pub(super) fn delete(&self, at: &Scope, runner: RunnerId) -> Result<Removed, CallError> {
        let there = self.there(at)?;
        let operation = of_scope(at, "actions/delete-self-hosted-runner-from-");
        let deleted = self.call(operation, &charge(at.installation, Weight::Write), |github, now| {
            github.delete_runner(&there, runner, now)
        });
        match deleted {
            Ok(()) | Err(CallError::Refused(Refusal::NotFound)) => Ok(Removed::Gone),
            Err(CallError::Refused(Refusal::Unprocessable(_))) => Ok(Removed::Busy),
            Err(error) => Err(error),
        }
    }
}
