//! A word to a job's author, beside the commit.

use std::sync::PoisonError;
use std::time::Duration;

use control::PortError;
use control::port::Notice;
use http::{Method, StatusCode};
use model::job::Repository;
use serde::Deserialize;
use serde_json::json;

use super::{GitHubForge, read, repository, segment};
use crate::client::{Answer, Call};
use crate::error::{call_error, sort};
use crate::limit::{Caller, Purpose, Route};

const TELL: &str = "check run";

/// A permission that lacks is seldom given within this.
const UNTOLD_FOR: Duration = Duration::from_hours(1);

/// As GitHub shows it whole in its lists.
const MAX_NAME: usize = 100;

impl GitHubForge {
    /// Once for each job: its number is the check run's external id.
    pub(super) async fn write_check_run(&self, at: &Repository, notice: &Notice) -> Result<(), PortError> {
        let now = (self.client.clock)();
        let until = self.untold.lock().unwrap_or_else(PoisonError::into_inner).get(&at.installation).copied();
        if until.is_some_and(|until| now < until) {
            let source = call_error(TELL, "not asked, the App was refused `checks: write` before");
            return Err(PortError::Denied { source });
        }
        self.written(at, notice).await
    }

    async fn written(&self, at: &Repository, notice: &Notice) -> Result<(), PortError> {
        let name: String = format!("Quillon: {}", notice.labels).chars().take(MAX_NAME).collect();
        let id = notice.job.to_string();
        if self.is_there(at, notice, &name, &id).await? {
            return Ok(());
        }
        let body = json!({
            "name": name,
            "head_sha": notice.commit,
            "external_id": id,
            "status": "completed",
            "conclusion": "action_required",
            "output": {
                "title": "This job cannot run",
                "summary": format!("`runs-on: {}`: {}.", notice.labels, notice.text),
            },
        });
        let path = format!("{}/check-runs", repository(at, TELL)?);
        let answer = self.ask(at, Method::POST, &path, Some(body.to_string())).await?;
        if answer.status == StatusCode::CREATED { Ok(()) } else { Err(sort(TELL, &answer)) }
    }

    /// Its answer may have been lost.
    async fn is_there(
        &self,
        at: &Repository,
        notice: &Notice,
        name: &str,
        id: &str,
    ) -> Result<bool, PortError> {
        #[derive(Deserialize)]
        struct CheckRuns {
            check_runs: Vec<CheckRun>,
        }
        #[derive(Deserialize)]
        struct CheckRun {
            name: String,
            external_id: Option<String>,
        }
        let commit = segment(&notice.commit, TELL)?;
        let path = format!("{}/commits/{commit}/check-runs?filter=all&per_page=100", repository(at, TELL)?);
        let answer = self.ask(at, Method::GET, &path, None).await?;
        if answer.status != StatusCode::OK {
            return Err(sort(TELL, &answer));
        }
        let found: CheckRuns = read(TELL, &answer)?;
        Ok(found.check_runs.iter().any(|run| run.name == name && run.external_id.as_deref() == Some(id)))
    }

    async fn ask(
        &self,
        at: &Repository,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Answer, PortError> {
        let caller = Caller::Installation(at.installation);
        let call = Call {
            doing: TELL,
            caller,
            purpose: Purpose::Upkeep,
            route: Route::CheckRuns,
            method,
            path,
            body,
        };
        let answer = self.call(at.installation, call).await?;
        if answer.status == StatusCode::FORBIDDEN {
            let until = (self.client.clock)().after(UNTOLD_FOR);
            self.untold.lock().unwrap_or_else(PoisonError::into_inner).insert(at.installation, until);
        }
        Ok(answer)
    }
}
