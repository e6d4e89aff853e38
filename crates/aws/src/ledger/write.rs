//! What became of a transaction.

use std::time::Duration;

use control::PortError;
use control::port::{Refused, WriteError};
use serde::Deserialize;

use super::item::{self, Attributes};
use crate::call::Failure;
use crate::error::{Sorted, sort_code};

/// Nothing was written because somebody else was writing one of the rows at that moment, or because
/// our own request whose answer was lost is still at work: a lock that will be free in milliseconds.
pub(super) const PAUSES: [Duration; 3] =
    [Duration::from_millis(20), Duration::from_millis(80), Duration::from_millis(320)];

pub(super) enum Outcome {
    /// Worth another try with the same token.
    Locked(PortError),
    Final(WriteError),
}

#[derive(Default, Deserialize)]
struct Cancelled {
    #[serde(rename = "CancellationReasons", default)]
    reasons: Vec<Reason>,
}

/// There is one for each part of the transaction, in their order.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reason {
    code: Option<String>,
    message: Option<String>,
    item: Option<Attributes>,
}

/// `places` are the indices of the changes that the parts of the transaction stand for.
pub(super) fn outcome(call: &str, failure: Failure, places: &[usize]) -> Outcome {
    match failure.code() {
        Some("TransactionCanceledException") => {
            let cancelled: Cancelled = failure.read().unwrap_or_default();
            match refused(&cancelled.reasons, places) {
                refused if refused.is_empty() => other_reason(call, &cancelled.reasons),
                refused => Outcome::Final(WriteError::Refused(refused)),
            }
        }
        Some("TransactionInProgressException") => Outcome::Locked(failure.into_port_error(call)),
        Some(_) | None => Outcome::Final(WriteError::Port(failure.into_port_error(call))),
    }
}

fn refused(reasons: &[Reason], places: &[usize]) -> Vec<Refused> {
    places
        .iter()
        .zip(reasons)
        .filter(|(_, reason)| reason.code.as_deref() == Some("ConditionalCheckFailed"))
        .map(|(&index, reason)| {
            let found = reason.item.clone().and_then(|found| item::to_row(found).ok());
            Refused { index, found }
        })
        .collect()
}

/// No condition failed: what is worst among the other reasons is what to do next.
fn other_reason(call: &str, reasons: &[Reason]) -> Outcome {
    let coded = || {
        let coded = reasons.iter().filter_map(|reason| Some((reason.code.as_deref()?, reason)));
        coded.filter(|(code, _)| *code != "None").map(|(code, reason)| (sort_code(code), code, reason))
    };
    let of = |wanted: Sorted| coded().find(|(sorted, ..)| *sorted == wanted);
    let error = |(sorted, code, reason): (Sorted, &str, &Reason)| {
        let message = reason.message.as_deref().unwrap_or("no message");
        sorted.into_port_error(None, format!("{call} was cancelled by {code}: {message}").into())
    };
    let worst_first = [Sorted::Refused, Sorted::Denied, Sorted::NotFound, Sorted::Throttled];
    if let Some(worst) = worst_first.into_iter().find_map(of) {
        return Outcome::Final(WriteError::Port(error(worst)));
    }
    match of(Sorted::Transient) {
        Some(reason) => Outcome::Locked(error(reason)),
        None => Outcome::Final(WriteError::Port(PortError::Transient {
            source: format!("{call} was cancelled without a reason").into(),
        })),
    }
}
