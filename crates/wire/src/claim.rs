//! The claim protocol: what a task and a node may say to the broker, and what it answers.
//!
//! Requests are read strictly, answers leniently, so that a broker may be newer than a runner.
//! An answer's HTTP status says the same as its `status` field.

use model::id::LaunchId;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

mod detail;
mod launch;
mod nonce;
mod secret;

pub use detail::{Detail, DetailError};
pub use nonce::{Nonce, NonceError};

/// `POST /claim`: a started task asks for its work. Which launch it is, is believed only if the launch
/// has this very task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRequest {
    #[serde(with = "launch")]
    pub launch: LaunchId,
    pub nonce: Nonce,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ClaimAnswer {
    /// Become this runner. The configuration is a credential and good for one job.
    Run {
        runner_name: String,
        #[serde(with = "secret")]
        jit_config: SecretString,
    },
    /// There is no work for this task yet. Waiting costs no attempt.
    Wait {
        retry_after_ms: u64,
        /// It was started before there was a job for it: it waits for as long as it takes.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        standby: bool,
    },
    /// This launch is over before it began: stop without a runner.
    End { message: String },
    /// Never ask again.
    Refused { message: String },
}

/// `POST /report`: a task tells what neither the container service nor the forge can know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportRequest {
    #[serde(with = "launch")]
    pub launch: LaunchId,
    pub kind: ReportKind,
    pub detail: Detail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// The listener took a job and then stood still, and was ended for it.
    ListenerHung,
    /// The engine began without the cache that its launch was placed for.
    CacheLost,
    /// The runner program could not serve any job, for a reason that is not this job's.
    RunnerFailed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ReportAnswer {
    /// Told by the HTTP status alone; the body stays empty.
    Noted,
    Refused {
        message: String,
    },
}

/// `POST /node`: a node announces itself.
// `Farewell` has braces because serde would let a unit variant carry any field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum NodeRequest {
    /// Its agent has registered: tasks may come.
    Ready { container_instance: String, cpu: u32, memory_mib: u32, slots: Vec<Slot> },
    /// It goes away: no more tasks.
    Farewell {},
}

/// A slot as a node announces it. No node keeps slots yet, so the list is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Slot {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum NodeAnswer {
    Ok,
    /// The node has no row yet; a sweep will adopt it.
    Later {
        retry_after_ms: u64,
    },
    Refused {
        message: String,
    },
}

impl ClaimAnswer {
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Run { .. } => 200,
            Self::Wait { .. } => 202,
            Self::End { .. } => 410,
            Self::Refused { .. } => 403,
        }
    }
}

impl ReportAnswer {
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Noted => 204,
            Self::Refused { .. } => 403,
        }
    }
}

impl NodeAnswer {
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Ok => 200,
            Self::Later { .. } => 202,
            Self::Refused { .. } => 403,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::{from_str, to_string};

    const LAUNCH: LaunchId = LaunchId { job: model::id::JobId(7), n: 1 };
    const NONCE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[test]
    fn requests_are_written_as_the_protocol_says() {
        let claim = ClaimRequest { launch: LAUNCH, nonce: NONCE.parse().unwrap() };
        assert_eq!(to_string(&claim).unwrap(), format!(r#"{{"launch":"7-1","nonce":"{NONCE}"}}"#));

        let detail = Detail::shortened("it hung").unwrap();
        let report = ReportRequest { launch: LAUNCH, kind: ReportKind::ListenerHung, detail };
        assert_eq!(
            to_string(&report).unwrap(),
            r#"{"launch":"7-1","kind":"listener_hung","detail":"it hung"}"#
        );

        let ready = NodeRequest::Ready {
            container_instance: "arn:1".to_owned(),
            cpu: 16384,
            memory_mib: 31000,
            slots: vec![],
        };
        assert_eq!(
            to_string(&ready).unwrap(),
            r#"{"event":"ready","container_instance":"arn:1","cpu":16384,"memory_mib":31000,"slots":[]}"#
        );
        assert_eq!(to_string(&NodeRequest::Farewell {}).unwrap(), r#"{"event":"farewell"}"#);
    }

    #[test]
    fn a_request_with_a_field_too_many_is_refused() {
        let claim = format!(r#"{{"launch":"7-1","nonce":"{NONCE}","task":"another"}}"#);
        assert!(from_str::<ClaimRequest>(&claim).is_err());
        let report = r#"{"launch":"7-1","kind":"cache_lost","detail":"gone","job":7}"#;
        assert!(from_str::<ReportRequest>(report).is_err());
        assert!(from_str::<NodeRequest>(r#"{"event":"farewell","pool":"large"}"#).is_err());
        let ready =
            r#"{"event":"ready","container_instance":"a","cpu":1,"memory_mib":1,"slots":[],"pool":"x"}"#;
        assert!(from_str::<NodeRequest>(ready).is_err());
    }

    #[test]
    fn what_is_no_launch_is_named() {
        let claim = format!(r#"{{"launch":"7","nonce":"{NONCE}"}}"#);
        let error = from_str::<ClaimRequest>(&claim).unwrap_err().to_string();
        assert!(error.starts_with("a launch is written `<job>-<n>`"), "{error}");
    }

    #[test]
    fn an_answer_with_a_field_too_many_is_read() {
        let run = from_str(r#"{"status":"run","runner_name":"r","jit_config":"e30=","since":"v9"}"#).unwrap();
        let ClaimAnswer::Run { runner_name, jit_config } = run else { panic!("not a run: {run:?}") };
        assert_eq!((runner_name.as_str(), jit_config.expose_secret()), ("r", "e30="));
        assert_eq!(
            from_str::<NodeAnswer>(r#"{"status":"later","retry_after_ms":5000,"why":"?"}"#).unwrap(),
            NodeAnswer::Later { retry_after_ms: 5000 }
        );
        assert_eq!(from_str::<NodeAnswer>(r#"{"status":"ok","why":"?"}"#).unwrap(), NodeAnswer::Ok);
    }

    #[test]
    fn answers_are_written_as_the_protocol_says() {
        let written = |answer: &ClaimAnswer| (answer.http_status(), to_string(answer).unwrap());
        let run = ClaimAnswer::Run { runner_name: "quillon-7-1-1".to_owned(), jit_config: "e30=".into() };
        assert_eq!(
            written(&run),
            (200, r#"{"status":"run","runner_name":"quillon-7-1-1","jit_config":"e30="}"#.to_owned())
        );
        let wait = ClaimAnswer::Wait { retry_after_ms: 1000, standby: false };
        assert_eq!(written(&wait), (202, r#"{"status":"wait","retry_after_ms":1000}"#.to_owned()));
        let stand = ClaimAnswer::Wait { retry_after_ms: 2000, standby: true };
        let text = r#"{"status":"wait","retry_after_ms":2000,"standby":true}"#;
        assert_eq!(written(&stand), (202, text.to_owned()));
        let end = ClaimAnswer::End { message: "over".to_owned() };
        assert_eq!(written(&end), (410, r#"{"status":"end","message":"over"}"#.to_owned()));
        let refused = ClaimAnswer::Refused { message: "no".to_owned() };
        assert_eq!(written(&refused), (403, r#"{"status":"refused","message":"no"}"#.to_owned()));
    }

    #[test]
    fn neither_nonce_nor_configuration_shows_in_debug() {
        let claim = ClaimRequest { launch: LAUNCH, nonce: NONCE.parse().unwrap() };
        assert!(!format!("{claim:?}").contains("0011"));
        let run = ClaimAnswer::Run { runner_name: "r".to_owned(), jit_config: "e30=".into() };
        assert!(!format!("{run:?}").contains("e30="));
    }
}
