//! What became of a transaction.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use control::PortError;
use control::port::{Refused, WriteError};

use super::item;
use crate::error::{Sorted, port_error, sort_code};

/// Nothing was written because somebody else was writing one of the rows at that moment, or because
/// our own request whose answer was lost is still at work: a lock that will be free in milliseconds.
pub(super) const PAUSES: [Duration; 3] =
    [Duration::from_millis(20), Duration::from_millis(80), Duration::from_millis(320)];

pub(super) enum Outcome {
    /// Worth another try with the same token.
    Locked(PortError),
    Final(WriteError),
}

/// `places` are the indices of the changes that the parts of the transaction stand for.
pub(super) fn outcome(
    call: &str,
    error: SdkError<TransactWriteItemsError, HttpResponse>,
    places: &[usize],
) -> Outcome {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            let reasons = canceled.cancellation_reasons();
            let refused = refused(reasons, places);
            if refused.is_empty() {
                return other_reason(call, reasons);
            }
            Outcome::Final(WriteError::Refused(refused))
        }
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
            Outcome::Locked(port_error(call, error))
        }
        _ => Outcome::Final(WriteError::Port(port_error(call, error))),
    }
}

fn refused(reasons: &[CancellationReason], places: &[usize]) -> Vec<Refused> {
    places
        .iter()
        .zip(reasons)
        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(&index, reason)| {
            let found = reason.item().cloned().and_then(|found| item::to_row(found).ok());
            Refused { index, found }
        })
        .collect()
}

/// No condition failed: what is worst among the other reasons is what to do next.
fn other_reason(call: &str, reasons: &[CancellationReason]) -> Outcome {
    let said = |reason: &CancellationReason| {
        format!("{}: {}", reason.code().unwrap_or("None"), reason.message().unwrap_or("no message"))
    };
    let of = |wanted: Sorted| {
        let mut coded = reasons.iter().filter(|reason| !matches!(reason.code(), None | Some("None")));
        coded.find(|reason| reason.code().is_some_and(|code| sort_code(code) == wanted))
    };
    let error = |sorted: Sorted, reason: &CancellationReason| {
        let source = format!("{call} was cancelled by {}", said(reason));
        sorted.into_port_error(None, source.into())
    };
    for sorted in [Sorted::Refused, Sorted::Denied, Sorted::NotFound, Sorted::Throttled] {
        if let Some(reason) = of(sorted) {
            return Outcome::Final(WriteError::Port(error(sorted, reason)));
        }
    }
    match of(Sorted::Transient) {
        Some(reason) => Outcome::Locked(error(Sorted::Transient, reason)),
        None => Outcome::Final(WriteError::Port(PortError::Transient {
            source: format!("{call} was cancelled without a reason").into(),
        })),
    }
}
