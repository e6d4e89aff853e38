//! Starting the task of a launch, and stopping a task.

use control::PortError;
use control::port::Started;
use model::id::TaskId;
use model::launch::Launch;
use model::{Purchase, Trust};
use serde_json::{Value, json};

use super::refusal::sort;
use super::{SimCompute, mark};
use crate::compute::Service;

/// What Fargate says when it has no place for anybody.
const NO_CAPACITY: &str = "Capacity is unavailable";

impl SimCompute {
    pub(super) fn run_task(&self, launch: &Launch) -> Result<Started, PortError> {
        let cluster = self.cluster(launch.trust)?;
        let mut asked = json!({
            "cluster": cluster,
            "taskDefinition": launch.revision.0,
            "count": 1,
            "overrides": {
                "cpu": launch.size.cpu.0.to_string(), "memory": launch.size.memory.0.to_string(),
                "containerOverrides": [{
                    "name": "runner",
                    "environment": [{ "name": "QUILLON_LAUNCH", "value": launch.id.to_string() }],
                }],
            },
            "startedBy": format!("quillon/{}", launch.id),
            "clientToken": token(cluster, launch),
            "tags": [{ "key": "quillon", "value": self.settings.installation }],
            "propagateTags": "NONE",
            "enableExecuteCommand": false,
        });
        match &launch.node {
            Some(node) => {
                let on_it = json!({ "type": "memberOf", "expression": format!("ec2InstanceId == {node}") });
                asked["launchType"] = json!("EC2");
                asked["placementConstraints"] = json!([on_it]);
            }
            None => {
                let pool = self.settings.serverless.get(&launch.pool).ok_or_else(|| PortError::Refused {
                    source: format!("no network for the pool {}", launch.pool).into(),
                })?;
                let provider = if pool.purchase == Purchase::Spot { "FARGATE_SPOT" } else { "FARGATE" };
                asked["capacityProviderStrategy"] = json!([{ "capacityProvider": provider, "weight": 1 }]);
                asked["networkConfiguration"] = json!({ "awsvpcConfiguration": {
                    "subnets": pool.subnets,
                    "securityGroups": pool.security_groups,
                    "assignPublicIp": if pool.has_public_ip { "ENABLED" } else { "DISABLED" },
                } });
            }
        }
        match self.call(Service::Ecs, "RunTask", &asked) {
            Ok(answer) => Ok(started(&answer)),
            Err(refusal) if refusal.code == "ConflictException" => {
                let task = refusal.extra.get("resourceIds").and_then(|ids| ids[0].as_str());
                Ok(task
                    .map_or_else(|| Started::Refused(refusal.to_string()), |arn| Started::Task(task_id(arn))))
            }
            Err(refusal) if refusal.message.contains("No Container Instances were found") => {
                Ok(Started::Refused(refusal.to_string()))
            }
            Err(refusal) => Err(sort(refusal)),
        }
    }

    pub(super) fn stop_task(&self, trust: Trust, task: &TaskId, why: &str) -> Result<(), PortError> {
        let reason: String = why.chars().take(255).collect();
        let asked = json!({ "cluster": self.cluster(trust)?, "task": task.0, "reason": reason });
        match self.call(Service::Ecs, "StopTask", &asked) {
            Ok(_) => Ok(()),
            Err(refusal) if refusal.message.contains("was not found") => Ok(()),
            Err(refusal) => Err(sort(refusal)),
        }
    }
}

/// The last part of an ARN; the session name of the task's credentials.
pub(crate) fn task_id(arn: &str) -> TaskId {
    TaskId::from(arn.rsplit('/').next().unwrap_or(arn))
}

fn started(answer: &Value) -> Started {
    if let Some(arn) = answer["tasks"][0]["taskArn"].as_str() {
        return Started::Task(task_id(arn));
    }
    let failures = answer["failures"].as_array().into_iter().flatten();
    let mut reasons: Vec<&str> = failures.filter_map(|failure| failure["reason"].as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let why = reasons.join("; ");
    if why.contains(NO_CAPACITY) { Started::NoCapacity(why) } else { Started::Refused(why) }
}

fn token(cluster: &str, launch: &Launch) -> String {
    let Launch { id, pool, node, revision, size, at, .. } = launch;
    let planned = at.planned.0;
    let place = node.as_ref().map_or_else(|| pool.to_string(), ToString::to_string);
    let words = format!("{cluster}|{place}|{revision}|{}|{}|{planned}", size.cpu.0, size.memory.0);
    format!("{id}-{}", mark(&words))
}
