//! What others may look up in the machine: names, ARNs and tags.

use super::ecs;
use super::machine::Machine;
use super::template::TemplateRef;
use std::collections::BTreeMap;

impl Machine {
    /// The ARN of a resource in this account and Region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.settings.region, self.settings.account)
    }

    /// Pending or running.
    pub fn is_alive(&self, instance_id: &str) -> bool {
        self.ec2.instances.get(instance_id).is_some_and(|instance| instance.is_alive())
    }

    /// How many are pending or running.
    pub fn n_alive(&self) -> usize {
        self.ec2.instances.values().filter(|instance| instance.is_alive()).count()
    }

    /// Pending or running, and not a group's.
    pub fn alive_in_no_group(&self) -> Vec<String> {
        let alive = self.ec2.instances.values().filter(|instance| instance.is_alive());
        alive.filter(|instance| instance.group.is_none()).map(|instance| instance.id.clone()).collect()
    }

    /// Members of a group that are not on their way out.
    pub fn n_members(&self, group: &str) -> i64 {
        self.auto_scaling.groups.get(group).map_or(0, |group| group.n_present())
    }

    /// Whether an order was carried out whose token begins like this, answered or not.
    pub fn has_launched(&self, group: &str, token: &str) -> bool {
        let group = self.auto_scaling.groups.get(group);
        group.is_some_and(|group| group.launch_tokens.keys().any(|it| it.starts_with(token)))
    }

    pub fn group_arn(&self, name: &str) -> Option<String> {
        self.auto_scaling.groups.get(name).map(|group| group.arn.clone())
    }

    /// The Auto Scaling group an instance was launched for.
    pub fn group_of_instance(&self, instance_id: &str) -> Option<String> {
        self.ec2.instances.get(instance_id)?.group.clone()
    }

    /// Why a task stops, if it does.
    pub fn stop_code(&self, task: &str) -> Option<&'static str> {
        self.ecs.tasks.get(task)?.stop_code
    }

    /// The ARN that `family`, `family:revision` or an ARN means.
    pub fn task_definition_arn(&self, name: &str) -> Option<String> {
        ecs::definition_arn(self, name)
    }

    /// The roles a task of that definition would get.
    pub fn task_definition_roles(&self, name: &str) -> Vec<String> {
        ecs::definition_roles(self, name)
    }

    /// The tags of anything that has an ARN here.
    pub fn resource_tags(&self, arn: &str) -> BTreeMap<String, String> {
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        if let Some(id) = resource.strip_prefix("instance/") {
            return self.ec2.instances.get(id).map(|it| it.tags.clone()).unwrap_or_default();
        }
        if let Some((_, name)) = resource.split_once(":autoScalingGroupName/") {
            let group = self.auto_scaling.groups.get(name);
            return group.map(|group| group.tag_values()).unwrap_or_default();
        }
        ecs::tags_of(self, arn)
    }

    /// The launch templates that groups name.
    pub fn named_templates(&self) -> Vec<TemplateRef> {
        let named = self.auto_scaling.groups.values().flat_map(|group| group.launch.template_refs());
        let mut named: Vec<TemplateRef> = named.collect();
        named.sort();
        named.dedup();
        named
    }

    pub fn knows_template(&self, named: &TemplateRef) -> bool {
        self.templates.contains_key(named)
    }

    pub fn knows_subnet(&self, id: &str) -> bool {
        self.subnets.contains_key(id)
    }
}
