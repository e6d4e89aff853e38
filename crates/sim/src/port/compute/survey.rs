//! Everything of ours that the provider lists.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use control::PortError;
use control::port::Described;
use model::Trust;
use model::id::{InstanceId, TaskId, Zone};
use model::observation::{Member, Registration, Survey};
use model::rules::PoolName;
use model::size::{CpuUnits, Mib, Size};
use model::time::Timestamp;
use serde_json::{Value, json};

use super::SimCompute;
use super::refusal::sort;
use super::task::task_id;
use crate::compute::Service;

impl SimCompute {
    pub(super) fn look_around(&self) -> Result<Survey, PortError> {
        let mut survey = self.groups()?;
        for (trust, cluster) in &self.settings.clusters {
            let instances = self.container_instances(cluster)?;
            survey.registered.extend(instances.iter().filter_map(registration));
            survey.draining.extend(instances.iter().filter_map(draining));
            survey.tasks.extend(self.tasks(cluster)?.into_iter().map(|task| (task, *trust)));
        }
        Ok(survey)
    }

    pub(super) fn describe_tasks(
        &self,
        trust: Trust,
        tasks: &[TaskId],
    ) -> Result<BTreeMap<TaskId, Described>, PortError> {
        let named: Vec<&str> = tasks.iter().map(|task| task.0.as_str()).collect();
        let asked = json!({ "cluster": self.cluster(trust)?, "tasks": named });
        let answer = self.call(Service::Ecs, "DescribeTasks", &asked).map_err(sort)?;
        let tasks = answer["tasks"].as_array().into_iter().flatten();
        let alive = tasks.filter(|task| task["desiredStatus"] != "STOPPED");
        let ours = alive.filter_map(|task| Some((task_id(task["taskArn"].as_str()?), self.described(task)?)));
        Ok(ours.collect())
    }

    /// Nothing of a task that somebody else has started.
    fn described(&self, task: &Value) -> Option<Described> {
        let launch = task["startedBy"].as_str()?.strip_prefix("quillon/")?.parse().ok()?;
        let ours = format!("quillon-{}-", self.settings.installation);
        let family = task["taskDefinitionArn"].as_str()?.rsplit('/').next()?;
        if family.strip_prefix(&ours)?.contains('-') {
            return None;
        }
        let began = Duration::try_from_secs_f64(task["createdAt"].as_f64()?).ok()?;
        Some(Described { launch, began: Timestamp(0).after(began) })
    }

    fn groups(&self) -> Result<Survey, PortError> {
        let groups: Vec<&String> = self.settings.groups.values().collect();
        let asked = json!({ "AutoScalingGroupNames": groups, "MaxRecords": 100 });
        let pages = self.pages(
            Service::AutoScaling,
            "DescribeAutoScalingGroups",
            asked,
            "NextToken",
            "AutoScalingGroups",
        )?;
        let mut survey = Survey::default();
        for (pool, name) in &self.settings.groups {
            let Some(group) = pages.iter().find(|group| group["AutoScalingGroupName"] == **name) else {
                return Err(PortError::NotFound { source: format!("there is no group {name}").into() });
            };
            let desired = group["DesiredCapacity"].as_u64().and_then(|n| u32::try_from(n).ok());
            survey.held.insert(pool.clone(), desired.unwrap_or_default());
            let instances = group["Instances"].as_array().into_iter().flatten();
            survey.members.extend(instances.filter_map(|instance| member(instance, group, pool)));
        }
        Ok(survey)
    }

    fn container_instances(&self, cluster: &str) -> Result<Vec<Value>, PortError> {
        let asked = json!({ "cluster": cluster, "maxResults": 100 });
        let arns =
            self.pages(Service::Ecs, "ListContainerInstances", asked, "nextToken", "containerInstanceArns")?;
        let mut instances = Vec::new();
        for arns in arns.chunks(100) {
            let asked = json!({ "cluster": cluster, "containerInstances": arns });
            let mut answer = self.call(Service::Ecs, "DescribeContainerInstances", &asked).map_err(sort)?;
            instances.extend(taken(&mut answer["containerInstances"]));
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
            let mut answer = self.call(service, action, &asked).map_err(sort)?;
            all.extend(taken(&mut answer[items]));
            match answer.get(token).filter(|next| next.is_string()) {
                Some(next) => asked[token] = next.clone(),
                None => return Ok(all),
            }
        }
    }
}

fn taken(items: &mut Value) -> Vec<Value> {
    if let Value::Array(items) = items { std::mem::take(items) } else { Vec::new() }
}

/// Machines on their way out are no members: nothing may be placed on them, and what runs there ends.
fn member(instance: &Value, group: &Value, pool: &PoolName) -> Option<(InstanceId, Member)> {
    let stays = matches!(instance["LifecycleState"].as_str()?, "Pending" | "Pending:Wait" | "InService");
    let mixed = &group["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"];
    let current = if mixed.is_object() { mixed } else { &group["LaunchTemplate"] };
    let (now, then) = (current["Version"].as_str(), instance["LaunchTemplate"]["Version"].as_str());
    // Where the group names no number, only EC2 knows which one it is.
    let is_number = now.is_some_and(|version| version.parse::<u64>().is_ok());
    let is_other =
        then != now || instance["LaunchTemplate"]["LaunchTemplateId"] != current["LaunchTemplateId"];
    let member = Member {
        pool: pool.clone(),
        zone: Zone::from(instance["AvailabilityZone"].as_str()?),
        is_outdated: is_number && is_other,
    };
    let id = InstanceId::from(instance["InstanceId"].as_str()?);
    stays.then_some((id, member))
}

fn registration(instance: &Value) -> Option<(InstanceId, Registration)> {
    let n = |count: &str| instance[count].as_u64().and_then(|n| u32::try_from(n).ok());
    let registration = Registration {
        handle: instance["containerInstanceArn"].as_str()?.to_owned(),
        size: registered_size(instance)?,
        is_connected: instance["agentConnected"] == true,
        n_tasks: n("runningTasksCount")? + n("pendingTasksCount")?,
    };
    Some((InstanceId::from(instance["ec2InstanceId"].as_str()?), registration))
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
