//! What an operator, or the provider by itself, does to the groups.

use serde_json::{Value, json};

use super::Installation;
use super::setup::group;
use crate::compute::{Service, Template, TemplateRef};
use model::rules::PoolName;

impl Installation {
    /// A new version of the pool's launch template, as a changed image or setting makes one.
    pub fn renew_template(&mut self, pool: &PoolName) {
        let now = self.clock.of_compute();
        let id = format!("lt-{pool}");
        let shown = self.show(pool);
        let version: u64 =
            shown["LaunchTemplate"]["Version"].as_str().and_then(|it| it.parse().ok()).unwrap_or(1);
        let mut machine = self.machine();
        let named = |version: u64| TemplateRef { id_or_name: id.clone(), version: version.to_string() };
        let known = machine.template(&named(version)).cloned().unwrap_or_default();
        machine.know_template(named(version + 1), Template { version: version + 1, ..known });
        let template = json!({ "LaunchTemplateId": id, "Version": (version + 1).to_string() });
        let asked = json!({ "AutoScalingGroupName": group(pool), "LaunchTemplate": template });
        machine
            .call(Service::AutoScaling, "UpdateAutoScalingGroup", &asked, now)
            .expect("the group is there, and so is the template");
    }

    /// The machines of a pool that are not on their way out, and the version they were made of.
    pub fn members(&self, pool: &PoolName) -> Vec<(String, String)> {
        let shown = self.show(pool);
        let instances = shown["Instances"].as_array().into_iter().flatten();
        let staying = instances.filter(|it| {
            matches!(it["LifecycleState"].as_str(), Some("Pending" | "Pending:Wait" | "InService"))
        });
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        staying.map(|it| (text(&it["InstanceId"]), text(&it["LaunchTemplate"]["Version"]))).collect()
    }

    pub fn desired(&self, pool: &PoolName) -> u64 {
        self.show(pool)["DesiredCapacity"].as_u64().unwrap_or_default()
    }

    fn show(&self, pool: &PoolName) -> Value {
        let asked = json!({ "AutoScalingGroupNames": [group(pool)] });
        let now = self.clock.of_compute();
        let shown = self.machine().call(Service::AutoScaling, "DescribeAutoScalingGroups", &asked, now);
        shown.map_or(Value::Null, |shown| shown["AutoScalingGroups"][0].clone())
    }
}
