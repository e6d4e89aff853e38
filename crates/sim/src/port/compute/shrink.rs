//! Giving machines back.

use std::sync::PoisonError;

use control::PortError;
use model::Trust;
use model::id::InstanceId;
use model::rules::PoolName;
use serde_json::json;

use super::SimCompute;
use super::refusal::sort;
use crate::compute::Service;
use crate::numbers::{ec2, ecs};

impl SimCompute {
    pub(super) fn set_draining(&self, trust: Trust, handles: &[String]) -> Result<(), PortError> {
        let cluster = self.cluster(trust)?;
        for handles in handles.chunks(ecs::AT_ONCE) {
            let asked = json!({ "cluster": cluster, "containerInstances": handles, "status": "DRAINING" });
            // Whoever was deregistered meanwhile stands under the failures.
            self.call(Service::Ecs, "UpdateContainerInstancesState", &asked).map_err(sort)?;
        }
        Ok(())
    }

    pub(super) fn terminate_members(&self, pool: &PoolName, nodes: &[InstanceId]) -> Result<(), PortError> {
        let group = self.group(pool)?;
        for nodes in nodes.chunks(ec2::ENDED_AT_ONCE) {
            let many = json!({
                "AutoScalingGroupName": group,
                "InstanceIds": nodes.iter().map(|id| id.0.as_str()).collect::<Vec<_>>(),
                "ShouldDecrementDesiredCapacity": true,
            });
            match self.call(Service::AutoScaling, "TerminateInstanceInAutoScalingGroup", &many) {
                Ok(_) => self.remember_terminated(nodes),
                // One that is gone spoils it for all.
                Err(refusal) if refusal.code == "ValidationError" => {
                    nodes.iter().try_for_each(|node| self.terminate_member(node))?;
                }
                Err(refusal) => return Err(sort(refusal)),
            }
        }
        Ok(())
    }

    fn terminate_member(&self, node: &InstanceId) -> Result<(), PortError> {
        let asked = json!({ "InstanceId": node.0, "ShouldDecrementDesiredCapacity": true });
        match self.call(Service::AutoScaling, "TerminateInstanceInAutoScalingGroup", &asked) {
            Ok(_) => {
                self.remember_terminated(std::slice::from_ref(node));
                Ok(())
            }
            Err(refusal) if refusal.message.contains("not found") => Ok(()),
            Err(refusal) => Err(sort(refusal)),
        }
    }

    pub(super) fn set_desired(&self, pool: &PoolName, n: u32) -> Result<(), PortError> {
        let asked = json!({
            "AutoScalingGroupName": self.group(pool)?, "DesiredCapacity": n, "HonorCooldown": false,
        });
        self.call(Service::AutoScaling, "SetDesiredCapacity", &asked).map_err(sort)?;
        Ok(())
    }

    pub(super) fn remember_terminated(&self, nodes: &[InstanceId]) {
        self.terminated.lock().unwrap_or_else(PoisonError::into_inner).extend(nodes.iter().cloned());
    }
}
