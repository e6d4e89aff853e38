//! Trouble that can be ordered: lost, late and repeated webhooks, failing and unanswered calls.

use std::time::Duration;

use super::delivery::{Action, Event};
use super::id::JobId;

/// What befalls the next deliveries that match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookFault {
    pub which: HookMatch,
    pub mishap: HookMishap,
    /// None is until it is taken away.
    pub times: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookMatch {
    pub job: Option<JobId>,
    pub action: Option<Action>,
}

impl HookMatch {
    pub(crate) fn fits(&self, event: &Event) -> bool {
        self.action.is_none_or(|action| action == event.action)
            && self.job.is_none_or(|id| event.job.as_ref().is_some_and(|job| job.id == id))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookMishap {
    /// Never made: no delivery, nothing in the list.
    Lose,
    /// Made and not received: in the list as failed, and can be sent again.
    Fail,
    Delay(Duration),
    /// Sent twice with one GUID.
    Twice,
    /// Kept until released, in whatever order.
    Hold,
}

/// What befalls the next calls that match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiFault {
    /// GitHub's name of the operation, as `actions/generate-runner-jitconfig-for-org`; None is every call.
    pub operation: Option<String>,
    pub mishap: ApiMishap,
    pub times: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiMishap {
    /// Refused with this status before anything happens.
    Status {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// Done, and the answer never arrives.
    LoseAnswer,
    Delay(Duration),
}

/// Takes one use of the first fault that fits.
pub(crate) fn take<F: Clone>(
    faults: &mut Vec<F>,
    fits: impl Fn(&F) -> bool,
    times: impl Fn(&mut F) -> &mut Option<u32>,
) -> Option<F> {
    let at = faults.iter().position(fits)?;
    let found = faults[at].clone();
    if let Some(left) = times(&mut faults[at]) {
        *left = left.saturating_sub(1);
        if *left == 0 {
            faults.remove(at);
        }
    }
    Some(found)
}
