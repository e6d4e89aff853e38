//! Machines of ours, whether a group has them or not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use control::PortError;
use model::id::InstanceId;
use model::time::Timestamp;
use serde_json::{Value, json};

use super::SimCompute;
use super::refusal::sort;
use crate::compute::{Service, parse_time};

/// What costs money: also what does not run, for its disk is paid for.
const COSTLY: [&str; 4] = ["pending", "running", "stopping", "stopped"];

impl SimCompute {
    pub(super) fn all_machines(&self) -> Result<BTreeMap<InstanceId, Timestamp>, PortError> {
        let mut asked = json!({
            "Filter": [
                { "Name": "tag:quillon", "Value": [self.settings.installation] },
                { "Name": "instance-state-name", "Value": COSTLY },
            ],
            "MaxResults": 1000,
        });
        let mut found = BTreeMap::new();
        loop {
            let answer = self.call(Service::Ec2, "DescribeInstances", &asked).map_err(sort)?;
            let reservations = answer["reservationSet"].as_array().into_iter().flatten();
            let instances = reservations.filter_map(|it| it["instancesSet"].as_array()).flatten();
            found.extend(instances.filter_map(launched));
            // EC2 spells it one way in a question and another in an answer.
            match answer.get("nextToken").filter(|next| next.is_string()) {
                Some(next) => asked["NextToken"] = next.clone(),
                None => return Ok(found),
            }
        }
    }

    pub(super) fn in_a_group(&self, nodes: &[InstanceId]) -> Result<BTreeSet<InstanceId>, PortError> {
        let named: Vec<&str> = nodes.iter().map(|id| id.0.as_str()).collect();
        let asked = json!({ "InstanceIds": named, "MaxRecords": 50 });
        let answer = self.call(Service::AutoScaling, "DescribeAutoScalingInstances", &asked).map_err(sort)?;
        let members = answer["AutoScalingInstances"].as_array().into_iter().flatten();
        Ok(members.filter_map(|it| it["InstanceId"].as_str().map(InstanceId::from)).collect())
    }

    pub(super) fn terminate_instances(&self, nodes: &[InstanceId]) -> Result<(), PortError> {
        let named: Vec<&str> = nodes.iter().map(|id| id.0.as_str()).collect();
        match self.call(Service::Ec2, "TerminateInstances", &json!({ "InstanceId": named })) {
            Ok(_) => {
                self.remember_terminated(nodes);
                Ok(())
            }
            // One that nobody knows any more spoils it for all.
            Err(refusal) if refusal.code == UNKNOWN => {
                nodes.iter().try_for_each(|node| self.terminate_instance(node))
            }
            Err(refusal) => Err(sort(refusal)),
        }
    }

    fn terminate_instance(&self, node: &InstanceId) -> Result<(), PortError> {
        match self.call(Service::Ec2, "TerminateInstances", &json!({ "InstanceId": [node.0] })) {
            Ok(_) => self.remember_terminated(std::slice::from_ref(node)),
            Err(refusal) if refusal.code == UNKNOWN => {}
            Err(refusal) => return Err(sort(refusal)),
        }
        Ok(())
    }
}

const UNKNOWN: &str = "InvalidInstanceID.NotFound";

fn launched(instance: &Value) -> Option<(InstanceId, Timestamp)> {
    let id = InstanceId::from(instance["instanceId"].as_str()?);
    let launched: Duration = parse_time(instance["launchTime"].as_str()?)?;
    Some((id, Timestamp(0).after(launched)))
}
