//! Ordering machines of one offering.

use control::PortError;
use control::port::Ordered;
use model::id::InstanceId;
use model::node::Order;
use serde_json::{Value, json};

use super::refusal::sort;
use super::{SimCompute, mark};
use crate::compute::{Refusal, Service};
use crate::numbers::ec2::LAUNCHED_AT_ONCE;

impl SimCompute {
    pub(super) fn launch_instances(&self, order: &Order) -> Result<Ordered, PortError> {
        let pool = &order.id.pool;
        let group = self.group(pool)?;
        let mut ordered = Ordered { instances: vec![], refused: None };
        for (part, n) in parts(order.n) {
            let mark = mark(&format!("{group}|{}|{}|{}|{part}", order.zone, order.n, order.at.0));
            let asked = json!({
                "AutoScalingGroupName": group,
                "RequestedCapacity": n,
                "ClientToken": format!("{}-{}", order.id, &mark[..8]),
                "AvailabilityZones": [order.zone.0],
                "RetryStrategy": "none",
            });
            match self.call(Service::AutoScaling, "LaunchInstances", &asked) {
                Ok(answer) => {
                    ordered.instances.extend(launched(&answer));
                    ordered.refused = refused(&answer);
                }
                Err(refusal) if is_full(&refusal) => ordered.refused = Some(refusal.to_string()),
                Err(refusal) => return Err(sort(refusal)),
            }
            if ordered.refused.is_some() {
                break;
            }
        }
        Ok(ordered)
    }
}

fn parts(n: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..n.div_ceil(LAUNCHED_AT_ONCE))
        .map(move |part| (part, LAUNCHED_AT_ONCE.min(n - part * LAUNCHED_AT_ONCE)))
}

fn launched(answer: &Value) -> Vec<InstanceId> {
    let batches = answer["Instances"].as_array().into_iter().flatten();
    let ids = batches.flat_map(|batch| batch["InstanceIds"].as_array().into_iter().flatten());
    ids.filter_map(Value::as_str).map(InstanceId::from).collect()
}

fn refused(answer: &Value) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    for error in answer["Errors"].as_array().into_iter().flatten() {
        let line = format!(
            "{}: {}",
            error["ErrorCode"].as_str().unwrap_or_default(),
            error["ErrorMessage"].as_str().unwrap_or_default()
        );
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// The group's maximum is told as a value that is wrong.
fn is_full(refusal: &Refusal) -> bool {
    refusal.code == "ValidationError" && refusal.message.contains("max")
}
