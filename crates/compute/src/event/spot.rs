//! What EC2 says of a spot machine before it takes it back.

use std::borrow::Cow;

use model::cordon::{CordonReason, Warned};
use serde::Deserialize;

use super::Event;

/// Reads a whole event as EventBridge sends it. Anything but a warning of EC2's is `None`; whose machine it
/// is, the event does not say.
#[must_use]
pub fn warned(event: &str) -> Option<Warned> {
    let event: Event<'_> = serde_json::from_str(event).ok()?;
    if event.source != "aws.ec2" {
        return None;
    }
    let detail: Detail<'_> = serde_json::from_str(event.detail.get()).ok()?;
    let why = match event.detail_type.as_ref() {
        // Stopped and hibernated machines are no less lost to the tasks on them.
        "EC2 Spot Instance Interruption Warning" => CordonReason::Reclaimed,
        "EC2 Instance Rebalance Recommendation" => CordonReason::AtRisk,
        _ => return None,
    };
    Some(Warned { node: detail.instance_id.as_ref().into(), why })
}

#[derive(Deserialize)]
struct Detail<'a> {
    #[serde(borrow, rename = "instance-id")]
    instance_id: Cow<'a, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const WARNING: &str =
        include_str!("../../../../tests/payloads/ec2/spot_instance_interruption_warning.json");
    const RECOMMENDATION: &str =
        include_str!("../../../../tests/payloads/ec2/instance_rebalance_recommendation.json");

    #[test]
    fn a_warning_names_its_machine() {
        let node = || "i-1234567890abcdef0".into();
        assert_eq!(warned(WARNING), Some(Warned { node: node(), why: CordonReason::Reclaimed }));
        assert_eq!(warned(RECOMMENDATION), Some(Warned { node: node(), why: CordonReason::AtRisk }));
    }

    #[test]
    fn anything_but_a_warning_is_none() {
        assert_eq!(warned(""), None);
        assert_eq!(warned("{}"), None);
        assert_eq!(warned(r#"{"ring":"1","source":"webhook"}"#), None);
        assert_eq!(warned(&WARNING.replace("aws.ec2", "somebody")), None);
        assert_eq!(warned(&WARNING.replace("instance-id", "id")), None);
        assert_eq!(warned(&WARNING.replace("Interruption Warning", "Price")), None);
    }
}
