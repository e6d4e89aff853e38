//! Everything of ours that the provider lists.

use std::collections::{BTreeMap, BTreeSet};

use control::PortError;
use model::id::{InstanceId, TaskId, Zone};
use model::observation::{Member, Survey};
use model::size::{CpuUnits, Mib, Size};
use serde_json::{Value, json};

use super::SimCompute;
use super::refusal::sort;
use super::task::task_id;
use crate::compute::Service;

impl SimCompute {
    pub(super) fn look_around(&self) -> Result<Survey, PortError> {
        let mut survey = Survey { members: self.members()?, ..Survey::default() };
        for cluster in self.settings.clusters.values() {
            let instances = self.container_instances(cluster)?;
            survey.registered.extend(instances.iter().filter_map(usable));
            survey.draining.extend(instances.iter().filter_map(draining));
            survey.tasks.extend(self.tasks(cluster)?);
        }
        Ok(survey)
    }

    fn members(&self) -> Result<BTreeMap<InstanceId, Member>, PortError> {
        let groups: Vec<&String> = self.settings.groups.values().collect();
        let asked = json!({ "AutoScalingGroupNames": groups, "MaxRecords": 100 });
        let pages = self.pages(
            Service::AutoScaling,
            "DescribeAutoScalingGroups",
            asked,
            "NextToken",
            "AutoScalingGroups",
        )?;
        let mut members = BTreeMap::new();
        for (pool, name) in &self.settings.groups {
            let Some(group) = pages.iter().find(|group| group["AutoScalingGroupName"] == **name) else {
                return Err(PortError::NotFound { source: format!("there is no group {name}").into() });
            };
            let instances = group["Instances"].as_array().into_iter().flatten();
            members.extend(instances.filter_map(|instance| {
                let stays =
                    matches!(instance["LifecycleState"].as_str()?, "Pending" | "Pending:Wait" | "InService");
                let zone = Zone::from(instance["AvailabilityZone"].as_str()?);
                let id = InstanceId::from(instance["InstanceId"].as_str()?);
                stays.then(|| (id, Member { pool: pool.clone(), zone }))
            }));
        }
        Ok(members)
    }

    fn container_instances(&self, cluster: &str) -> Result<Vec<Value>, PortError> {
        let asked = json!({ "cluster": cluster, "maxResults": 100 });
        let arns =
            self.pages(Service::Ecs, "ListContainerInstances", asked, "nextToken", "containerInstanceArns")?;
        let mut instances = Vec::new();
        for arns in arns.chunks(100) {
            let asked = json!({ "cluster": cluster, "containerInstances": arns });
            let answer = self.call(Service::Ecs, "DescribeContainerInstances", &asked).map_err(sort)?;
            instances.extend(answer["containerInstances"].as_array().into_iter().flatten().cloned());
        }
        Ok(instances)
    }

    fn tasks(&self, cluster: &str) -> Result<BTreeSet<TaskId>, PortError> {
        let asked = json!({ "cluster": cluster, "desiredStatus": "RUNNING", "maxResults": 100 });
        let arns = self.pages(Service::Ecs, "ListTasks", asked, "nextToken", "taskArns")?;
        Ok(arns.iter().filter_map(Value::as_str).map(task_id).collect())
    }

    /// The items of all pages.
    fn pages(
        &self,
        service: Service,
        action: &str,
        mut asked: Value,
        token: &str,
        items: &str,
    ) -> Result<Vec<Value>, PortError> {
        let mut all = Vec::new();
        loop {
            let answer = self.call(service, action, &asked).map_err(sort)?;
            all.extend(answer[items].as_array().into_iter().flatten().cloned());
            match answer.get(token).filter(|next| next.is_string()) {
                Some(next) => asked[token] = next.clone(),
                None => return Ok(all),
            }
        }
    }
}

fn usable(instance: &Value) -> Option<(InstanceId, Size)> {
    if instance["status"] != "ACTIVE" || instance["agentConnected"] != true {
        return None;
    }
    Some((InstanceId::from(instance["ec2InstanceId"].as_str()?), registered_size(instance)?))
}

fn draining(instance: &Value) -> Option<InstanceId> {
    let is_draining = instance["status"] == "DRAINING";
    is_draining.then(|| instance["ec2InstanceId"].as_str().map(InstanceId::from))?
}

pub(crate) fn registered_size(instance: &Value) -> Option<Size> {
    let resources = instance["registeredResources"].as_array()?;
    let amount = |name: &str| {
        let resource = resources.iter().find(|resource| resource["name"] == name)?;
        u32::try_from(resource["integerValue"].as_u64()?).ok()
    };
    Some(Size { cpu: CpuUnits(amount("CPU")?), memory: Mib(amount("MEMORY")?) })
}
