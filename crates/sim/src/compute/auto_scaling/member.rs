//! An instance as its group sees it.

use super::group::Group;
use crate::compute::machine::Machine;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifecycle {
    Pending,
    PendingWait,
    InService,
    TerminatingWait,
    Terminating,
}

impl Lifecycle {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::PendingWait => "Pending:Wait",
            Self::InService => "InService",
            Self::TerminatingWait => "Terminating:Wait",
            Self::Terminating => "Terminating",
        }
    }

    pub(super) fn is_leaving(self) -> bool {
        matches!(self, Self::TerminatingWait | Self::Terminating)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) instance_id: String,
    pub(super) instance_type: String,
    pub(super) zone: String,
    pub(super) subnet: String,
    pub(super) image_id: String,
    pub(super) is_spot: bool,
    pub(super) template_version: u64,
    pub(super) lifecycle: Lifecycle,
    /// Launched to balance the zones, and not in service yet.
    pub(super) balances: bool,
    pub(super) is_healthy: bool,
    pub(super) is_protected: bool,
    /// The activity that is bringing it in or taking it out.
    pub(super) activity: String,
    /// Hook and token of the lifecycle actions it waits for.
    pub(super) waits_for: BTreeSet<(String, String)>,
}

impl Member {
    pub(super) fn json(&self, m: &Machine, group: &Group) -> Value {
        json!({
            "InstanceId": self.instance_id,
            "InstanceType": self.instance_type,
            "AvailabilityZone": self.zone,
            "LifecycleState": self.lifecycle.text(),
            "HealthStatus": if self.is_healthy { "Healthy" } else { "Unhealthy" },
            "ProtectedFromScaleIn": self.is_protected,
            "ImageId": self.image_id,
            "LaunchTemplate": group.launch.launched_from(m, self.template_version),
        })
    }
}
