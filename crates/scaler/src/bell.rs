//! What a batch of messages calls for.

use std::time::Duration;

use aws::event::{Message, Messages};
use control::tick::{Call, Depth};
use model::cordon::Warned;
use model::observation::Stopped;
use model::time::Timestamp;
use serde::Deserialize;

/// The queue's clock and ours may differ by less than this.
const SKEW: Duration = Duration::from_secs(1);

enum Heard {
    Ring,
    Sweep,
    Stopped(Stopped),
    Warned(Warned),
}

/// What is called for, and whether anybody waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) call: Call,
    pub(crate) is_urgent: bool,
}

/// One call for all messages; none, if a tick has seen all that they are about. `began` is when the last
/// finished tick began to observe.
pub(crate) fn called(messages: &Messages, began: Option<Timestamp>) -> Option<Called> {
    let mut called: Option<Called> = None;
    for message in &messages.records {
        let Some(heard) = heard(&message.body) else {
            tracing::error!(message.id = message.id, "a message that nobody of ours sends is passed over");
            continue;
        };
        if matches!(heard, Heard::Ring) && is_seen(message, began) {
            continue;
        }
        let Called { call, is_urgent } = called.get_or_insert(Called {
            call: Call { depth: Depth::Ring, stopped: vec![], warned: vec![] },
            is_urgent: false,
        });
        match heard {
            Heard::Ring => *is_urgent = true,
            Heard::Sweep => (call.depth, *is_urgent) = (Depth::Sweep, true),
            Heard::Stopped(stopped) => call.stopped.push(stopped),
            Heard::Warned(warned) => {
                call.warned.push(warned);
                *is_urgent = true;
            }
        }
    }
    called
}

fn is_seen(message: &Message, began: Option<Timestamp>) -> bool {
    began.is_some_and(|began| message.sent_at.after(SKEW) < began)
}

fn heard(body: &str) -> Option<Heard> {
    #[derive(Deserialize)]
    struct Body {
        ring: Option<String>,
        #[serde(rename = "detail-type")]
        detail_type: Option<String>,
    }
    let read: Body = serde_json::from_str(body).ok()?;
    match read.detail_type.as_deref() {
        Some("Scheduled Event") => Some(Heard::Sweep),
        Some(_) => match compute::event::stopped(body) {
            Some(stopped) => Some(Heard::Stopped(stopped)),
            None => compute::event::warned(body).map(Heard::Warned),
        },
        None => read.ring.map(|_| Heard::Ring),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RING: &str = r#"{"ring":"1","source":"webhook"}"#;
    const SWEEP: &str = r#"{"detail-type":"Scheduled Event","source":"aws.events","detail":{}}"#;

    fn check(bodies: &[(&str, u64)], began: Option<u64>) -> String {
        let records = bodies
            .iter()
            .map(|(body, sent_at)| Message {
                id: "m".into(),
                body: (*body).into(),
                sent_at: Timestamp(*sent_at),
            })
            .collect();
        match called(&Messages { records }, began.map(Timestamp)) {
            Some(Called { call: Call { depth, stopped, warned }, is_urgent }) => {
                let n = stopped.len() + warned.len();
                format!("{depth:?} {n}{}", if is_urgent { "" } else { ", in no hurry" })
            }
            None => "nothing".into(),
        }
    }

    #[test]
    fn many_rings_are_one_tick() {
        assert_eq!(check(&[(RING, 5), (RING, 6), (RING, 7)], None), "Ring 0");
    }

    #[test]
    fn a_ring_that_the_last_tick_has_seen_is_skipped() {
        assert_eq!(check(&[(RING, 1_000)], Some(2_001)), "nothing");
        assert_eq!(check(&[(RING, 1_000)], Some(2_000)), "Ring 0", "a second of skew");
        assert_eq!(check(&[(RING, 1_000), (RING, 1_500)], Some(2_001)), "Ring 0");
    }

    #[test]
    fn a_sweep_is_never_skipped_and_takes_the_rings_along() {
        assert_eq!(check(&[(RING, 1), (SWEEP, 1), (RING, 1)], Some(9_000)), "Sweep 0");
    }

    #[test]
    fn a_task_that_has_stopped_is_in_no_hurry_unless_somebody_rings() {
        let stopped = include_str!("../../../tests/payloads/ecs/task_state_change.cannot_pull.json");
        assert_eq!(check(&[(stopped, 1)], Some(9_000)), "Ring 1, in no hurry");
        assert_eq!(check(&[(stopped, 1), (RING, 1)], Some(9_000)), "Ring 1, in no hurry", "seen already");
        assert_eq!(check(&[(stopped, 1), (RING, 9_000)], Some(9_000)), "Ring 1");
        assert_eq!(check(&[(stopped, 1), (SWEEP, 1)], Some(9_000)), "Sweep 1");
    }

    #[test]
    fn a_warning_is_never_skipped() {
        let warning = r#"{"detail-type":"EC2 Spot Instance Interruption Warning","source":"aws.ec2",
            "detail":{"instance-id":"i-1","instance-action":"terminate"}}"#;
        assert_eq!(check(&[(warning, 1), (RING, 1)], Some(9_000)), "Ring 1");
    }

    #[test]
    fn whatever_a_message_holds_the_others_are_heard() {
        assert_eq!(
            check(&[("", 1), ("{", 1), ("[]", 1), (r#"{"ring":7}"#, 1), (r#"{"a":1}"#, 1), (RING, 1)], None),
            "Ring 0"
        );
        assert_eq!(check(&[(r#"{"detail-type":"ECS Task State Change","detail":[]}"#, 1)], None), "nothing");
    }
}
