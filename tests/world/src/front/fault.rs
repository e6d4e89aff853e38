//! Trouble on order: what a test wants to happen at the n-th call of a caller.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::body::Body;
use http::Response;
use http_body_util::BodyExt;

use super::{Call, peer, refusal::Refusal, relay::plain, route::Route};

/// What shall happen, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// As in [`Call`].
    pub caller: String,
    /// Only calls of this action count; without it, all do.
    pub action: Option<String>,
    /// Which of these calls, from 1, counted from when the fault was ordered.
    pub nth: u32,
    /// How many calls in a row it befalls, from that one on.
    pub times: u32,
    pub trouble: Trouble,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The caller's process ends and the call never happens.
    StopBefore,
    /// The call happens, the caller's process ends, and nobody hears the answer.
    StopAfter,
    /// The call happens later.
    Delay(Duration),
    /// The call is refused as too much.
    Throttle,
    /// The call fails inside the service.
    Fail,
}

/// The troubles that are still to come.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<(Fault, u32)>>);

impl Faults {
    /// Orders one more trouble.
    pub fn order(&self, fault: Fault) {
        self.lock().push((fault, 0));
    }

    /// Calls off what has not happened.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// What is still to happen.
    pub fn pending(&self) -> Vec<Fault> {
        self.lock().iter().map(|(fault, _)| fault.clone()).collect()
    }

    /// Counts the call, and says what befalls it.
    pub(super) fn meet(&self, call: &Call) -> Option<Trouble> {
        let mut ordered = self.lock();
        let mut met = None;
        ordered.retain_mut(|(fault, seen)| {
            let is_meant = fault.caller == call.caller
                && fault.action.as_ref().is_none_or(|action| *action == call.action);
            if !is_meant {
                return true;
            }
            *seen += 1;
            if *seen >= fault.nth && met.is_none() {
                met = Some(fault.trouble.clone());
            }
            *seen + 1 < fault.nth + fault.times
        });
        met
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Fault, u32)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what comes before the call; with an answer, the call does not happen.
pub(super) async fn befall(
    trouble: Option<&Trouble>,
    route: &Route,
    from: SocketAddr,
    own: SocketAddr,
) -> Option<Response<Body>> {
    match trouble? {
        Trouble::StopBefore => {
            peer::stop(from, own);
            Some(plain(503, "its caller was stopped before this call"))
        }
        Trouble::Delay(time) => {
            tokio::time::sleep(*time).await;
            None
        }
        Trouble::Throttle => Some(Refusal::throttled(route.dialect).answer(route.dialect)),
        Trouble::Fail => Some(Refusal::broken(route.dialect).answer(route.dialect)),
        Trouble::StopAfter => None,
    }
}

/// Lets the call come to its end before its caller does.
pub(super) async fn stop_after(answer: Response<Body>, from: SocketAddr, own: SocketAddr) -> Response<Body> {
    // How the call ended is nobody's business any more: its caller will not hear it.
    let _ = answer.into_body().collect().await;
    peer::stop(from, own);
    plain(503, "its caller was stopped after this call")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_befalls_the_calls_it_was_ordered_for_and_no_others() {
        let faults = Faults::default();
        let call = |caller: &str, action: &str| Call {
            caller: caller.to_owned(),
            service: "dynamodb".to_owned(),
            action: action.to_owned(),
        };
        let trouble = Trouble::Throttle;
        let action = Some("PutItem".to_owned());
        faults.order(Fault { caller: "webhook".to_owned(), action, nth: 2, times: 2, trouble });
        let met = [
            ("webhook", "PutItem"),
            ("webhook", "Query"),
            ("scaler", "PutItem"),
            ("webhook", "PutItem"),
            ("webhook", "PutItem"),
            ("webhook", "PutItem"),
        ]
        .map(|(caller, action)| faults.meet(&call(caller, action)).is_some());
        assert_eq!(met, [false, false, false, true, true, false]);
        assert_eq!(faults.pending(), []);
    }
}
