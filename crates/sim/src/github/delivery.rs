//! An event, and the attempts to deliver it.

use std::time::Duration;

use super::account::Repository;
use super::id::{DeliveryId, InstallationId};
use super::job::Job;
use super::run::Run;
use super::time::Timestamp;

/// Something that happened, as it was when it happened: every attempt sends the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub action: Action,
    pub at: Timestamp,
    pub installation: InstallationId,
    pub repository: Repository,
    pub run: Run,
    pub job: Option<Job>,
}

impl Event {
    /// The word in `X-GitHub-Event`.
    pub fn name(&self) -> &'static str {
        match self.job {
            Some(_) => "workflow_job",
            None => "workflow_run",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Requested,
    Queued,
    Waiting,
    InProgress,
    Completed,
}

impl Action {
    pub fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    /// The same for every attempt.
    pub guid: String,
    pub redelivery: bool,
    pub delivered_at: Timestamp,
    pub event: Event,
    pub state: DeliveryState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be sent, or on its way.
    Pending {
        sent: bool,
    },
    Ended {
        outcome: Outcome,
        duration: Duration,
    },
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Answered(Exchange),
    TimedOut,
    CannotConnect(String),
}

impl Outcome {
    pub fn status_code(&self) -> u16 {
        match self {
            Self::Answered(exchange) => exchange.status,
            Self::TimedOut | Self::CannotConnect(_) => 0,
        }
    }

    /// The words GitHub's list of deliveries shows.
    pub fn status(&self) -> String {
        match self {
            Self::Answered(exchange) if (200..300).contains(&exchange.status) => "OK".to_owned(),
            Self::Answered(exchange) => format!("Invalid HTTP Response: {}", exchange.status),
            Self::TimedOut => "timed out".to_owned(),
            Self::CannotConnect(_) => "failed to connect to host".to_owned(),
        }
    }

    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status_code())
    }
}

/// Both sides of one attempt, kept for whoever asks later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    pub status: u16,
    pub request_headers: Vec<(String, String)>,
    pub response_headers: Vec<(String, String)>,
    pub response_body: String,
}
