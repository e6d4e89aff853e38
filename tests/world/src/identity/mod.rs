#![doc = include_str!("README.md")]

mod autoscaling;
mod ec2;
mod ecs;
mod policies;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sim::compute::Service;

pub(crate) use self::policies::{Policies, THROUGH_THE_FRONT_DOOR};
use crate::{
    ministack::{ACCOUNT, REGION},
    side_door::Check,
};

/// What only the model knows about the resources a call names.
pub(crate) trait Resources {
    /// The tags of a task, a container instance, a group, an instance…
    fn tags(&self, arn: &str) -> BTreeMap<String, String>;
    /// `family`, `family:revision` or an ARN, as the ARN of one revision.
    fn task_definition(&self, named: &str) -> Option<String>;
    /// Task role and execution role of a revision.
    fn roles(&self, task_definition: &str) -> Vec<String>;
    /// A group's ARN, which holds an id of its own.
    fn group(&self, name: &str) -> Option<String>;
    /// The group an instance belongs to.
    fn group_of(&self, instance_id: &str) -> Option<String>;
}

/// Everything that must be allowed for this call, or it is denied as a whole.
pub(crate) fn checks(
    service: Service,
    action: &str,
    params: &Value,
    resources: &dyn Resources,
) -> Vec<Check> {
    match service {
        Service::Ecs => ecs::checks(action, params, resources),
        Service::AutoScaling => autoscaling::checks(action, params, resources),
        Service::Ec2 => ec2::checks(action, params, resources),
    }
}

/// Condition keys on their way into a check.
#[derive(Clone, Debug, Default)]
struct Context(BTreeMap<String, Value>);

impl Context {
    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// `aws:ResourceTag/…` and the service's own key for the same.
    fn tagged(mut self, own: &str, tags: &BTreeMap<String, String>) -> Self {
        for (name, value) in tags {
            self = self
                .with(&format!("aws:ResourceTag/{name}"), value.clone())
                .with(&format!("{own}:ResourceTag/{name}"), value.clone());
        }
        self
    }

    /// `aws:RequestTag/…` and `aws:TagKeys`, of tags that come with the request.
    fn requesting(mut self, tags: &Map<String, Value>) -> Self {
        if tags.is_empty() {
            return self;
        }
        for (name, value) in tags {
            self = self.with(&format!("aws:RequestTag/{name}"), value.clone());
        }
        let keys: Vec<Value> = tags.keys().map(|key| Value::String(key.clone())).collect();
        self.with("aws:TagKeys", keys)
    }

    fn check(self, action: &str, resource: impl Into<String>) -> Check {
        Check { action: action.to_owned(), resource: resource.into(), context: self.0 }
    }
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

fn text<'a>(params: &'a Value, name: &str) -> Option<&'a str> {
    params[name].as_str().filter(|text| !text.is_empty())
}

fn texts<'a>(params: &'a Value, name: &str) -> Vec<&'a str> {
    params[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Tags in a request, under the names this service gives their halves.
fn request_tags(tags: &Value, key: &str, value: &str) -> Map<String, Value> {
    let tags = tags.as_array().into_iter().flatten();
    tags.filter_map(|tag| Some((tag[key].as_str()?.to_owned(), tag[value].clone()))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// One group, one definition, and a tag on everything.
    struct Known;

    impl Resources for Known {
        fn tags(&self, _: &str) -> BTreeMap<String, String> {
            BTreeMap::from([("quillon".to_owned(), "q".to_owned())])
        }

        fn task_definition(&self, named: &str) -> Option<String> {
            Some(arn("ecs", &format!("task-definition/{named}:3")))
        }

        fn roles(&self, _: &str) -> Vec<String> {
            vec!["arn:aws:iam::123456789012:role/task".to_owned()]
        }

        fn group(&self, name: &str) -> Option<String> {
            Some(arn("autoscaling", &format!("autoScalingGroup:uuid:autoScalingGroupName/{name}")))
        }

        fn group_of(&self, _: &str) -> Option<String> {
            Some("pool".to_owned())
        }
    }

    fn check(service: Service, action: &str, params: Value) -> String {
        let checks = checks(service, action, &params, &Known);
        let lines = checks.iter().map(|check| {
            let resource = check.resource.replace("arn:aws:", "").replace(":eu-central-1:123456789012", "");
            let context: Vec<String> =
                check.context.iter().map(|(key, value)| format!(" {key}={value}")).collect();
            format!("{} on {resource}{}\n", check.action, context.concat())
        });
        lines.collect()
    }

    #[test]
    fn running_a_task_needs_the_definition_in_its_cluster_the_tags_and_the_roles() {
        let params = json!({
            "cluster": "trusted", "taskDefinition": "pair",
            "tags": [{"key": "quillon", "value": "q"}],
            "overrides": {"taskRoleArn": "arn:aws:iam::123456789012:role/other"},
        });
        insta::assert_snapshot!(check(Service::Ecs, "RunTask", params), @r#"
        ecs:RunTask on ecs:task-definition/pair aws:RequestTag/quillon="q" aws:ResourceTag/quillon="q" aws:TagKeys=["quillon"] ecs:ResourceTag/quillon="q" ecs:cluster="arn:aws:ecs:eu-central-1:123456789012:cluster/trusted"
        ecs:TagResource on ecs:task/trusted/* aws:RequestTag/quillon="q" aws:TagKeys=["quillon"] ecs:CreateAction="RunTask"
        iam:PassRole on iam::123456789012:role/task iam:PassedToService="ecs-tasks.amazonaws.com"
        iam:PassRole on iam::123456789012:role/other iam:PassedToService="ecs-tasks.amazonaws.com"
        "#);
    }

    #[test]
    fn a_task_is_stopped_by_its_arn_whatever_it_was_called() {
        insta::assert_snapshot!(
            check(Service::Ecs, "StopTask", json!({"cluster": "c", "task": "0a1b"})),
            @r#"ecs:StopTask on ecs:task/c/0a1b aws:ResourceTag/quillon="q" ecs:ResourceTag/quillon="q" ecs:cluster="arn:aws:ecs:eu-central-1:123456789012:cluster/c""#
        );
    }

    #[test]
    fn a_group_is_known_by_its_arn_and_reads_by_nothing() {
        let params = json!({"AutoScalingGroupName": "pool"});
        insta::assert_snapshot!(
            check(Service::AutoScaling, "LaunchInstances", params.clone()),
            @r#"autoscaling:LaunchInstances on autoscaling:autoScalingGroup:uuid:autoScalingGroupName/pool autoscaling:ResourceTag/quillon="q" aws:ResourceTag/quillon="q""#
        );
        insta::assert_snapshot!(
            check(Service::AutoScaling, "DescribeAutoScalingGroups", params),
            @"autoscaling:DescribeAutoScalingGroups on *"
        );
    }

    #[test]
    fn instances_are_ended_one_by_one() {
        insta::assert_snapshot!(
            check(Service::Ec2, "TerminateInstances", json!({"InstanceId": ["i-1", "i-2"]})),
            @r#"
        ec2:TerminateInstances on ec2:instance/i-1 aws:ResourceTag/quillon="q" ec2:ResourceTag/quillon="q"
        ec2:TerminateInstances on ec2:instance/i-2 aws:ResourceTag/quillon="q" ec2:ResourceTag/quillon="q"
        "#
        );
    }
}
