//! The words of the stand-in protocol, for both of its ends.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sim::github::{Ending, Script as JobScript, TaskResult};

/// `POST /_runner/sessions`
#[derive(Debug, Serialize, Deserialize)]
pub struct Opening {
    pub client_id: String,
    /// SHA-256 of the key's file, in hex: who has the configuration, and nobody else, can say it.
    pub proof: String,
    pub version: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Opened {
    pub runner_id: u64,
    pub session_id: u64,
}

/// `GET /_runner/{runner}/{session}/messages`; 202 is nothing yet.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    Job { id: u64 },
    Cancel { id: u64 },
}

/// `POST /_runner/{runner}/{session}/jobs/{job}/acquire`
#[derive(Debug, Serialize, Deserialize)]
pub struct Acquired {
    pub name: String,
    pub locked_until: String,
    pub script: Script,
}

/// `POST /_runner/{runner}/{session}/jobs/{job}/complete`
#[derive(Debug, Serialize, Deserialize)]
pub struct Finished {
    pub result: Result,
}

/// What the steps of the job do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Script {
    #[serde(default)]
    pub ending: End,
    #[serde(default)]
    pub pause_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    #[default]
    Succeed,
    Fail,
    Hang,
    Crash,
    Deprecated,
}

/// How a job went, in the runner's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Result {
    Succeeded,
    SucceededWithIssues,
    Failed,
    Canceled,
    Skipped,
    Abandoned,
}

impl From<Result> for TaskResult {
    fn from(result: Result) -> Self {
        match result {
            Result::Succeeded => Self::Succeeded,
            Result::SucceededWithIssues => Self::SucceededWithIssues,
            Result::Failed => Self::Failed,
            Result::Canceled => Self::Canceled,
            Result::Skipped => Self::Skipped,
            Result::Abandoned => Self::Abandoned,
        }
    }
}

impl Script {
    pub fn of(script: &JobScript) -> Self {
        let ending = match script.ending {
            Ending::Succeed => End::Succeed,
            Ending::Fail => End::Fail,
            Ending::Hang => End::Hang,
            Ending::Crash => End::Crash,
            Ending::Deprecated => End::Deprecated,
        };
        let pause_ms = u64::try_from(script.pause.as_millis()).unwrap_or(u64::MAX);
        Self { ending, pause_ms, socket: script.socket.clone() }
    }

    pub fn order(&self) -> JobScript {
        let ending = match self.ending {
            End::Succeed => Ending::Succeed,
            End::Fail => Ending::Fail,
            End::Hang => Ending::Hang,
            End::Crash => Ending::Crash,
            End::Deprecated => Ending::Deprecated,
        };
        JobScript { ending, pause: Duration::from_millis(self.pause_ms), socket: self.socket.clone() }
    }
}
