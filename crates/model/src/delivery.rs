//! The forge's attempts to tell us of events.

use crate::id::DeliveryId;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    /// The same for every attempt at one event.
    pub event: String,
    pub at: Timestamp,
    /// Not the first attempt.
    pub is_again: bool,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Received,
    /// Not answered, or by somebody who could not help it.
    Failed,
    /// Answered by us, and the next attempt would be answered the same.
    Refused,
}

/// The attempts that a sweep has read, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    pub list: Vec<Delivery>,
    /// The page where it goes on, if it was too long for one sweep.
    pub rest: Option<String>,
}

/// How far the attempts were looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryMemory {
    /// Whatever was attempted until then has been received, or was asked for once more.
    pub until: Timestamp,
    /// A list that was too long for one sweep.
    pub rest: Option<Rest>,
    /// Events that come again and again while others are received, and how often they did.
    pub stubborn: Vec<Stubborn>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    pub page: String,
    /// Where it began: all before that is looked through once its end is reached.
    pub began: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stubborn {
    pub event: String,
    pub n: u32,
}
